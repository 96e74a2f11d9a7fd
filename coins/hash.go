package coins

import (
	"encoding/hex"
	"fmt"
	"slices"
)

// Hash is a 32-byte hash in internal byte order, the order in which it is
// hashed and serialised. Nodes print it reversed.
type Hash [32]byte

// String is the hash as nodes and explorers print it: reversed, lower-case hex.
func (h Hash) String() string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}

// MarshalText writes the hash as String does: in JSON and in logs it reads as
// nodes print it.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is ParseHash.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}

// IsZero reports whether every byte of h is zero.
func (h Hash) IsZero() bool { return h == Hash{} }

// ParseHash reads a hash as nodes print it (64 hex digits, reversed).
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return Hash{}, fmt.Errorf("a hash has 64 hex digits, got %d characters", len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("hash %q: %w", s, err)
	}
	slices.Reverse(h[:])
	return h, nil
}
