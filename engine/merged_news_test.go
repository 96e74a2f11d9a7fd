package engine

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// sees waits until the pool has work on a chain's present tip.
func (m *merged) sees(s *side) {
	m.t.Helper()
	m.until("work of "+s.name+" on its tip", func() bool {
		w, _ := m.rig.engine.runners[s.name].LatestAux()
		return w != nil && w.PrevHash == coins.Hash(s.node.Tip())
	})
}

// TestMergedAuxTipsAreCoalesced: each of the tips of a burst is seen, and yet
// there are no more jobs than the pause between them allows, none of them clean.
func TestMergedAuxTipsAreCoalesced(t *testing.T) {
	t.Parallel()
	const pause, tips = 400 * time.Millisecond, 25
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}, settings: map[string]any{"refresh": "1h", "max_template_age": "2h"}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1}}, {name: "two", cfg: simchain.Config{ChainID: 2}}},
		func(p *configs.Pool) { p.AuxCoalesce, p.Refresh = configs.Duration(pause), configs.Duration(time.Hour) })
	m.jobWith(m.aux...)
	m.drain()

	jobs, began := m.jobs, time.Now()
	for i := range tips {
		a := m.aux[i%2]
		a.node.Jump(1)
		m.sees(a)
	}
	last := m.jobWith(m.aux...)
	m.drain()
	jobs, allowed := m.jobs-jobs, int(time.Since(began)/pause)+2
	if jobs == 0 || jobs > allowed {
		t.Errorf("%d tips made %d jobs in %v, want 1 to %d", tips, jobs, time.Since(began), allowed)
	}
	if isClean(last) || m.clean != 1 {
		t.Errorf("news of auxiliary chains is clean: %t, %d clean jobs; want only the first", isClean(last), m.clean)
	}
	m.finishIdle()
}

// finishIdle is finish for a test in which nobody mined.
func (m *merged) finishIdle() {
	m.t.Helper()
	m.mineUntil("one share", func() bool { return m.accepted > 0 })
	m.settled(m.all()...)
	m.finish()
}

func TestMergedParentTipIsClean(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1}}}, nil)
	m.jobWith(m.aux...)
	one := m.aux[0]
	for i := range 3 {
		m.parent.node.Jump(1)
		if job := m.jobWith(one); !isClean(job) {
			t.Errorf("job %d on a new tip of the parent is not clean", i)
		}
		clean := i + 2 // with the first job; they are told after the miners have them
		m.until("news of the clean job", func() bool { m.drain(); return m.clean >= clean })
		one.node.Jump(1)
		if job := m.jobWith(one); isClean(job) {
			t.Errorf("job %d on a new tip of the auxiliary chain is clean", i)
		}
		m.drain()
		if m.clean != clean {
			t.Errorf("%d clean jobs for a tip of the auxiliary chain", m.clean-clean)
		}
	}
	m.finishIdle()
}

// swap makes a chain leave its last block for another of the same height, and
// returns how to undo it.
func (s *side) swap(t *testing.T) (back func()) {
	t.Helper()
	a, height := s.node.Tip(), s.node.Height()
	s.rpc(t, nil, "invalidateblock", a.String())
	b := s.node.Jump(1)[0]
	if s.node.Tip() != b || s.node.Height() != height {
		t.Fatalf("%s: tip %s at %d, want %s at %d", s.name, s.node.Tip(), s.node.Height(), b, height)
	}
	return func() {
		t.Helper()
		s.rpc(t, nil, "invalidateblock", b.String())
		s.rpc(t, nil, "reconsiderblock", a.String())
		if s.node.Tip() != a {
			t.Fatalf("%s: tip %s, want %s again", s.name, s.node.Tip(), a)
		}
	}
}

// TestMergedParentGoesToASiblingAndBack: each change is a clean job, and a block
// of the very first job is good again in the end.
func TestMergedParentGoesToASiblingAndBack(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: never}}}, nil)
	m.parent.node.Jump(2)
	first := m.jobWith(m.aux...)
	back := m.parent.swap(t)
	if job := m.jobWith(m.aux...); !isClean(job) {
		t.Error("the sibling's job is not clean")
	}
	back()
	if job := m.jobWith(m.aux...); !isClean(job) || job[0] == first[0] {
		t.Errorf("the job after it: %v, clean %t; want a new one, clean", job[0], isClean(job))
	}
	old := m.solve(first, each16, 0)
	m.submit(old, 1e-10)
	m.until("the block of the first job", func() bool { return m.confirmed(m.parent, old.BlockHash()) })
	m.blocks(2)
	m.settled(m.all()...)
	if got := m.parent.node.Height(); got != 5 {
		t.Errorf("height %d, want 5", got)
	}
	m.finish()
}

func (m *merged) confirmed(s *side, hash string) bool { return s.confirmations(m.t, hash) > 0 }

// TestMergedAuxGoesToASiblingAndBack: none of it is clean, and the snapshot of
// the first job is good again in the end.
func TestMergedAuxGoesToASiblingAndBack(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"template", "createauxblock"} {
		t.Run(mode, func(t *testing.T) {
			m := mustMerged(t,
				&side{name: "parent", cfg: simchain.Config{Bits: never}},
				[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: map[string]any{"mode": mode}}}, nil)
			one := m.aux[0]
			one.node.Jump(2)
			first := m.jobWith(one)
			m.drain()
			clean := m.clean
			back := one.swap(t)
			m.jobWith(one)
			back()
			m.jobWith(one)
			m.drain()
			if m.clean != clean {
				t.Errorf("%d clean jobs for tips of an auxiliary chain", m.clean-clean)
			}
			m.submit(m.solve(first, each8, 0), 1e-10)
			if mode == "template" {
				m.until("the block of the first job", func() bool { return one.node.Height() == 3 })
			}
			m.mineUntil("another block", func() bool { return one.node.Height() >= 4 })
			m.settled(one)
			m.finish()
		})
	}
}

// TestMergedBlockOnTheTipsSiblingWins: the node has gone over to a sibling of the
// block that a job stands on. A solution of that job is worth more than the
// sibling, and the node comes back to it.
func TestMergedBlockOnTheTipsSiblingWins(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each16}}}, nil)
	for _, s := range m.all() {
		s.node.Jump(2)
	}
	first := m.jobWith(m.aux...)
	for _, s := range m.all() {
		tip := s.node.Tip()
		s.swap(t)
		s.rpc(t, nil, "reconsiderblock", tip.String())
		if s.node.Tip() == tip {
			t.Fatalf("%s: the sibling is not the tip", s.name)
		}
	}
	m.jobWith(m.aux...)
	m.submit(m.solve(first, each16, 0), 1e-10)
	for _, s := range m.all() {
		m.until("the block of "+s.name, func() bool { return m.count(s.name, "accepted") == 1 && s.node.Height() == 3 })
	}
	m.jobWith(m.aux...)
	m.blocks(1)
	m.settled(m.all()...)
	m.finish()
}
