package simchain

import (
	"testing"
)

// TestSideBranchOvertakes submits a branch whose blocks are inconclusive until
// it has more work.
func TestSideBranchOvertakes(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	genesis := n.chain.tip()
	first := n.Jump(1)[0]
	side := solved(t, n, n.buildBlock(genesis, []byte{0x51}, nil, 0, 1))
	if got := submit(t, n, side); got != string(Inconclusive) {
		t.Fatalf("got %q, want %q", got, Inconclusive)
	}
	if got := submit(t, n, side); got != string(Duplicate) {
		t.Errorf("again: got %q, want %q", got, Duplicate)
	}
	if got := want[headerReply](t, n, "getblockheader", side.id.String()).Confirmations; got != -1 {
		t.Errorf("confirmations: got %d, want -1", got)
	}
	next := solved(t, n, n.buildBlock(n.chain.blocks[side.id], []byte{0x51}, nil, 0, 2))
	if got := submit(t, n, next); got != "" {
		t.Fatalf("got %q, want null", got)
	}
	if n.Confirmations(side.id) != 2 || n.Confirmations(first) != -1 {
		t.Errorf("confirmations: got %d and %d, want 2 and -1", n.Confirmations(side.id), n.Confirmations(first))
	}
	// A branch with a broken block does not win, however long it is.
	at := n.chain.ancestorOfTip(t, 1)
	b := n.buildBlock(at, []byte{0x51}, nil, 0, 3)
	b.txs[0].out[0].value++
	finish(b)
	if got := submit(t, n, solved(t, n, b)); got != string(Inconclusive) {
		t.Fatalf("broken side block: got %q, want %q", got, Inconclusive)
	}
	tip := n.Tip()
	onBad := solved(t, n, n.buildBlock(n.chain.blocks[b.id], []byte{0x51}, nil, 0, 4))
	submit(t, n, onBad)
	if n.Tip() != tip {
		t.Errorf("tip: got %s, want %s", n.Tip(), tip)
	}
	if got := submit(t, n, b); got != string(DuplicateInvalid) {
		t.Errorf("broken side block again: got %q, want %q", got, DuplicateInvalid)
	}
}

func (c *chain) ancestorOfTip(t *testing.T, height int) *entry {
	t.Helper()
	return c.tip().ancestor(height)
}

// TestDogecoinSideDuplicate: 0.14 knows one more word.
func TestDogecoinSideDuplicate(t *testing.T) {
	n := start(t, Config{ChainID: 63, Dialect: Dogecoin})
	genesis := n.chain.tip()
	n.Jump(1)
	side := solved(t, n, n.buildBlock(genesis, []byte{0x51}, nil, 0, 1))
	for i, want := range []Reject{Inconclusive, DuplicateUnclear} {
		if got := submit(t, n, side); got != string(want) {
			t.Errorf("time %d: got %q, want %q", i+1, got, want)
		}
	}
}
