package auxpow

import "fmt"

// VerifyWork checks the parent's work against the compact bits of the aux
// block. pow is the proof-of-work function of the algorithm; it returns the
// hash as a little-endian number. The errors are RuleWork and ErrBits.
//
// A chain's limit on targets is not known here: bits that are easier than its
// limit pass, and a node refuses them.
func (p *Proof) VerifyWork(bits uint32, pow func(header *[HeaderSize]byte) [32]byte) error {
	target, err := expandBits(bits)
	if err != nil {
		return err
	}
	hash := pow(&p.ParentHeader)
	for i := len(hash) - 1; i >= 0; i-- {
		if hash[i] != target[i] {
			if hash[i] > target[i] {
				return RuleWork
			}
			return nil
		}
	}
	return nil
}

// expandBits returns the target of compact bits as a little-endian number.
// Like a node it refuses zero, a negative target and one above 256 bits.
//
//	bits 31-24  length of the number in bytes
//	bit  23     sign
//	bits 22-0   its upper three bytes
func expandBits(bits uint32) ([32]byte, error) {
	var target [32]byte
	size, mantissa := int(bits>>24), bits&0x7fffff
	if bits&0x800000 != 0 || mantissa == 0 {
		return target, fmt.Errorf("%w: %08x", ErrBits, bits)
	}
	set := false
	for i := range 3 {
		b := byte(mantissa >> (8 * i))
		at := size - 3 + i
		if b == 0 || at < 0 {
			continue
		}
		if at >= len(target) {
			return [32]byte{}, fmt.Errorf("%w: %08x", ErrBits, bits)
		}
		target[at] = b
		set = true
	}
	if !set {
		return target, fmt.Errorf("%w: %08x", ErrBits, bits)
	}
	return target, nil
}
