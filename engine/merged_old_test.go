package engine

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// TestMergedStaleShareSolvesAux: the parent's tip has moved on, the auxiliary
// chains have not. The share is refused, the blocks are delivered.
func TestMergedStaleShareSolvesAux(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{
			{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}},
			{name: "two", cfg: simchain.Config{ChainID: 2, Bits: each16}, settings: map[string]any{"mode": "createauxblock"}},
			{name: "gone", cfg: simchain.Config{ChainID: 3, Bits: each8}},
		},
		func(p *configs.Pool) { p.StaleGrace = 0 })
	old := m.jobWith(m.aux...)
	m.parent.node.Jump(3)
	m.aux[2].node.Jump(1)
	m.jobWith(m.aux...)

	if got := m.submit(m.solve(old, each16, 0), 1e-10); got != "stale" {
		t.Errorf("the share is %s, want stale", got)
	}
	for _, a := range m.aux[:2] {
		m.until("a block of "+a.name, func() bool { return m.count(a.name, "accepted") == 1 })
	}
	// The third has moved on from the job's snapshot: its block would be a
	// sibling of the tip.
	if n := len(m.aux[2].node.Submissions()); n != 0 || m.rig.engine.Status().Pools[0].AuxStale != 1 {
		t.Errorf("the chain that had moved on was given %d blocks", n)
	}
	m.finishIdle()
}

// TestMergedRefusedShareSolvesAux: what is wrong with a share for the miner's
// account is nothing to an auxiliary chain.
func TestMergedRefusedShareSolvesAux(t *testing.T) {
	t.Parallel()
	later := func(job []any, by int64) []any {
		now, err := strconv.ParseInt(job[7].(string), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		job = slices.Clone(job)
		job[7] = fmt.Sprintf("%08x", now+by)
		return job
	}
	for _, tt := range []struct {
		want string
		job  func([]any) []any
		diff float64
	}{
		{"low-difficulty", slices.Clone[[]any], 1e-3},
		{"time-too-new", func(job []any) []any { return later(job, 100_000) }, 1e-10},
		{"time-too-old", func(job []any) []any { job = slices.Clone(job); job[7] = "00000001"; return job }, 1e-10},
	} {
		t.Run(tt.want, func(t *testing.T) {
			m := mustMerged(t,
				&side{name: "parent", cfg: simchain.Config{Bits: never}},
				[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, open: true}},
				func(p *configs.Pool) { p.Listen[0].Difficulty.Start = tt.diff })
			m.t = t
			job := m.jobWith(m.aux...)
			if got := m.submit(m.solve(tt.job(job), each8, 0x1e00ffff), m.c.Difficulty); got != tt.want {
				t.Errorf("the share is %s, want %s", got, tt.want)
			}
			m.until("a block", func() bool { return m.count("one", "accepted") == 1 })
			if m.aux[0].node.Height() != 1 {
				t.Errorf("height %d, want 1", m.aux[0].node.Height())
			}
			m.finish()
		})
	}
}

// deaf are settings of a coin that does not look at its tip during a test, so
// that its work stays what it is.
func deaf(mode string) map[string]any {
	return map[string]any{"mode": mode, "poll": "1m", "refresh": "1h", "max_template_age": "2h"}
}

// TestMergedSecondSolutionIsTheSameBlock: further solutions of the same work are
// not submitted, and there is one row.
func TestMergedSecondSolutionIsTheSameBlock(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"template", "createauxblock"} {
		t.Run(mode, func(t *testing.T) {
			m := mustMerged(t,
				&side{name: "parent", cfg: simchain.Config{Bits: never}},
				[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: deaf(mode)}}, nil)
			one := m.aux[0]
			job := m.jobWith(one)
			m.submit(m.solve(job, each8, 0), 1e-10)
			m.until("the block", func() bool { return one.node.Height() == 1 })
			m.until("its verdict", func() bool { return m.count("one", "received") == 1 })
			for range 5 {
				m.submit(m.solve(job, each8, 0), 1e-10)
			}
			m.settled(one)
			rows := rowsOf(m.finish(), one)
			if subs := one.node.Submissions(); len(subs) != 1 || len(rows) != 1 || rows[0].State != "accepted" {
				t.Errorf("%d submissions, rows %+v; want one of each, accepted", len(subs), rows)
			}
		})
	}
}

// TestMergedSolutionsWhileTheFirstIsUnderWay: the node holds the first back, so
// the others wait behind it and are dropped when it is taken.
func TestMergedSolutionsWhileTheFirstIsUnderWay(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}}}, nil)
	one := m.aux[0]
	job := m.jobWith(one)
	one.node.Stall(true)
	for range 8 {
		if got := m.submit(m.solve(job, each8, 0), 1e-10); got != "accepted" {
			t.Errorf("the share is %s", got)
		}
	}
	m.until("the submission", func() bool { return m.count("one", "pending") == 1 })
	one.node.Stall(false)
	m.until("the block", func() bool { return one.node.Height() == 1 })
	m.settled(one)
	rows := rowsOf(m.finish(), one)
	if subs := one.node.Submissions(); len(subs) != 1 || len(rows) != 1 {
		t.Errorf("%d submissions, %d rows; want one of each", len(subs), len(rows))
	}
}

// TestMergedSecondSolutionAfterARefusal: the node refuses the first, because it
// holds the block before for invalid; the second finds it of another mind.
func TestMergedSecondSolutionAfterARefusal(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: deaf("template")}},
		nil)
	one := m.aux[0]
	m.jobWith(one)
	tip := one.node.Jump(2)[1]
	// The coin is deaf, so the engine starts anew to see the tip.
	m.stop()
	m.start()
	job := m.jobWith(one)

	one.rpc(t, nil, "invalidateblock", tip.String())
	m.submit(m.solve(job, each8, 0), 1e-10)
	m.until("the refusal", func() bool { return m.count("one", "refused") == 1 })
	one.rpc(t, nil, "reconsiderblock", tip.String())
	m.submit(m.solve(job, each8, 0), 1e-10)
	m.until("the block", func() bool { return m.count("one", "accepted") == 1 })
	m.submit(m.solve(job, each8, 0), 1e-10)
	m.settled(one)
	rows := rowsOf(m.finish(), one)
	if subs := one.node.Submissions(); len(subs) != 2 || len(rows) != 1 || rows[0].State != "accepted" || one.node.Height() != 3 {
		t.Errorf("submissions %+v, rows %+v, height %d; want two, one accepted, 3", subs, rows, one.node.Height())
	}
}

// TestMergedNodeRestartsBetweenWorkAndSolution: a block of our own survives it;
// work that the node made is forgotten, refused, and made anew.
func TestMergedNodeRestartsBetweenWorkAndSolution(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ mode, want string }{
		{"template", "accepted"}, {"createauxblock", "refused"}, {"getauxblock", "refused"},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			m := mustMerged(t,
				&side{name: "parent", cfg: simchain.Config{Bits: never}},
				[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each8}, settings: map[string]any{"mode": tt.mode}}}, nil)
			one := m.aux[0]
			job := m.jobWith(one)
			share := m.solve(job, each8, 0)
			one.node.Restart()
			m.submit(share, 1e-10)
			m.until("its verdict", func() bool { return m.count("one", tt.want) == 1 })
			m.mineUntil("another block", func() bool { return one.node.Height() >= 2 })
			m.settled(one)
			if restarts := m.rig.engine.runners["one"].Restarts(); restarts != 0 {
				t.Errorf("the coin was lost %d times", restarts)
			}
			m.finish()
		})
	}
}
