package reward

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// Amount is base units and a fraction of one in units of 2^-64.
type Amount struct{ Units, Fraction uint64 }

// Add is a + b. A sum beyond 64 bits of units stays at the largest value.
func (a Amount) Add(b Amount) Amount {
	fraction, carry := bits.Add64(a.Fraction, b.Fraction, 0)
	units, over := bits.Add64(a.Units, b.Units, carry)
	if over != 0 {
		return Amount{math.MaxUint64, math.MaxUint64}
	}
	return Amount{units, fraction}
}

// less is a without bps hundredths of a percent of it, what is taken rounded
// down to a fraction.
func (a Amount) less(bps int) Amount {
	if bps <= 0 {
		return a
	}
	b := uint64(min(bps, wholeBPS))
	// a * b / 10000 by long division; a * b has three digits of 64 bits.
	top, middle := bits.Mul64(a.Units, b)
	high, low := bits.Mul64(a.Fraction, b)
	middle, carry := bits.Add64(middle, high, 0)
	units, rest := bits.Div64(top+carry, middle, wholeBPS) // top is less than b
	fraction, _ := bits.Div64(rest, low, wholeBPS)
	left, borrow := bits.Sub64(a.Fraction, fraction, 0)
	units, _ = bits.Sub64(a.Units, units, borrow)
	return Amount{units, left}
}

// price is what a unit of work earns: mantissa * 2^-shift, in units of 2^-64.
type price struct {
	mantissa uint64
	shift    int
}

// priceOf is reward / network, rounded down to 64 bits; zero without a network.
func priceOf(reward uint64, network work.Work) price {
	if network.IsZero() || reward == 0 {
		return price{}
	}
	// 2^64 turns base units into fractions; 192 more bits keep the mantissa full
	// whatever the network's work is.
	const scale = 192
	n := new(big.Int).Lsh(new(big.Int).SetUint64(reward), 64+scale)
	n.Quo(n, network.Big())
	cut := n.BitLen() - 64
	return price{mantissa: n.Rsh(n, uint(cut)).Uint64(), shift: scale - cut}
}

// of is what w earns, rounded down to a fraction.
func (p price) of(w work.Work) Amount {
	if w.IsZero() {
		return Amount{}
	}
	// w * mantissa is 192 bits: a, b, c from the highest.
	high, c := bits.Mul64(w.Lo, p.mantissa)
	a, b := bits.Mul64(w.Hi, p.mantissa)
	b, carry := bits.Add64(b, high, 0)
	a += carry
	switch s := p.shift; {
	case s >= 192:
		return Amount{}
	case s >= 128:
		return Amount{Fraction: a >> (s - 128)}
	case s >= 64:
		return Amount{Units: a >> (s - 64), Fraction: b>>(s-64) | shl(a, 128-s)}
	case s >= 0 && a>>s == 0:
		return Amount{Units: b>>s | shl(a, 64-s), Fraction: c>>s | shl(b, 64-s)}
	case s < 0 && s > -64 && a == 0 && b>>(64+s) == 0:
		return Amount{Units: b<<-s | c>>(64+s), Fraction: c << -s}
	}
	return Amount{math.MaxUint64, math.MaxUint64} // one unit of work is worth more than there is
}

// shl is v << n, and nothing where n is the width or more.
func shl(v uint64, n int) uint64 {
	if n >= 64 {
		return 0
	}
	return v << n
}
