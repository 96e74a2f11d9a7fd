package work

import (
	"encoding/binary"
	"errors"
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

// Of is a difficulty as work, rounded down to a unit.
func Of(difficulty float64) Work {
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

// Cmp is -1, 0 or 1 as w is less than, equal to or more than o.
func (w Work) Cmp(o Work) int {
	switch {
	case w == o:
		return 0
	case w.Hi < o.Hi || w.Hi == o.Hi && w.Lo < o.Lo:
		return -1
	}
	return 1
}

// IsZero reports whether there is no work.
func (w Work) IsZero() bool { return w == Work{} }

// Times is w * n. A product beyond 128 bits is the largest value.
func (w Work) Times(n uint64) Work {
	over, hi := bits.Mul64(w.Hi, n)
	carry, lo := bits.Mul64(w.Lo, n)
	hi, c := bits.Add64(hi, carry, 0)
	if over != 0 || c != 0 {
		return Work{math.MaxUint64, math.MaxUint64}
	}
	return Work{hi, lo}
}

// Over is w / n, rounded down; n is above 0.
func (w Work) Over(n uint64) Work {
	hi, rest := w.Hi/n, w.Hi%n
	lo, _ := bits.Div64(rest, w.Lo, n)
	return Work{hi, lo}
}

// MulDiv is amount * w / whole, rounded down, and what the division leaves. W is
// at most whole, and whole above zero.
func MulDiv(amount uint64, w, whole Work) (share uint64, rest Work) {
	if whole.Hi == 0 {
		hi, lo := bits.Mul64(amount, w.Lo)
		q, r := bits.Div64(hi, lo, whole.Lo) // hi < whole.Lo, because w.Lo <= whole.Lo
		return q, Work{Lo: r}
	}
	return mulDivBig(amount, w, whole)
}

func mulDivBig(amount uint64, w, whole Work) (uint64, Work) {
	n := new(big.Int).SetUint64(amount)
	n.Mul(n, w.Big())
	q, r := n.QuoRem(n, whole.Big(), new(big.Int))
	return q.Uint64(), fromBig(r)
}

// Part is w * part / whole, rounded down; whole is above zero, and the result has
// to fit.
func Part(w, part, whole Work) Work {
	n := new(big.Int).Mul(w.Big(), part.Big())
	return fromBig(n.Quo(n, whole.Big()))
}

// Append appends w as two varints, hi and lo.
func (w Work) Append(b []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, w.Hi), w.Lo)
}

// Parse takes what Append has made off b and returns what follows it.
func Parse(b []byte) (w Work, rest []byte, err error) {
	for _, v := range []*uint64{&w.Hi, &w.Lo} {
		n := 0
		if *v, n = binary.Uvarint(b); n <= 0 {
			return Work{}, nil, errors.New("work is cut short")
		}
		b = b[n:]
	}
	return w, b, nil
}

func fromBig(n *big.Int) Work {
	lo := new(big.Int).SetUint64(math.MaxUint64)
	lo.And(lo, n)
	return Work{Hi: new(big.Int).Rsh(n, 64).Uint64(), Lo: lo.Uint64()}
}
