package convert

import (
	"errors"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// Error is a kind of failure. Compare with errors.Is.
type Error string

// Error makes an Error an error.
func (e Error) Error() string { return string(e) }

// Fault is coins.BadWork: whoever sends such a message breaks the contract.
func (e Error) Fault() coins.Fault { return coins.BadWork }

// ErrMalformed says that a message breaks the form that the protocol demands.
const ErrMalformed Error = "malformed message"

// The bounds of what a plugin says and the pool shows, keeps or passes on to miners.
// What is said for people is cut instead, see cut.
const (
	maxName  = 512 // bytes of an address, a symbol, the name of a network
	maxNodes = 256 // of one coin
)

// checker gathers what is wrong with one message, under the names of its fields.
type checker struct {
	message string
	wrong   []string
}

func (c *checker) failf(field, format string, args ...any) {
	c.wrong = append(c.wrong, field+": "+fmt.Sprintf(format, args...))
}

func (c *checker) err() error {
	if len(c.wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%w %s: %s", ErrMalformed, c.message, strings.Join(c.wrong, "; "))
}

// nested takes over what a part reported.
func (c *checker) nested(field string, err error) {
	if err != nil {
		c.failf(field, "%s", strings.TrimPrefix(err.Error(), string(ErrMalformed)+" "))
	}
}

// array copies a field that has exactly n bytes.
func (c *checker) array(field string, dst, src []byte) {
	if len(src) != len(dst) {
		c.failf(field, "%d bytes, want %d", len(src), len(dst))
		return
	}
	copy(dst, src)
}

// maybe copies a hash that may be left out.
func (c *checker) maybe(field string, dst *coins.Hash, src []byte) {
	if len(src) > 0 {
		c.array(field, dst[:], src)
	}
}

// hashOrNil is the wire form of a hash that may be left out.
func hashOrNil(h coins.Hash) []byte {
	if h.IsZero() {
		return nil
	}
	return h[:]
}

// size takes a number into an int that is at least 0 on every platform.
func (c *checker) size(field string, v uint32) int {
	if v > 1<<31-1 {
		c.failf(field, "%d is above the limit", v)
		return 0
	}
	return int(v)
}

// put takes an int that must not be negative to the wire.
func (c *checker) put(field string, v int) uint32 {
	if v < 0 || uint64(v) > 1<<31-1 {
		c.failf(field, "%d cannot be sent", v)
		return 0
	}
	return uint32(v)
}

// name refuses a text that stands for something and is too long for that; to cut it
// would make it another one.
func (c *checker) name(field, text string) {
	if len(text) > maxName {
		c.failf(field, "%d bytes, at most %d", len(text), maxName)
	}
}

// errNil is the answer to a value that is not there.
var errNil = errors.New("nil value")

// text makes a string fit for the wire, which takes UTF-8 alone: a node's odd
// byte in a reason must not turn its verdict into an error.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func texts(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, text(s))
	}
	return out
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
