package engine

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// elastosPays is an address that a simulated chain of Elastos takes.
const elastosPays = "Ef4UcaHwvFrFzzsyVf5YH4JBWgYgUqfTAB"

// coinbasesOf are the coinbases of a chain's blocks above genesis, as hex.
func coinbasesOf(t *testing.T, s *side) (hashes, hexes []string) {
	t.Helper()
	for h := 1; h <= s.node.Height(); h++ {
		var hash string
		s.rpc(t, &hash, "getblockhash", h)
		var block struct{ Tx []struct{ Hex string } }
		s.rpc(t, &block, "getblock", hash, 2)
		hashes, hexes = append(hashes, hash), append(hexes, block.Tx[0].Hex)
	}
	return hashes, hexes
}

// proofCoinbaseOf is the parent's coinbase in the proof of a chain's block, as hex.
func proofCoinbaseOf(t *testing.T, s *side, hash string) string {
	t.Helper()
	var head struct {
		AuxPow struct{ Tx struct{ Hex string } }
	}
	s.rpc(t, &head, "getblockheader", hash)
	return head.AuxPow.Tx.Hex
}

// TestMergedDialects mines three chains whose nodes speak differently under one
// parent. Every block of Syscoin is bound to the parent's tip, and the parent's
// coinbase carries the output that it wants.
func TestMergedDialects(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: each32}},
		[]*side{
			{name: "nmc", driver: "namecoin", cfg: simchain.Config{ChainID: 1, Bits: each16}},
			{name: "sys", driver: "syscoin", cfg: simchain.Config{Dialect: simchain.Syscoin, ChainID: 16, Bits: each8, ParentEvery: 1}},
			{name: "ela", driver: "elastos", cfg: simchain.Config{Dialect: simchain.Elastos, ChainID: 1224, Bits: each8},
				settings: map[string]any{"address": elastosPays}},
		}, nil)
	m.jobWith(m.aux...)
	m.mineAll(4)

	// What Syscoin's node was given it took: nothing on a wrong tip, which would
	// have spoilt the block, and nothing without the output.
	sys, ela := m.aux[1], m.aux[2]
	for _, sub := range sys.node.Submissions() {
		if sub.Verdict != "true" {
			t.Errorf("syscoin's node was given %+v", sub)
		}
	}
	for _, sub := range ela.node.Submissions() {
		if sub.Reason != "" && sub.Reason != string(simchain.Inconclusive) {
			t.Errorf("elastos's node was given %+v", sub)
		}
	}
	// Syscoin's node holds no proof for good whose coinbase lacks the output, so
	// look at each: OP_RETURN, 39 bytes, "sys".
	mark := hex.EncodeToString([]byte{0x6a, 39, 's', 'y', 's'})
	if sys.node.Height() == 0 {
		t.Error("no block of Syscoin")
	}
	for h := 1; h <= sys.node.Height(); h++ {
		var hash string
		sys.rpc(t, &hash, "getblockhash", h)
		if n := strings.Count(proofCoinbaseOf(t, sys, hash), mark); n != 1 {
			t.Errorf("block %d of Syscoin: its proof's coinbase has %d outputs for it, want 1", h, n)
		}
	}
	// Of the parent's own blocks only those of a tip's first job may be without:
	// the work bound to that tip is fetched then.
	hashes, coinbases := coinbasesOf(t, m.parent)
	for i, cb := range coinbases {
		if n := strings.Count(cb, mark); n > 1 {
			t.Errorf("block %s of the parent: its coinbase has %d outputs for Syscoin, want at most 1: %s", hashes[i], n, cb)
		}
	}
	if got := m.rig.engine.Status().Pools[0]; got.JobFailures != 0 || got.AuxRefused != 0 {
		t.Errorf("pool: %d jobs failed, %d proofs broke a rule", got.JobFailures, got.AuxRefused)
	}
	m.stop()
}

// TestMergedWorkFollowsTheParentsTip: when the parent's tip moves, the job that
// follows holds work that is bound to the new one, and it is accepted.
func TestMergedWorkFollowsTheParentsTip(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{{name: "sys", driver: "syscoin", cfg: simchain.Config{Dialect: simchain.Syscoin, ChainID: 16, Bits: each8, ParentEvery: 1}}}, nil)
	sys := m.aux[0]
	bound := func(job []any) coins.Hash {
		view, ok := m.rig.engine.pools[0].Lookup([]byte(job[0].(string))).(*work)
		if !ok || len(view.Aux) != 1 {
			return coins.Hash{}
		}
		// Opaque ends with the tip that the work is bound to.
		opaque := view.Aux[0].Work.Opaque
		return coins.Hash(opaque[len(opaque)-len(coins.Hash{}):])
	}
	onTip := func(job []any) bool {
		if b, prev := bound(job), coins.Hash(prevOf(job)); !b.IsZero() && b != prev {
			t.Errorf("a job on %s holds work that is bound to %s", prev, b)
		}
		return prevOf(job) == m.parent.node.Tip() && bound(job) == coins.Hash(m.parent.node.Tip())
	}
	first := m.job("bound to the parent's tip", onTip)
	m.parent.node.Jump(1)
	second := m.job("bound to the parent's next tip", onTip)
	if prevOf(first) == prevOf(second) {
		t.Fatal("both jobs are on one tip")
	}
	m.submit(m.solve(second, each8, 0), 1e-10)
	m.until("the block", func() bool { return m.count("sys", "accepted") == 1 })
	if sys.node.Height() != 1 {
		t.Errorf("height %d, want 1", sys.node.Height())
	}
	m.stop()
}
