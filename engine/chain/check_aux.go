package chain

import "github.com/motherlode-pool/motherlode/coins"

// Limits of aux work: what it adds to the parent's coinbase must leave room for
// the parent and for the other chains.
const (
	maxAuxScript  = 64 // bytes of a refused script that a message shows
	maxAuxOutputs = 4  // extra outputs of one aux chain
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
	if err := checkReward(w.Reward); err != nil {
		return err
	}
	if o := w.Output; o != nil {
		if !isDataScript(o.Script) || o.MaxAfter < 0 {
			return bad("commitment script %x with at most %d bytes after it, want OP_RETURN and one push", cut(o.Script), o.MaxAfter)
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
	return checkBits(w.Target, w.Bits)
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
		if !isDataScript(o.Script) {
			return bad("script %x of extra output %d, want OP_RETURN and one push", cut(o.Script), i)
		}
	}
	return nil
}

// isDataScript reports whether a script is OP_RETURN with one push of at most
// 255 bytes and nothing more: it carries data, spends no weight to speak of, and
// counts no signature operation against the parent's block.
func isDataScript(script []byte) bool {
	const opReturn, opPushData1, maxDirect = 0x6a, 0x4c, 75
	switch {
	case len(script) < 3 || script[0] != opReturn:
		return false
	case script[1] == opPushData1:
		return len(script) == 3+int(script[2])
	}
	return script[1] <= maxDirect && len(script) == 2+int(script[1])
}

// cut is the beginning of a script, for messages.
func cut(script []byte) []byte { return script[:min(len(script), maxAuxScript)] }
