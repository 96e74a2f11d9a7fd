package chain

import (
	"math"
	"math/bits"

	"github.com/motherlode-pool/motherlode/coins"
)

// Limits of a template's parts.
const (
	minTxSize    = 10    // version, empty lists, lock time
	maxPrefix    = 9     // a height push is at most that long
	maxHeader    = 1024  // bytes of a header blob; the largest known has under 200
	maxNonceSize = 64    // bytes of a nonce range
	maxHashParam = 1024  // bytes of a hash parameter
	maxPayload   = 4096  // bytes of a coinbase payload; special transactions have under 200
	maxLimit     = 10000 // a scriptSig limit above the script limit makes no sense

	// maxTime is past the year 2200: more are milliseconds. A time is not held
	// against the pool's own clock, which may be the wrong one after a power cut.
	maxTime = 1 << 33
)

// checkTemplate refuses a template that the engine could not work with.
func checkTemplate(t *coins.Template, info coins.CoinInfo) error {
	if t == nil {
		return bad("no template")
	}
	if err := checkHeight(t.Height); err != nil {
		return err
	}
	switch {
	case t.Target == [32]byte{}:
		return bad("target is zero")
	case t.PrevHash.IsZero():
		return bad("previous hash is zero")
	case (t.Tree == nil) == (t.Blob == nil):
		return bad("a template has exactly one of a coinbase tree and a header blob")
	case t.Time <= 0 || t.MinTime < 0 || t.MaxTime < 0:
		return bad("time %d, from %d to %d", t.Time, t.MinTime, t.MaxTime)
	case t.Time > maxTime || t.MinTime > maxTime:
		return bad("time %d, from %d, is in the far future: it counts seconds", t.Time, t.MinTime)
	case t.MaxTime != 0 && t.MaxTime < t.MinTime:
		return bad("latest time %d is before the earliest, %d", t.MaxTime, t.MinTime)
	}
	if err := checkReward(t.Reward); err != nil {
		return err
	}
	if t.Tree != nil {
		return checkTree(t, t.Tree)
	}
	return checkBlob(t.Blob, info)
}

func checkTree(t *coins.Template, tree *coins.CoinbaseTree) error {
	switch {
	case t.Time > math.MaxUint32 || t.MinTime > math.MaxUint32:
		return bad("time %d, from %d, does not fit a header", t.Time, t.MinTime)
	case tree.ScriptLimit < 2 || tree.ScriptLimit > maxLimit:
		return bad("script limit %d is not between 2 and %d", tree.ScriptLimit, maxLimit)
	case len(tree.ScriptPrefix) > maxPrefix || len(tree.ScriptPrefix) > tree.ScriptLimit:
		return bad("script prefix of %d bytes", len(tree.ScriptPrefix))
	case len(tree.Payload) > maxPayload:
		return bad("coinbase payload of %d bytes, at most %d", len(tree.Payload), maxPayload)
	case len(tree.WitnessReserved) != 0 && len(tree.WitnessReserved) != 32:
		return bad("witness reserved value of %d bytes, want 32 or none", len(tree.WitnessReserved))
	}
	if err := checkBits(t.Target, tree.Bits); err != nil {
		return err
	}
	if err := checkTxs(tree); err != nil {
		return err
	}
	sum, err := checkOutputs(tree.Outputs, maxOutputs)
	if err != nil {
		return err
	}
	if sum > t.Reward {
		return bad("required outputs take %d of a reward of %d", sum, t.Reward)
	}
	return nil
}

// checkTxs holds the number of transactions against the branch and the bytes.
func checkTxs(tree *coins.CoinbaseTree) error {
	if tree.TxCount < 0 {
		return bad("%d transactions", tree.TxCount)
	}
	// A tree of n+1 leaves is as deep as n has binary digits.
	if got, want := len(tree.Branch), bits.Len(uint(tree.TxCount)); got != want {
		return bad("merkle branch of %d hashes for %d transactions, want %d", got, tree.TxCount, want)
	}
	size := len(tree.TxBlob)
	if (tree.TxCount == 0) != (size == 0) || size/minTxSize < tree.TxCount {
		return bad("%d transactions in %d bytes", tree.TxCount, size)
	}
	return nil
}

func checkBlob(b *coins.HeaderBlob, info coins.CoinInfo) error {
	switch {
	case len(b.Header) == 0 || len(b.Header) > maxHeader:
		return bad("header of %d bytes, want 1 to %d", len(b.Header), maxHeader)
	case b.NonceSize < 1 || b.NonceSize > maxNonceSize:
		return bad("nonce range of %d bytes, want 1 to %d", b.NonceSize, maxNonceSize)
	case !within(b.NonceOffset, b.NonceSize, 0, len(b.Header)):
		return bad("nonce range %d+%d is outside the header of %d bytes", b.NonceOffset, b.NonceSize, len(b.Header))
	case b.ExtranonceSize < 0:
		return bad("extranonce of %d bytes", b.ExtranonceSize)
	case b.ExtranonceSize > 0 && !within(b.ExtranonceOffset, b.ExtranonceSize, b.NonceOffset, b.NonceSize):
		return bad("extranonce %d+%d is outside the nonce range %d+%d",
			b.ExtranonceOffset, b.ExtranonceSize, b.NonceOffset, b.NonceSize)
	case len(b.HashParam) != info.HashParam || len(b.HashParam) > maxHashParam:
		return bad("hash parameter of %d bytes, want %d", len(b.HashParam), info.HashParam)
	}
	return nil
}

// within reports whether [offset, offset+size) lies in [start, start+length).
// Sizes are small and not negative.
func within(offset, size, start, length int) bool {
	return offset >= start && offset <= start+length-size
}
