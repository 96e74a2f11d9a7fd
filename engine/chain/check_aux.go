package chain

import (
	"math/big"

	"github.com/motherlode-pool/motherlode/coins"
)

// Limits of aux work: what it adds to the parent's coinbase must leave room for
// the parent and for the other chains.
const (
	maxAuxScript  = 520 // bytes of a script that an aux chain wants in the coinbase
	maxAuxOutputs = 4   // extra outputs of one aux chain
)

// checkAux refuses aux work that the engine could not work with, or that would
// spoil the parent's coinbase.
func checkAux(w *coins.AuxWork) error {
	if w == nil {
		return bad("no aux work")
	}
	if err := checkHeight(w.Height); err != nil {
		return err
	}
	switch {
	case w.Hash.IsZero():
		return bad("aux hash is zero")
	case w.PrevHash.IsZero():
		return bad("previous hash is zero")
	case w.Target == [32]byte{}:
		return bad("target is zero")
	case (w.Slot == nil) == (w.Output == nil):
		return bad("aux work has exactly one of a slot and an output")
	}
	if err := checkAuxTarget(w); err != nil {
		return err
	}
	if o := w.Output; o != nil {
		if len(o.Script) == 0 || len(o.Script) > maxAuxScript || o.MaxAfter < 0 {
			return bad("commitment script of %d bytes with at most %d after it", len(o.Script), o.MaxAfter)
		}
	}
	return checkExtraOutputs(w.ExtraOutputs)
}

// checkAuxTarget holds the target against the bits. A chain that commits by an
// output need not have compact bits.
func checkAuxTarget(w *coins.AuxWork) error {
	if w.Bits == 0 && w.Output != nil {
		return nil
	}
	want, ok := expand(w.Bits)
	if !ok {
		return bad("bits %08x are no target", w.Bits)
	}
	if want != w.Target {
		return bad("target %x does not belong to bits %08x", w.Target, w.Bits)
	}
	return nil
}

// checkExtraOutputs lets an aux chain write into the parent's coinbase, but
// never take of the parent's reward.
func checkExtraOutputs(outs []coins.Output) error {
	sum, err := checkOutputs(outs, maxAuxOutputs)
	if err != nil {
		return err
	}
	if sum != 0 {
		return bad("extra outputs take %d of the parent's reward", sum)
	}
	for i, o := range outs {
		if len(o.Script) == 0 || len(o.Script) > maxAuxScript {
			return bad("script of extra output %d has %d bytes, want 1 to %d", i, len(o.Script), maxAuxScript)
		}
	}
	return nil
}

// expand is the target, big-endian, that compact bits stand for: the low 23
// bits times 256^(exponent-3). False for negative, zero and overflowing ones.
func expand(bits uint32) (target [32]byte, ok bool) {
	mantissa, exponent := int64(bits&0x7fffff), int(bits>>24)
	if bits&0x800000 != 0 {
		return target, false
	}
	n := big.NewInt(mantissa)
	if exponent >= 3 {
		n.Lsh(n, uint(8*(exponent-3)))
	} else {
		n.Rsh(n, uint(8*(3-exponent)))
	}
	if n.Sign() == 0 || n.BitLen() > 256 {
		return target, false
	}
	n.FillBytes(target[:])
	return target, true
}
