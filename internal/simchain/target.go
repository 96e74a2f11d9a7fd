package simchain

import "math/big"

// expand turns compact bits into a target. ok is false for the forms that no
// node accepts: negative, zero, and more than 256 bits.
func expand(bits uint32) (target *big.Int, ok bool) {
	exponent := bits >> 24
	mantissa := bits & 0x007fffff
	target = big.NewInt(int64(mantissa))
	if exponent <= 3 {
		target.Rsh(target, uint(8*(3-exponent)))
	} else {
		target.Lsh(target, uint(8*(exponent-3)))
	}
	negative := mantissa != 0 && bits&0x00800000 != 0
	return target, !negative && target.Sign() > 0 && target.BitLen() <= 256
}

// compact turns a target into bits, dropping what the mantissa cannot hold.
func compact(target *big.Int) uint32 {
	size := (target.BitLen() + 7) / 8
	var mantissa uint64
	if size <= 3 {
		mantissa = target.Uint64() << (8 * (3 - size))
	} else {
		mantissa = new(big.Int).Rsh(target, uint(8*(size-3))).Uint64()
	}
	// The sign bit of the mantissa must stay clear.
	if mantissa&0x00800000 != 0 {
		mantissa >>= 8
		size++
	}
	return uint32(mantissa) | uint32(size)<<24
}

// number reads a proof-of-work value, little-endian.
func number(h Hash) *big.Int {
	for i := range 16 {
		h[i], h[31-i] = h[31-i], h[i]
	}
	return new(big.Int).SetBytes(h[:])
}

// blockWork is the expected number of hashes behind a block: 2^256/(target+1).
func blockWork(bits uint32) *big.Int {
	target, ok := expand(bits)
	if !ok {
		return new(big.Int)
	}
	one := big.NewInt(1)
	return new(big.Int).Div(new(big.Int).Lsh(one, 256), target.Add(target, one))
}

// meets reports whether a proof-of-work value is at or below the target of bits,
// and bits are not easier than limit.
func meets(value Hash, bits uint32, limit *big.Int) bool {
	target, ok := expand(bits)
	if !ok || target.Cmp(limit) > 0 {
		return false
	}
	return number(value).Cmp(target) <= 0
}

// difficulty is the target relative to bits 1d00ffff, as Core prints it on all
// nets.
func difficulty(bits uint32) float64 {
	target, ok := expand(bits)
	if !ok {
		return 0
	}
	one, _ := expand(0x1d00ffff)
	d, _ := new(big.Rat).SetFrac(one, target).Float64()
	return d
}
