package algos

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// words is a 256-bit number as four 64-bit words, the least significant first.
type words [4]uint64

// maxWords is 2^256-1.
var maxWords = words{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

// targetWords reads a target, which is big-endian.
func targetWords(t *Target) words {
	return words{
		binary.BigEndian.Uint64(t[24:]),
		binary.BigEndian.Uint64(t[16:]),
		binary.BigEndian.Uint64(t[8:]),
		binary.BigEndian.Uint64(t[:]),
	}
}

// hashWords reads a hash, which is little-endian.
func hashWords(hash *[32]byte) words {
	return words{
		binary.LittleEndian.Uint64(hash[:]),
		binary.LittleEndian.Uint64(hash[8:]),
		binary.LittleEndian.Uint64(hash[16:]),
		binary.LittleEndian.Uint64(hash[24:]),
	}
}

// target returns w in the form of a target.
func (w words) target() Target {
	var t Target
	binary.BigEndian.PutUint64(t[24:], w[0])
	binary.BigEndian.PutUint64(t[16:], w[1])
	binary.BigEndian.PutUint64(t[8:], w[2])
	binary.BigEndian.PutUint64(t[:], w[3])
	return t
}

// bitLen returns the number of bits of w, 0 for zero.
func (w *words) bitLen() int {
	for i := len(w) - 1; i >= 0; i-- {
		if w[i] != 0 {
			return i*64 + bits.Len64(w[i])
		}
	}
	return 0
}

// shiftRight divides w by 2^n, rounding down.
func (w *words) shiftRight(n int) {
	skip, rest := n/64, uint(n%64)
	for i := range w {
		var low, high uint64
		if i+skip < len(w) {
			low = w[i+skip]
		}
		if i+skip+1 < len(w) {
			high = w[i+skip+1]
		}
		w[i] = low>>rest | high<<(64-rest)
	}
}

// div divides w by d, which is not zero, rounding down.
func (w *words) div(d uint64) {
	var rem uint64
	for i := len(w) - 1; i >= 0; i-- {
		w[i], rem = bits.Div64(rem, w[i], d)
	}
}

// mulOverflows reports whether w*m is 2^256 or more.
func (w *words) mulOverflows(m uint64) bool {
	var carry uint64
	for _, word := range w {
		hi, lo := bits.Mul64(word, m)
		_, c := bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry != 0
}

// float returns the float64 nearest to w, ties to even.
func (w *words) float() float64 {
	return nearest(w[3], w[2], w[1], w[0])
}

// nearest returns the float64 nearest to the number that has the words a, b, c
// and d, the most significant first, ties to even. It takes them one by one
// because the compiler keeps no array in registers.
func nearest(a, b, c, d uint64) float64 {
	exp := 192
	for a == 0 {
		if exp == 0 {
			return 0
		}
		a, b, c, d = b, c, d, 0
		exp -= 64
	}

	// Take the 64 leading bits. Whatever lies below is less than half a
	// unit of the float, which has 53, and only breaks ties: one bit that
	// says whether any of it is set is enough to round correctly.
	lz := bits.LeadingZeros64(a)
	lead := a<<lz | b>>(64-lz)
	if b<<lz|c|d != 0 {
		lead |= 1
	}

	// The scale is a power of two from 2^-63 to 2^192, so this is exact.
	scale := math.Float64frombits(uint64(1023+exp-lz) << 52)
	return float64(lead) * scale
}
