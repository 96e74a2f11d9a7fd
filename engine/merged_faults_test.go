package engine

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// long is more than a test lasts: whoever waits for a node that takes so long
// fails the test.
const long = "10m"

// mustVictim is an engine with two healthy auxiliary chains and one that a test
// spoils, first in the list, whose coin is patient with its node.
func mustVictim(t *testing.T, mode string, victim simchain.Config) *merged {
	t.Helper()
	victim.ChainID = 5
	victim.Bits = each8
	return mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{
			{name: "victim", cfg: victim, settings: map[string]any{"mode": mode, "timeout": long}},
			{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}},
			{name: "two", cfg: simchain.Config{ChainID: 2, Bits: each8}, settings: map[string]any{"mode": "createauxblock"}},
		}, nil)
}

// othersGoOn mines blocks of the parent, each on a job on the one before, and
// of the healthy chains, and sees them accepted.
func (m *merged) othersGoOn(n int) {
	m.t.Helper()
	healthy := append([]*side{m.parent}, m.aux[1:]...)
	before := map[string]int{}
	for _, s := range healthy {
		before[s.name] = s.node.Height()
	}
	m.blocks(n)
	m.mineUntil("blocks of the healthy chains", func() bool {
		for _, s := range healthy {
			if s.node.Height() < before[s.name]+n {
				return false
			}
		}
		return true
	})
	m.settled(healthy...)
	for _, s := range healthy {
		if got, want := m.count(s.name, "accepted"), s.node.Height(); got != want {
			m.t.Errorf("%s: %d blocks accepted, the node's height is %d", s.name, got, want)
		}
		if s == m.parent {
			continue
		}
		for _, sub := range s.node.Submissions() {
			if sub.Reason != "" && sub.Reason != string(simchain.Inconclusive) && sub.Reason != string(simchain.Duplicate) {
				m.t.Errorf("%s was given %+v", s.name, sub)
			}
		}
	}
}

// minedAgain waits for a job with work of every chain and mines until the
// victim has another block of ours.
func (m *merged) minedAgain() {
	m.t.Helper()
	victim := m.aux[0]
	m.jobWith(m.aux...)
	before := m.count(victim.name, "accepted")
	height := victim.node.Height()
	m.mineUntil("another block of the victim", func() bool { return victim.node.Height() > height })
	m.until("its verdict", func() bool { return m.count(victim.name, "accepted") > before })
}

func TestMergedFaultyChainHarmsNobody(t *testing.T) {
	t.Parallel()
	const blocks = 6
	for _, tt := range []struct {
		name   string
		mode   string
		on     func(*simchain.Node)
		during func(*merged) // beside the mining, after on
		off    func(*simchain.Node)
	}{
		{name: "down", mode: "template",
			on: func(n *simchain.Node) { n.Down(true) }, off: func(n *simchain.Node) { n.Down(false) }},
		{name: "stalled, template", mode: "template",
			on: func(n *simchain.Node) { n.Stall(true) }, off: func(n *simchain.Node) { n.Stall(false) }},
		{name: "stalled, createauxblock", mode: "createauxblock",
			on: func(n *simchain.Node) { n.Stall(true) }, off: func(n *simchain.Node) { n.Stall(false) }},
		{name: "loses replies", mode: "template",
			on: func(n *simchain.Node) { n.LoseReplies(true) }, off: func(n *simchain.Node) { n.LoseReplies(false) }},
		{name: "warms up", mode: "template",
			on: func(n *simchain.Node) { n.WarmUp(true) }, off: func(n *simchain.Node) { n.WarmUp(false) }},
		{name: "flip-flops", mode: "createauxblock",
			on: func(n *simchain.Node) { n.FlipFlop(true) }, off: func(n *simchain.Node) { n.FlipFlop(false) }},
		{name: "of a wrong chain id", mode: "template",
			on: func(n *simchain.Node) { n.WrongChainID(77) }, off: func(n *simchain.Node) { n.WrongChainID(0) }},
		{name: "of a wrong chain id, createauxblock", mode: "createauxblock",
			on: func(n *simchain.Node) { n.WrongChainID(2) }, off: func(n *simchain.Node) { n.WrongChainID(0) }},
		{name: "restarting", mode: "createauxblock", on: (*simchain.Node).Restart,
			during: func(m *merged) {
				for range 3 {
					m.blocks(1)
					m.aux[0].node.Restart()
				}
			}, off: func(*simchain.Node) {}},
		{name: "reorganising", mode: "template", on: func(n *simchain.Node) { n.Reorg(1) },
			during: func(m *merged) {
				for range 3 {
					m.blocks(1)
					m.aux[0].node.Reorg(2)
				}
			}, off: func(*simchain.Node) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mustVictim(t, tt.mode, simchain.Config{})
			victim := m.aux[0]
			m.minedAgain()

			tt.on(victim.node)
			if tt.during != nil {
				tt.during(m)
			}
			m.othersGoOn(blocks)
			tt.off(victim.node)

			m.minedAgain()
			if tt.name != "reorganising" { // there, rows wait for six blocks more
				m.settled(m.all()...)
				m.finish()
			}
		})
	}
}

// TestMergedSlowChainHarmsNobody counts: while the slow node answers once, the
// parent goes on by many blocks.
func TestMergedSlowChainHarmsNobody(t *testing.T) {
	t.Parallel()
	const blocks = 12
	m := mustVictim(t, "template", simchain.Config{})
	victim := m.aux[0]
	m.jobWith(m.aux...)
	victim.node.Slow(4 * time.Second)
	before := victim.node.Calls("getblocktemplate") + victim.node.Calls("submitblock") + victim.node.Calls("getbestblockhash")
	m.blocks(blocks)
	calls := victim.node.Calls("getblocktemplate") + victim.node.Calls("submitblock") + victim.node.Calls("getbestblockhash") - before
	if calls >= blocks {
		t.Errorf("%d blocks of the parent while the slow node was asked %d times", blocks, calls)
	}
	m.othersGoOn(2)
	victim.node.Slow(0)
	m.minedAgain()
	m.settled(m.all()...)
	m.finish()
}

// TestMergedLyingChainIsNeverBelieved: "true" is no block. What its node did not
// keep is given up when the chain has gone on without it.
func TestMergedLyingChainIsNeverBelieved(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"template", "createauxblock"} {
		t.Run(mode, func(t *testing.T) {
			m := mustVictim(t, mode, simchain.Config{})
			victim := m.aux[0]
			m.jobWith(m.aux...)
			victim.node.Lie(true)
			m.mineUntil("a block that the node says to have", func() bool { return m.count("victim", "received") >= 1 })
			m.othersGoOn(3)
			victim.node.Jump(8)
			m.until("the end of hope", func() bool {
				return m.count("victim", "orphaned")+m.count("victim", "lost") == m.count("victim", "received")
			})
			if got := m.count("victim", "accepted"); got != 0 {
				t.Errorf("%d blocks accepted that no node has", got)
			}
			victim.node.Lie(false)
			m.minedAgain()
			m.settled(m.all()...)
			for _, b := range rowsOf(m.finish(), victim) {
				if h := victim.node.Confirmations(simchain.Hash(b.Hash)); h <= 0 && b.State != "orphaned" && b.State != "lost" && b.State != "received" {
					t.Errorf("block %s is %s, no node has it", coins.Hash(b.Hash), b.State)
				}
			}
		})
	}
}

// TestMergedChainThatIsDownFromTheStart leaves zeros in its slot, which the
// others' proofs survive, and is mined once it is there.
func TestMergedChainThatIsDownFromTheStart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		on   func(*simchain.Node)
		off  func(*simchain.Node)
	}{
		{"down", func(n *simchain.Node) { n.Down(true) }, func(n *simchain.Node) { n.Down(false) }},
		{"stalled", func(n *simchain.Node) { n.Stall(true) }, func(n *simchain.Node) { n.Stall(false) }},
		{"of a wrong chain id", func(n *simchain.Node) { n.WrongChainID(2) }, func(n *simchain.Node) { n.WrongChainID(0) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			victim := &side{name: "victim", cfg: simchain.Config{ChainID: 5, Bits: each8}, settings: map[string]any{"timeout": long}}
			victim.start(t)
			tt.on(victim.node)
			m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: each16}}, []*side{
				victim,
				{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}},
				{name: "two", cfg: simchain.Config{ChainID: 2, Bits: each8}},
			}, nil)
			job := m.jobWith(m.aux[1:]...)
			if _, there := m.snapshot(job)["victim"]; there {
				t.Error("a chain that gave no work is in the job")
			}
			m.othersGoOn(4)
			if n := len(victim.node.Submissions()); n != 0 {
				t.Errorf("the victim was given %d blocks", n)
			}
			tt.off(victim.node)
			m.minedAgain()
			m.settled(m.all()...)
			m.finish()
		})
	}
}

// TestMergedFlipFloppingWorkMakesNoJobs: a node that answers with two blocks in
// turn at one tip is no news.
func TestMergedFlipFloppingWorkMakesNoJobs(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}, settings: map[string]any{"refresh": "1h", "max_template_age": "2h"}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: map[string]any{"mode": "createauxblock", "refresh": "100ms"}}},
		func(p *configs.Pool) { p.Refresh = configs.Duration(time.Hour) })
	one := m.aux[0]
	one.node.FlipFlop(true)
	m.jobWith(one)
	m.drain()
	jobs, calls := m.jobs, one.node.Calls("createauxblock")
	m.until("many answers", func() bool { return one.node.Calls("createauxblock") >= calls+20 })
	m.drain()
	if m.jobs > jobs+2 {
		t.Errorf("%d jobs for one tip of a node that flip-flops", m.jobs-jobs)
	}
	m.mineUntil("a block", func() bool { return one.node.Height() >= 2 })
	m.settled(one)
	m.finish()
}

// TestMergedAuxGoesOnWhileTheParentIsDown: news of auxiliary chains makes jobs
// on the parent's last template, and their blocks are good.
func TestMergedAuxGoesOnWhileTheParentIsDown(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}}, {name: "two", cfg: simchain.Config{ChainID: 2, Bits: each16}}}, nil)
	m.jobWith(m.aux...)
	m.parent.node.Down(true)
	for range 3 {
		for _, a := range m.aux {
			a.node.Jump(1)
			height := a.node.Height()
			if job := m.jobWith(m.aux...); isClean(job) {
				t.Error("a job for news of an auxiliary chain is clean")
			}
			m.mineUntil("a block of "+a.name, func() bool { return a.node.Height() > height })
		}
	}
	m.parent.node.Down(false)
	m.settled(m.aux...)
	m.finish()
}

// TestMergedChainIDThatOnlyTheNodeKnows: such a chain joins the tree when its
// node has named the id, unless another chain has that one.
func TestMergedChainIDThatOnlyTheNodeKnows(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: each16}}, []*side{
		{name: "unsaid", cfg: simchain.Config{ChainID: 9, Bits: each8}, settings: map[string]any{"chain_id": nil}},
		{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}},
		{name: "same", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: map[string]any{"chain_id": nil}},
	}, nil)
	unsaid, one, same := m.aux[0], m.aux[1], m.aux[2]
	m.sees(same)
	m.jobWith(unsaid, one)
	m.blocks(3)
	m.mineUntil("blocks of both", func() bool { return unsaid.node.Height() >= 2 && one.node.Height() >= 2 })
	if n := len(same.node.Submissions()); n != 0 {
		t.Errorf("the chain with another's id was given %d blocks", n)
	}

	// An id that the node named once is as good as a configured one.
	unsaid.node.WrongChainID(77)
	unsaid.node.Jump(1)
	m.sees(unsaid)
	m.jobWith(one)
	before := len(unsaid.given())
	m.blocks(2)
	if n := len(unsaid.given()); n != before {
		t.Errorf("%d more blocks for the node that names another id", n-before)
	}
	unsaid.node.WrongChainID(0)
	unsaid.node.Jump(1)
	m.jobWith(unsaid, one)
	height := unsaid.node.Height()
	m.mineUntil("a block of the chain that is back", func() bool { return unsaid.node.Height() > height })
	m.settled(m.all()...)
	m.finish()
}

// TestMergedReorganisedBlockIsTakenBack: an accepted block that the chain leaves
// is no longer counted; siblings of the tip never were.
func TestMergedReorganisedBlockIsTakenBack(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}}}, nil)
	one := m.aux[0]
	m.jobWith(one)
	m.blocks(1)
	m.mineUntil("a block", func() bool { return one.node.Height() >= 1 })
	m.settled(m.all()...)
	ours := m.count("one", "accepted")
	one.node.Reorg(one.node.Height())
	m.parent.node.Reorg(m.parent.node.Height())
	m.until("blocks of the auxiliary chain taken back", func() bool { return m.count("one", "orphaned") >= ours })
	m.until("the parent's block taken back", func() bool { return m.count("parent", "orphaned") >= 1 })
	m.blocks(1)
	m.settled(m.all()...)
	m.finish()
}
