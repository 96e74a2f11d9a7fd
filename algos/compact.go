package algos

import "fmt"

// Compact bits are a floating point form of a 256-bit number, the nBits field
// of a header:
//
//	bits 31-24  size: number of bytes of the whole number
//	bit  23     sign
//	bits 22-0   mantissa: the three leading bytes
//
// The number is mantissa * 256^(size-3), rounded down for a size below 3.
const (
	compactSign     = 0x00800000
	compactMantissa = 0x007fffff
)

// FromBits expands compact bits, by exactly the rules of Bitcoin's
// arith_uint256::SetCompact and of the checks that follow it. Negative numbers,
// 2^256 and above, and zero give errors of kinds ErrNegativeBits,
// ErrOverflowBits and ErrZeroBits, in this order. Several bits may stand for
// one target: Namecoin's genesis has 1c007fff, for which Bits gives 1b7fff00.
func FromBits(compact uint32) (Target, error) {
	size := int(compact >> 24)
	mantissa := compact & compactMantissa
	if size < 3 {
		mantissa >>= 8 * (3 - size)
	}

	// A number that the size has shifted down to zero has no sign, and a
	// zero mantissa does not overflow however large its size.
	var kind error
	switch {
	case mantissa == 0:
		kind = ErrZeroBits
	case compact&compactSign != 0:
		kind = ErrNegativeBits
	case size > 34, size > 33 && mantissa > 0xff, size > 32 && mantissa > 0xffff:
		kind = ErrOverflowBits
	}
	if kind != nil {
		return Target{}, fmt.Errorf("%w: %08x", kind, compact)
	}

	// The mantissa's last byte stands at 256^(size-3), so that the number
	// is size bytes long; for sizes below 3 it was shifted there already.
	var t Target
	last := len(t) - 1 - max(size-3, 0)
	for i := last; mantissa != 0; i-- {
		t[i] = byte(mantissa)
		mantissa >>= 8
	}
	return t, nil
}

// Bits returns the canonical compact form of t, as Bitcoin's
// arith_uint256::GetCompact does. It keeps the leading 16 to 23 bits and drops
// the rest, so that FromBits gives back at most t. The target zero gives 0.
func (t Target) Bits() uint32 {
	zeros := 0
	for zeros < len(t) && t[zeros] == 0 {
		zeros++
	}
	size := len(t) - zeros

	// The three leading bytes, with zeros behind a shorter number.
	var mantissa uint32
	for i := zeros; i < zeros+3; i++ {
		mantissa <<= 8
		if i < len(t) {
			mantissa |= uint32(t[i])
		}
	}

	// A set top bit would be taken for the sign: make room for it.
	if mantissa&compactSign != 0 {
		mantissa >>= 8
		size++
	}
	return uint32(size)<<24 | mantissa
}
