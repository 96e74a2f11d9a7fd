package algos

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// FromDifficulty returns floor(one/diff), the target of a difficulty, where one
// is the target of difficulty 1. The result is exact: diff counts as the
// rational number that the float64 is, and nothing is rounded on the way. A
// quotient of 2^256 or more saturates at 2^256-1; one below 1 gives the target
// zero. A diff that is not positive and finite gives an error of kind
// ErrDifficulty. It does not allocate, except for the error.
func FromDifficulty(diff float64, one Target) (Target, error) {
	if !(diff > 0) || math.IsInf(diff, 1) {
		return Target{}, difficultyError(diff)
	}

	// diff = m * 2^e, with m odd and below 2^53.
	frac, e := math.Frexp(diff)
	m := uint64(frac * (1 << 53))
	zeros := bits.TrailingZeros64(m)
	m >>= zeros
	e += zeros - 53

	w := targetWords(&one)
	if e >= 0 {
		// Rounding down twice gives the same as rounding down once.
		w.shiftRight(e)
		w.div(m)
		return w.target(), nil
	}
	return divideShifted(w, -e, m).target(), nil
}

// divideShifted returns floor(w * 2^shift / m), at most 2^256-1, where m is not
// zero and below 2^53.
func divideShifted(w words, shift int, m uint64) words {
	length := w.bitLen()
	if length == 0 {
		return words{}
	}

	// w*2^shift is at least 2^(length+shift-1) and m below 2^bits.Len64(m).
	// What is left fits five words: 256 + 53 bits.
	if length+shift-1-bits.Len64(m) >= 256 {
		return maxWords
	}
	var wide [5]uint64
	skip, n := shift/64, uint(shift%64)
	for i, word := range w {
		if word == 0 {
			continue
		}
		wide[i+skip] |= word << n
		if high := word >> (64 - n); high != 0 {
			wide[i+skip+1] = high
		}
	}

	var rem uint64
	for i := len(wide) - 1; i >= 0; i-- {
		wide[i], rem = bits.Div64(rem, wide[i], m)
	}
	if wide[4] != 0 {
		return maxWords
	}
	return words(wide[:4])
}

// Difficulty returns one/t, where one is the target of difficulty 1, correctly
// rounded: it is the float64 nearest to the quotient. FromDifficulty of the
// result need not give back t, but Difficulty gives back exactly what
// FromDifficulty was given if the target in between is neither saturated nor
// below 2^54. A zero target counts as 1, so the result is always finite. It
// allocates; HashDifficulty does not.
func (t Target) Difficulty(one Target) float64 {
	if t == (Target{}) {
		t[31] = 1
	}
	num := new(big.Float).SetInt(new(big.Int).SetBytes(one[:]))
	den := new(big.Float).SetInt(new(big.Int).SetBytes(t[:]))

	// The quotient lies within 2^-256 and 2^256, so the conversion is exact.
	quo, _ := new(big.Float).SetPrec(53).Quo(num, den).Float64()
	return quo
}

// HashDifficulty returns the difficulty that a hash, little-endian as Sum
// returns it, has reached: one/hash, where one is the target of difficulty 1.
// Its relative error is below 2^-51, so it is for records and displays: what
// a share is worth is decided by Meets. A zero hash counts as 1, so the result
// is always finite. It does not allocate.
func HashDifficulty(hash *[32]byte, one Target) float64 {
	h := nearest(
		binary.LittleEndian.Uint64(hash[24:]), binary.LittleEndian.Uint64(hash[16:]),
		binary.LittleEndian.Uint64(hash[8:]), binary.LittleEndian.Uint64(hash[:]))
	o := nearest(
		binary.BigEndian.Uint64(one[:]), binary.BigEndian.Uint64(one[8:]),
		binary.BigEndian.Uint64(one[16:]), binary.BigEndian.Uint64(one[24:]))
	return o / max(h, 1)
}

// difficultyError returns the error for a difficulty that has no target.
func difficultyError(diff float64) error {
	return fmt.Errorf("%w: got %v", ErrDifficulty, diff)
}
