package algos

import (
	"crypto/sha3"
	"math/bits"
)

// sha3x is Tari's proof of work: SHA3-256 (FIPS 202 padding, not the older
// Keccak) applied three times. The first input is usually 41 bytes:
//
//	offset  size  field
//	0       8     nonce, little-endian
//	8       32    mining hash
//	40      1     algorithm, 1 = SHA3x
//	41      n     data of the algorithm, empty for SHA3x
//
// Source: tari, base_layer/core/src/proof_of_work/sha3x_pow.rs.
type sha3x struct{}

func (sha3x) Name() string    { return "sha3x" }
func (sha3x) DiffOne() Target { return DiffOneSHA3x }

// Sum hashes header three times and reverses the digest, which Tari reads
// big-endian.
func (sha3x) Sum(dst *[32]byte, header, _ []byte) {
	h := sha3.Sum256(header)
	h = sha3.Sum256(h[:])
	h = sha3.Sum256(h[:])
	for i := range dst {
		dst[i] = h[31-i]
	}
}

// FromDifficulty64 returns the target of Tari's whole-number difficulty:
// floor((2^256-1)/diff). Tari takes a hash h whose own difficulty,
// floor((2^256-1)/h), is at least diff; that is the same as h being at most
// this target. A difficulty of 0 gives an error of kind ErrDifficulty.
// Source: tari, base_layer/core/src/proof_of_work/difficulty.rs.
func FromDifficulty64(diff uint64) (Target, error) {
	if diff == 0 {
		return Target{}, difficultyError(0)
	}
	w := maxWords
	w.div(diff)
	return w.target(), nil
}

// Difficulty64 returns the difficulty of t as Tari counts it, the inverse of
// FromDifficulty64: floor((2^256-1)/t), at most 2^64-1. A zero target gives an
// error of kind ErrZeroHash.
func (t Target) Difficulty64() (uint64, error) {
	return difficulty64(targetWords(&t))
}

// HashDifficulty64 returns the difficulty that a hash, little-endian as Sum
// returns it, has reached as Tari counts it: floor((2^256-1)/hash), at most
// 2^64-1. A zero hash gives an error of kind ErrZeroHash.
func HashDifficulty64(hash *[32]byte) (uint64, error) {
	return difficulty64(hashWords(hash))
}

// difficulty64 returns min(floor((2^256-1)/w), 2^64-1), and an error for zero.
func difficulty64(w words) (uint64, error) {
	if w == (words{}) {
		return 0, ErrZeroHash
	}

	// Below 2^192 the quotient does not fit 64 bits; above, it does.
	if w[3] == 0 {
		return ^uint64(0), nil
	}

	// Divide the two leading words of the dividend, shifted so that the
	// divisor begins with a set bit. This guess is never too small and at
	// most 2 too large (Knuth, The Art of Computer Programming, 4.3.1).
	s := uint(bits.LeadingZeros64(w[3]))
	top := w[3]<<s | w[2]>>(64-s)
	guess, _ := bits.Div64(1<<s-1, ^uint64(0), top)

	// The largest q for which q*w still fits 256 bits is the quotient.
	for w.mulOverflows(guess) {
		guess--
	}
	return guess, nil
}
