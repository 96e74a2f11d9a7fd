package simchain

import (
	"bytes"
	"fmt"
)

// Limits of Core-like chains.
const (
	maxWeight     = 4_000_000
	maxLegacySize = 1_000_000 // where there is no segwit
	maxFuture     = 2 * 60 * 60
)

// checkBlock applies the rules that need no context, in Core's order. detail
// says which rule of the work was broken, for which a node only has high-hash.
func (c *chain) checkBlock(b *block, work bool) (reason Reject, detail error) {
	if work {
		rules, ok := c.cfg.rules(), false
		if rules.Algorithm, ok = c.cfg.algorithm(b.version); !ok {
			return BadAlgo, nil
		}
		if err := rules.verifyWork(b, !c.cfg.Parent); err != nil {
			return HighHash, err
		}
	}
	root, mutated := b.txRoot()
	switch {
	case root != b.root:
		return "bad-txnmrklroot", nil
	case mutated:
		return "bad-txns-duplicate", nil
	case len(b.txs) == 0 || c.strippedSize(b) > c.sizeLimit():
		return "bad-blk-length", nil
	case !b.txs[0].isCoinbase():
		return "bad-cb-missing", nil
	}
	for _, t := range b.txs[1:] {
		if t.isCoinbase() {
			return "bad-cb-multiple", nil
		}
	}
	for _, t := range b.txs {
		if reason := t.check(); reason != "" {
			return reason, nil
		}
	}
	if work && c.cfg.NoNative && b.aux == nil {
		return NativeRefused, nil
	}
	return "", nil
}

// strippedSize is the size without witness data and proof.
func (c *chain) strippedSize(b *block) int {
	n := 80 + len(putSize(nil, len(b.txs)))
	for _, t := range b.txs {
		n += len(t.encode(false))
	}
	return n
}

func (c *chain) sizeLimit() int {
	if c.cfg.segwit() {
		return maxWeight / 4
	}
	return maxLegacySize
}

// checkHeader applies the rules on a header in its place.
func (c *chain) checkHeader(b *block, prev *entry, now int64) Reject {
	switch {
	case prev == nil:
		return PrevUnknown
	case prev.invalid:
		return PrevInvalid
	case !c.cfg.Parent && c.cfg.rules().legacy(&b.header):
		return "late-legacy-block"
	case b.bits != c.nextBits(prev):
		return "bad-diffbits"
	case int64(b.time) <= prev.medianTime():
		return "time-too-old"
	case int64(b.time) > now+maxFuture:
		return "time-too-new"
	case c.oldVersion(b.version):
		return Reject(fmt.Sprintf("bad-version(0x%08x)", b.version))
	case c.cfg.Dialect == Syscoin:
		return checkParentScript(b, prev)
	}
	return ""
}

// oldVersion reports versions below 4, of which a chain with merged mining looks
// only at the low byte.
func (c *chain) oldVersion(version uint32) bool {
	if c.cfg.Parent {
		return int32(version) < baseVersion
	}
	return version&baseMask < baseVersion
}

// checkContents applies the rules on a block in its place.
func (c *chain) checkContents(b *block, prev *entry) Reject {
	height, median := prev.height+1, prev.medianTime()
	for _, t := range b.txs {
		if !t.final(height, median) {
			return "bad-txns-nonfinal"
		}
	}
	if !bytes.HasPrefix(b.txs[0].in[0].script, pushHeight(height)) {
		return "bad-cb-height"
	}
	if reason := c.checkWitness(b); reason != "" {
		return reason
	}
	if reason := c.cfg.Fork.check(b, height); reason != "" {
		return reason
	}
	if reason := c.checkParentPrev(b, height); reason != "" {
		return reason
	}
	if c.cfg.segwit() && b.weight() > maxWeight {
		return "bad-blk-weight"
	}
	return ""
}

// checkWitness compares the witness data with the coinbase's commitment.
func (c *chain) checkWitness(b *block) Reject {
	coinbase := b.txs[0]
	if want := coinbase.commitment(); want != nil && c.cfg.segwit() {
		stack := coinbase.in[0].witness
		if len(stack) != 1 || len(stack[0]) != 32 {
			return "bad-witness-nonce-size"
		}
		root := witnessRoot(b.txs)
		if got := doubleSHA256(root[:], stack[0]); !bytes.Equal(got[:], want) {
			return "bad-witness-merkle-match"
		}
		return ""
	}
	for _, t := range b.txs {
		if t.hasWitness() {
			return "unexpected-witness"
		}
	}
	return ""
}

// fillReserved adds the reserved value to a coinbase that commits to witness
// data without one, as Core's submitblock does for its callers.
func (c *chain) fillReserved(b *block) {
	if !c.cfg.segwit() || len(b.txs) == 0 || len(b.txs[0].in) == 0 || c.blocks[b.prev] == nil {
		return
	}
	coinbase := b.txs[0]
	if coinbase.commitment() != nil && !coinbase.hasWitness() {
		coinbase.in[0].witness = [][]byte{make([]byte, 32)}
		coinbase.rehash()
	}
}

// checkSpending applies the rules that hold at connecting: transactions are
// known and in order, and the coinbase takes no more than it may.
func (c *chain) checkSpending(e *entry) Reject {
	fees, reason := c.pool.fees(e.blk.txs[1:])
	if reason != "" {
		return reason
	}
	out := int64(0)
	for _, o := range e.blk.txs[0].out {
		out += o.value
	}
	if out > c.cfg.Subsidy+fees+c.cfg.Fork.onTop() {
		return "bad-cb-amount"
	}
	return ""
}

// checkProposal judges a block without its work on top of the tip, and keeps
// nothing.
func (c *chain) checkProposal(b *block, now int64) Reject {
	if e := c.blocks[b.id]; e != nil {
		switch {
		case e.invalid:
			return DuplicateInvalid
		case e.checked:
			return Duplicate
		}
		return DuplicateUnclear
	}
	tip := c.tip()
	if b.prev != tip.hash {
		return NotBestPrev
	}
	if reason := c.checkHeader(b, tip, now); reason != "" {
		return reason
	}
	if reason, _ := c.checkBlock(b, false); reason != "" {
		return reason
	}
	if reason := c.checkContents(b, tip); reason != "" {
		return reason
	}
	return c.checkSpending(&entry{blk: b})
}
