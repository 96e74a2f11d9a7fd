package simchain

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"

	"golang.org/x/crypto/scrypt"
)

// Hash is a double SHA-256 in internal byte order, as it stands in a header.
type Hash [32]byte

// String is the hash as nodes print it: byte-reversed hex.
func (h Hash) String() string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}

// ParseHash reads a hash as nodes print it.
func ParseHash(s string) (Hash, error) {
	var h Hash
	raw, err := hex.DecodeString(s)
	if err != nil {
		return h, fmt.Errorf("hash %q: %w", s, err)
	}
	if len(raw) != len(h) {
		return h, fmt.Errorf("hash %q: want %d bytes, got %d", s, len(h), len(raw))
	}
	copy(h[:], raw)
	slices.Reverse(h[:])
	return h, nil
}

// doubleSHA256 hashes the parts, one behind the other, twice.
func doubleSHA256(parts ...[]byte) Hash {
	w := sha256.New()
	for _, p := range parts {
		w.Write(p)
	}
	return sha256.Sum256(w.Sum(nil))
}

// Algorithm names the function whose value over an 80-byte header is compared
// with the target. Block hashes are double SHA-256 on every chain.
type Algorithm string

// The algorithms that a chain may use.
const (
	SHA256d Algorithm = "sha256d"
	Scrypt  Algorithm = "scrypt"

	// SHA512t is SHA-512/256 of the header, once. No coin is mined by it: it
	// stands for the algorithms that a pool does not have.
	SHA512t Algorithm = "sha512t"
)

// sum is the proof-of-work value of a header, little-endian.
func (a Algorithm) sum(head []byte) Hash {
	switch a {
	case SHA512t:
		return sha512.Sum512_256(head)
	case Scrypt:
	default:
		return doubleSHA256(head)
	}
	// The parameters are constants which x/crypto accepts, so that the only
	// error it has cannot occur.
	out, err := scrypt.Key(head, head, 1024, 1, 1, 32)
	if err != nil {
		panic(err)
	}
	return Hash(out)
}

// merkleRoot folds the leaves of a block as Bitcoin does: an odd row repeats
// its last hash. mutated says that two neighbours were equal, by which a block
// could be given a second list of transactions with the same root.
func merkleRoot(leaves []Hash) (root Hash, mutated bool) {
	if len(leaves) == 0 {
		return Hash{}, false
	}
	row := slices.Clone(leaves)
	for len(row) > 1 {
		for i := 0; i+1 < len(row); i += 2 {
			mutated = mutated || row[i] == row[i+1]
		}
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		for i := 0; i < len(row); i += 2 {
			row[i/2] = doubleSHA256(row[i][:], row[i+1][:])
		}
		row = row[:len(row)/2]
	}
	return row[0], mutated
}

// foldBranch climbs from a leaf to the root. Bit k of index says that the
// leaf's side is the right one in row k. Nodes answer an index of -1 with the
// zero hash.
func foldBranch(leaf Hash, branch []Hash, index int32) Hash {
	if index == -1 {
		return Hash{}
	}
	for _, other := range branch {
		if index&1 == 1 {
			leaf = doubleSHA256(other[:], leaf[:])
		} else {
			leaf = doubleSHA256(leaf[:], other[:])
		}
		index >>= 1
	}
	return leaf
}
