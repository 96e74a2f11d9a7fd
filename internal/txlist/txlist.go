package txlist

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits of a transaction's parts: more cannot be in a block of the largest
// message.
const (
	maxItems = 1 << 20
	maxBytes = 64 << 20
)

var errShort = errors.New("it ends in the middle of a transaction")

// IDs reads n transactions, concatenated, that fill blob exactly, and returns
// their ids: the double SHA-256 of each without witness.
//
//	version     4
//	0, flags    2  only with flags: 1 for witness, 8 for MWEB (Litecoin)
//	inputs      .  count, then: previous output 36, script, sequence 4
//	outputs     .  count, then: value 8, script
//	witnesses   .  with flag 1: per input a count of items
//	MWEB        1  with flag 8: 0, since a block carries no other
//	lock time   4
//	payload     .  of a special transaction (DIP2): version 3, type above it
func IDs(blob []byte, n int) ([][32]byte, error) {
	list, err := Split(blob, n, false)
	if err != nil {
		// A version whose upper half is set is no special transaction on most
		// chains, and one on those of Dash's family.
		if special, err := Split(blob, n, true); err == nil {
			return special, nil
		}
	}
	return list, err
}

// Split is IDs with or without the payloads of special transactions.
func Split(blob []byte, n int, payloads bool) ([][32]byte, error) {
	r := txReader{rest: blob, payloads: payloads}
	list := make([][32]byte, 0, min(n, maxItems))
	for i := range n {
		id, err := r.tx()
		if err != nil {
			return nil, fmt.Errorf("transaction %d of %d, at byte %d: %w", i+1, n, len(blob)-len(r.rest), err)
		}
		list = append(list, id)
	}
	if len(r.rest) > 0 {
		return nil, fmt.Errorf("%d bytes are left after %d transactions", len(r.rest), n)
	}
	return list, nil
}

// txReader reads transactions off a list of them.
type txReader struct {
	rest     []byte
	payloads bool
	err      error
}

// take cuts n bytes off.
func (r *txReader) take(n uint64) []byte {
	if r.err != nil {
		return nil
	}
	if n > uint64(len(r.rest)) {
		r.err = errShort
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// varInt reads a number in the variable-length form, which must be the shortest.
func (r *txReader) varInt() uint64 {
	b := r.take(1)
	if r.err != nil {
		return 0
	}
	var v, least uint64
	switch b[0] {
	default:
		return uint64(b[0])
	case 0xfd:
		if b = r.take(2); r.err == nil {
			v, least = uint64(binary.LittleEndian.Uint16(b)), 0xfd
		}
	case 0xfe:
		if b = r.take(4); r.err == nil {
			v, least = uint64(binary.LittleEndian.Uint32(b)), 1<<16
		}
	case 0xff:
		if b = r.take(8); r.err == nil {
			v, least = binary.LittleEndian.Uint64(b), 1<<32
		}
	}
	if r.err == nil && v < least {
		r.err = fmt.Errorf("the number %d is not in its shortest form", v)
	}
	return v
}

// count is a varInt that counts things.
func (r *txReader) count(what string) uint64 {
	n := r.varInt()
	if r.err == nil && n > maxItems {
		r.err = fmt.Errorf("%d %s", n, what)
	}
	if r.err != nil {
		return 0
	}
	return n
}

// bytes skips a length and as many bytes.
func (r *txReader) bytes() {
	if n := r.varInt(); n > maxBytes {
		r.err = errors.Join(r.err, fmt.Errorf("a script or item of %d bytes", n))
	} else {
		r.take(n)
	}
}

// tx reads one transaction and gives its id.
func (r *txReader) tx() ([32]byte, error) {
	version := r.take(4)
	flags := byte(0)
	if bytes.HasPrefix(r.rest, []byte{0}) {
		if b := r.take(2); r.err == nil {
			flags = b[1]
		}
		if r.err == nil && (flags == 0 || flags&^9 != 0) {
			r.err = fmt.Errorf("it has no inputs, and flags %02x", flags)
		}
	}
	body := r.rest
	inputs := r.count("inputs")
	for range inputs {
		r.take(36)
		r.bytes()
		r.take(4)
	}
	for range r.count("outputs") {
		r.take(8)
		r.bytes()
	}
	body = body[:len(body)-len(r.rest)]
	r.extras(flags, inputs)
	tail := r.rest
	r.take(4)
	if r.payloads && r.err == nil && version[0] == 3 && version[1] == 0 && (version[2] != 0 || version[3] != 0) {
		r.bytes()
	}
	if r.err != nil {
		return [32]byte{}, r.err
	}
	tail = tail[:len(tail)-len(r.rest)]

	stripped := make([]byte, 0, 4+len(body)+len(tail))
	stripped = append(append(append(stripped, version...), body...), tail...)
	return doubleSHA256(stripped), nil
}

// extras skips what the flags announce.
func (r *txReader) extras(flags byte, inputs uint64) {
	if flags&1 != 0 {
		for range inputs {
			for range r.count("witness items") {
				r.bytes()
			}
		}
	}
	if flags&8 != 0 {
		if b := r.take(1); r.err == nil && b[0] != 0 {
			r.err = errors.New("it carries an MWEB transaction, which a block must not")
		}
	}
}

// Branch is the branch of a first leaf that is not known; rest are the
// others. It is found from the whole tree, row by row, an odd row with its last
// node twice.
func Branch(rest [][32]byte) [][32]byte {
	row := append([][32]byte{{}}, rest...)
	var branch [][32]byte
	for len(row) > 1 {
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		branch = append(branch, row[1])
		up := make([][32]byte, len(row)/2)
		for i := range up {
			var both [64]byte
			copy(both[:32], row[2*i][:])
			copy(both[32:], row[2*i+1][:])
			up[i] = doubleSHA256(both[:])
		}
		row = up
	}
	return branch
}

func doubleSHA256(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}
