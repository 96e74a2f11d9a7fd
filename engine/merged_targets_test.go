package engine

import (
	"math"
	"math/big"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// difficultyOf is how many times harder compact bits are than difficulty one,
// by the rules and apart from the pool's arithmetic.
func difficultyOf(bits uint32) float64 {
	target := new(big.Int).Lsh(big.NewInt(int64(bits&0x7fffff)), uint(8*(int(bits>>24)-3)))
	one := new(big.Int).Lsh(big.NewInt(0xffff), 208)
	d, _ := new(big.Rat).SetFrac(one, target).Float64()
	return d
}

// TestMergedShareDifficultyAndItsCap: miners get no difficulty at which they
// would keep a solution to themselves, but for chains whose cap is off.
func TestMergedShareDifficultyAndItsCap(t *testing.T) {
	t.Parallel()
	const each256 = 0x2000ffff
	for _, tt := range []struct {
		name             string
		parent, one, two uint32
		openOne, openTwo bool
		start            float64
		want             uint32 // whose difficulty is given out; 0 for start
	}{
		{name: "aux easier than parent", parent: each256, one: each16, two: each32, start: 1, want: each16},
		{name: "easiest aux not capped", parent: each256, one: each16, two: each32, openOne: true, start: 1, want: each32},
		{name: "no aux capped", parent: each256, one: each16, two: each32, openOne: true, openTwo: true, start: 1, want: each256},
		{name: "small parent, big aux", parent: each8, one: each256, two: never, start: 1, want: each8},
		{name: "shares easier than all", parent: each32, one: each16, two: each16, start: 1e-10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: tt.parent}}, []*side{
				{name: "one", cfg: simchain.Config{ChainID: 1, Bits: tt.one}, open: tt.openOne},
				{name: "two", cfg: simchain.Config{ChainID: 2, Bits: tt.two}, open: tt.openTwo},
			}, func(p *configs.Pool) { p.Listen[0].Difficulty.Start = tt.start })
			m.jobWith(m.aux...)
			want := tt.start
			if tt.want != 0 {
				want = difficultyOf(tt.want)
			}
			if math.Abs(m.c.Difficulty/want-1) > 1e-12 {
				t.Errorf("difficulty %g, want %g", m.c.Difficulty, want)
			}

			// Whatever the miner finds, each chain gets what is good enough for it.
			m.blocks(2)
			for _, a := range m.aux {
				if tt.want == each8 || a.cfg.Bits == never {
					continue
				}
				m.mineUntil("blocks of "+a.name, func() bool { return a.node.Height() >= 2 })
			}
			if tt.want == each8 {
				m.mineUntil("a block of the big chain", func() bool { return m.aux[0].node.Height() >= 1 })
			}
			m.settled(m.all()...)
			m.finish()
		})
	}
}

// TestMergedSharesAtTheTargetItself: a share that only just solves a chain whose
// target is the cap is accepted, and the block with it.
func TestMergedSharesAtTheTargetItself(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: never}},
		[]*side{{name: "one", cfg: simchain.Config{ChainID: 1, Bits: each32}}},
		func(p *configs.Pool) { p.Listen[0].Difficulty.Start = 1 })
	one := m.aux[0]
	for range 5 {
		height := one.node.Height()
		job := m.jobWith(one)
		if got := m.submit(m.solve(job, each32, 0), m.c.Difficulty); got != "accepted" {
			t.Errorf("a share that solves the chain is %s", got)
		}
		m.until("its block", func() bool { return one.node.Height() == height+1 })
	}
	m.settled(one)
	if len(m.rejected) != 0 {
		t.Errorf("refused %v", m.rejected)
	}
	m.finish()
}
