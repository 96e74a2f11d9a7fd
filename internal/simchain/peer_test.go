package simchain

import "testing"

func TestPeers(t *testing.T) {
	cfg := Config{ChainID: 1}
	a, b, c := start(t, cfg), start(t, cfg), start(t, cfg)
	a.Jump(2)
	ids := a.InjectFake(2, 50)
	a.Peer(b)
	b.Peer(c)
	if c.Tip() != a.Tip() || len(want[[]string](t, c, "getrawmempool")) != len(ids) {
		t.Fatalf("the third node has height %d, want 2", c.Height())
	}
	// A block built on one node's template is taken by another, and reaches all.
	block := solved(t, a, draft(t, a))
	if got := submit(t, c, block); got != "" {
		t.Fatalf("got %q, want null", got)
	}
	if a.Tip() != block.id || b.Tip() != block.id {
		t.Error("the block did not come back")
	}
	if got := submit(t, a, block); got != string(Duplicate) {
		t.Errorf("got %q, want %q", got, Duplicate)
	}
	// createauxblock's work is known to its node alone.
	_, h, bits := auxOf(t, a)
	proof := proofFor(t, a, h, bits)
	wantFault(t, b, codeParameter, "submitauxblock", h.String(), proof)
	if !want[bool](t, a, "submitauxblock", h.String(), proof) || c.Tip() != h {
		t.Error("the aux block did not reach the others")
	}
	// Who was down catches up, and gives up a shorter chain of its own.
	c.Down(true)
	c.Jump(1)
	b.Jump(2)
	if c.Tip() == b.Tip() {
		t.Error("a closed node heard of a block")
	}
	c.Down(false)
	if c.Tip() != b.Tip() || c.Height() != 6 {
		t.Errorf("height: got %d, want 6", c.Height())
	}
}
