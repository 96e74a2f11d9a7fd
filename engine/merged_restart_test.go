package engine

import (
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// TestMergedBlocksWaitForTheirNodes: blocks of every chain, found while the nodes
// were down, are delivered when they are back.
func TestMergedBlocksWaitForTheirNodes(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}}, {name: "two", cfg: simchain.Config{ChainID: 2, Bits: each8}}}, nil)
	job := m.jobWith(m.aux...)
	for _, s := range m.all() {
		s.node.Down(true)
	}
	m.submit(m.solve(job, each16, 0), 1e-10)
	for _, s := range m.all() {
		m.until("the journal", func() bool { return m.count(s.name, "pending") == 1 })
	}
	for _, s := range m.all() {
		s.node.Down(false)
	}
	for _, s := range m.all() {
		m.until("a block of "+s.name, func() bool { return m.count(s.name, "accepted") == 1 && s.node.Height() == 1 })
	}
	m.blocks(2)
	m.settled(m.all()...)
	m.finish()
}

// TestMergedJournalOutlivesTheEngine: the nodes are still down when the engine
// stops, and back when it runs again. The courier's whole patience at the stop
// makes this test long.
func TestMergedJournalOutlivesTheEngine(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}}, {name: "up", cfg: simchain.Config{ChainID: 2, Bits: each8}}}, nil)
	one, up := m.aux[0], m.aux[1]
	job := m.jobWith(m.aux...)
	m.parent.node.Down(true)
	one.node.Down(true)
	m.submit(m.solve(job, each16, 0), 1e-10)
	m.until("the block of the chain that is up", func() bool { return m.count("up", "accepted") == 1 })
	m.stop()

	m.parent.node.Down(false)
	one.node.Down(false)
	m.start()
	for _, s := range []*side{m.parent, one} {
		m.until("a block of "+s.name, func() bool { return m.count(s.name, "accepted") == 1 && s.node.Height() == 1 })
	}
	m.jobWith(m.aux...)
	m.blocks(2)
	m.mineUntil("more of the others", func() bool { return one.node.Height() >= 2 && up.node.Height() >= 2 })
	m.settled(m.all()...)
	rows := m.finish()
	for _, s := range []*side{m.parent, one} {
		list := rowsOf(rows, s)
		first := list[len(list)-1]
		states := []string{}
		for _, c := range first.History {
			states = append(states, c.State)
		}
		if !slices.Contains(states, "pending") || first.State != "accepted" || first.Height != 1 {
			t.Errorf("%s: the block of before is %s %v at height %d", s.name, first.State, states, first.Height)
		}
	}
}

// TestMergedRestartForgetsNothing: totals and rows go on over engines that begin
// on the same files, with no node in trouble.
func TestMergedRestartForgetsNothing(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{
			{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}},
			{name: "two", cfg: simchain.Config{ChainID: 2, Bits: each8}, settings: map[string]any{"mode": "createauxblock"}},
		}, nil)
	for range 3 {
		m.jobWith(m.aux...)
		m.blocks(2)
		m.stop()
		m.start()
	}
	// What was received when an engine stopped is looked up by the next.
	m.jobWith(m.aux...)
	m.settled(m.all()...)
	if got, want := m.count("parent", "accepted"), m.parent.node.Height(); got != want {
		t.Errorf("%d blocks accepted, the node's height is %d", got, want)
	}
	m.finish()
}
