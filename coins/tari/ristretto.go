package tari

import (
	"math/big"
	"slices"
)

// The field of Ristretto255 and its curve.
var (
	fieldP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curveD = mod(new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), fieldP)))
)

func mod(x *big.Int) *big.Int { return x.Mod(x, fieldP) }

func mul(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }

// isPoint reports whether b is the encoding of a point of Ristretto255 other
// than the identity. Tari refuses addresses whose keys are not. It is the
// decoding of RFC 9496, 4.3.1, without keeping the point; not for secrets,
// since its time depends on b.
func isPoint(b []byte) bool {
	if len(b) != 32 {
		return false
	}
	reversed := slices.Clone(b)
	slices.Reverse(reversed)
	return decodes(reversed)
}

// decodes is isPoint for a big-endian encoding.
func decodes(encoding []byte) bool {
	s := new(big.Int).SetBytes(encoding)
	if s.Cmp(fieldP) >= 0 || s.Bit(0) == 1 || s.Sign() == 0 {
		return false
	}
	one := big.NewInt(1)
	ss := mul(s, s)
	u1 := mod(new(big.Int).Sub(one, ss))
	u2 := mod(new(big.Int).Add(one, ss))
	u2u2 := mul(u2, u2)

	// v = -d*u1^2 - u2^2
	v := mul(curveD, mul(u1, u1))
	v = mod(v.Neg(v.Add(v, u2u2)))

	// 1/sqrt(v*u2^2), where there is one.
	w := mul(v, u2u2)
	inv := new(big.Int).ModInverse(w, fieldP)
	if inv == nil {
		return false
	}
	root := new(big.Int).ModSqrt(inv, fieldP)
	if root == nil {
		return false
	}

	// x = |2*s*root*u2|, y = u1*root*u2*root*v, t = x*y
	denX := mul(root, u2)
	x := mul(mod(new(big.Int).Lsh(s, 1)), denX)
	if x.Bit(0) == 1 {
		x = mod(x.Neg(x))
	}
	y := mul(u1, mul(mul(root, denX), v))
	return mul(x, y).Bit(0) == 0 && y.Sign() != 0
}
