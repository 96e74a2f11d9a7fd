package ledger

import (
	"math"
	"math/big"
	"math/bits"
)

const (
	workFraction = 48      // bits after the point
	maxDifficult = 0x1p72  // more is no share; keeps sums far from 2^128
	mantissaBits = 53      // of a float64
	mantissaUnit = 1 << 53 // its scale
	twoTo64      = 0x1p64  // weight of Hi
	workUnit     = 0x1p-48 // in difficulty
)

// Work is a sum of difficulties in units of 2^-48: Hi * 2^64 + Lo.
type Work struct{ Hi, Lo uint64 }

// WorkOf is a difficulty as work, rounded down to a unit.
func WorkOf(difficulty float64) Work {
	if !(difficulty > 0) {
		return Work{}
	}
	fraction, exponent := math.Frexp(min(difficulty, maxDifficult))
	mantissa := uint64(fraction * mantissaUnit)
	shift := exponent - mantissaBits + workFraction
	switch {
	case shift < 0:
		return Work{Lo: mantissa >> uint(-shift)}
	case shift < 64:
		return Work{Hi: mantissa >> (64 - uint(shift)), Lo: mantissa << uint(shift)}
	}
	return Work{Hi: mantissa << uint(shift-64)}
}

// Add is w + o. A sum beyond 128 bits stays at the largest value.
func (w Work) Add(o Work) Work {
	lo, carry := bits.Add64(w.Lo, o.Lo, 0)
	hi, over := bits.Add64(w.Hi, o.Hi, carry)
	if over != 0 {
		return Work{math.MaxUint64, math.MaxUint64}
	}
	return Work{hi, lo}
}

// Sub is w - o, and zero where o is larger.
func (w Work) Sub(o Work) Work {
	lo, borrow := bits.Sub64(w.Lo, o.Lo, 0)
	hi, under := bits.Sub64(w.Hi, o.Hi, borrow)
	if under != 0 {
		return Work{}
	}
	return Work{hi, lo}
}

// Difficulty is the work as a difficulty, for people; rounded to a float64.
func (w Work) Difficulty() float64 { return (float64(w.Hi)*twoTo64 + float64(w.Lo)) * workUnit }

// Big is the number of units.
func (w Work) Big() *big.Int {
	n := new(big.Int).SetUint64(w.Hi)
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(w.Lo))
}
