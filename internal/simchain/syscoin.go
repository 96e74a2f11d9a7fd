package simchain

import (
	"bytes"
	"context"
	"encoding/binary"
)

// What Syscoin Core 5.1 asks of a block beyond Namecoin's rules: the parent's
// coinbase has one output that names a block of the last but few tens, and some
// blocks commit to the block that their parent is built on. Source: its
// src/rpc/auxpow_miner.cpp and src/validation.cpp.

// Marks of the two.
var (
	parentMark = []byte("sys")
	prevMark   = []byte("btcp")
)

// Refusals of Syscoin.
const (
	TagMissing   Reject = "missing-syscoin-tag"
	TagBad       Reject = "bad-auxpow-tag"
	TagTwice     Reject = "multiple-syscoin-tags"
	PrevMissing  Reject = "bad-btcp-missing"
	PrevMismatch Reject = "bad-btcp-mismatch"
)

// parentScript is the script of the output that the parent of tip's successor
// must carry.
//
//	6a 27 | "sys" | hash of a block 32 | its height 4 LE
func parentScript(tip *entry) []byte {
	at := max(0, tip.height-5)
	named := tip.ancestor(at - at%10)
	data := append(bytes.Clone(parentMark), named.hash[:]...)
	data = binary.LittleEndian.AppendUint32(data, uint32(named.height))
	return pushData([]byte{0x6a}, data)
}

// checkParentScript looks for that output in a proof.
func checkParentScript(b *block, prev *entry) Reject {
	if b.aux == nil {
		return ""
	}
	want, found := parentScript(prev), 0
	for _, o := range b.aux.coinbase.out {
		if !bytes.HasPrefix(o.script, []byte{0x6a}) || !bytes.Contains(o.script, parentMark) {
			continue
		}
		if !bytes.Contains(o.script, want[2:]) {
			return TagBad
		}
		if found++; found > 1 {
			return TagTwice
		}
	}
	if found == 0 {
		return TagMissing
	}
	return ""
}

// flaggedID is the chain id of a parent, where bit 8 says that it has one, else
// 0. A parent with Syscoin's former id counts as one with its present id.
func flaggedID(h *header) int32 {
	const former, present = 4096, 16
	if !h.saysAux() {
		return 0
	}
	id := int32(h.version >> chainShift)
	if id&0x1f == 0 && id&0x1fff == former {
		return present
	}
	return id & 0x1f
}

// commits reports whether a block at a height commits to its parent's previous
// block.
func (c *Config) commits(height int) bool {
	every := c.ParentEvery
	return c.Dialect == Syscoin && every > 0 && height%every == 2%every
}

// parentPrevLocked is what the next block commits to: nothing, what the caller
// says, or what the node knows.
func (n *Node) parentPrevLocked(said Hash) (Hash, error) {
	switch {
	case !n.cfg.commits(n.chain.tip().height + 1):
		return Hash{}, nil
	case said != Hash{}:
		return said, nil
	case n.cfg.ParentTip != Hash{}:
		return n.cfg.ParentTip, nil
	}
	return Hash{}, rpcErrorf(codeParameter, "btcprevhash is required at this height")
}

// commitTo adds the commitment to the parent's previous block, which is a second
// data output here; zero adds none.
func commitTo(b *block, prev Hash) {
	if prev == (Hash{}) {
		return
	}
	coinbase := b.txs[0]
	script := pushData([]byte{0x6a}, append(bytes.Clone(prevMark), prev[:]...))
	coinbase.out = append(coinbase.out, txOut{script: script})
	coinbase.rehash()
	b.root, _ = b.txRoot()
}

// committed is what commitTo added; zero for none.
func committed(b *block) (prev Hash) {
	for _, o := range b.txs[0].out {
		if len(o.script) == 2+len(prevMark)+len(prev) && bytes.Equal(o.script[2:2+len(prevMark)], prevMark) {
			copy(prev[:], o.script[2+len(prevMark):])
		}
	}
	return prev
}

// checkParentPrev compares the commitment with the proof. As on the real chain a
// block that is given with the wrong proof is invalid for ever.
func (c *chain) checkParentPrev(b *block, height int) Reject {
	if b.aux == nil || !c.cfg.commits(height) {
		return ""
	}
	switch committed(b) {
	case Hash{}:
		return PrevMissing
	case b.aux.parent.prev:
		return ""
	}
	return PrevMismatch
}

// syscoinMethods are Core's, with the parent's tip as a further parameter and
// without getauxblock.
func syscoinMethods() map[string]method {
	all := methods()
	delete(all, "getauxblock")
	create := all["createauxblock"]
	create.params = []string{"address", "btcprevhash?"}
	create.run = func(n *Node, _ context.Context, a args) (any, error) {
		script, err := payTo(n, a)
		if err != nil {
			return nil, err
		}
		var prev Hash
		if a.has(1) {
			if prev, err = a.hash(1); err != nil {
				return nil, err
			}
		}
		return n.createAux(script, prev)
	}
	all["createauxblock"] = create
	return all
}
