package nodes

import (
	"context"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// What one node took goes to all others, and to them alone.
func TestRelayGoesToTheOthers(t *testing.T) {
	a, b, c := mustFake(t), mustFake(t), mustFake(t)
	a.set(func(n *fakeNode) { n.raw = "abcd" })
	b.set(func(n *fakeNode) { n.submit = "duplicate" })
	s := mustSet(t, nil, a, b, c)
	ctx, cancel := context.WithCancel(t.Context())
	s.Relay(ctx, a.name(), coins.Hash{1})
	cancel() // who asked does not wait for it
	mustWait(t, "the others to be given the block", func() bool {
		return b.asked("submitblock") == 1 && c.asked("submitblock") == 1
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if a.asked("submitblock") != 0 || !slices.Equal(b.blocks, []string{`"abcd"`}) || !slices.Equal(c.blocks, b.blocks) {
		t.Errorf("got %d to the first, %s and %s, want the block once to the others", a.asked("submitblock"), b.blocks, c.blocks)
	}
}

// A node that does not show the block, or is alone, is left in peace.
func TestRelayThatCannotBe(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	a.set(func(n *fakeNode) { n.raw = fakeError{-5, "Block not found"} })
	s := mustSet(t, nil, a, b)
	s.Relay(t.Context(), a.name(), coins.Hash{1})
	mustWait(t, "the look for the block", func() bool { return a.asked("getblock") == 1 })
	s.Relay(t.Context(), "another", coins.Hash{1})
	s.Close()
	s.Relay(t.Context(), a.name(), coins.Hash{1})
	if b.asked("submitblock") != 0 || a.asked("getblock") != 1 {
		t.Errorf("got %d submissions and %d looks, want none and 1", b.asked("submitblock"), a.asked("getblock"))
	}
	alone := mustSet(t, nil, a)
	alone.Relay(t.Context(), a.name(), coins.Hash{1})
	alone.Close()
	if a.asked("getblock") != 1 {
		t.Error("a node that is alone was asked for its block")
	}
}
