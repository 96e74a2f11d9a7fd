package engine

import (
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// mineAll mines until every chain has n blocks of ours, waits for the verdicts,
// and compares heights and ledger.
func (m *merged) mineAll(n int) {
	m.t.Helper()
	m.mineUntil("blocks of every chain", func() bool {
		for _, s := range m.all() {
			if s.node.Height() < n {
				return false
			}
		}
		return true
	})
	m.settled(m.all()...)
	for _, s := range m.all() {
		if got, want := m.count(s.name, "accepted"), s.node.Height(); got != want {
			m.t.Errorf("%s: %d blocks accepted, the node's height is %d", s.name, got, want)
		}
	}
}

// TestMergedThreeChainsAtOnce mines each kind of auxiliary work beside the others,
// by both algorithms of the tree.
func TestMergedThreeChainsAtOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cfg  simchain.Config
	}{
		{"sha256d", simchain.Config{}},
		{"scrypt", simchain.Config{Algorithm: simchain.Scrypt}},
		{"scrypt, by Dogecoin's rules", simchain.Config{Dialect: simchain.Dogecoin, Algorithm: simchain.Scrypt}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			chain := func(id uint16, bits uint32) simchain.Config {
				c := tt.cfg
				c.ChainID, c.Bits = id, bits
				return c
			}
			m := mustMerged(t,
				&side{name: "parent", cfg: simchain.Config{Algorithm: tt.cfg.Algorithm, Bits: each32}},
				[]*side{
					{name: "templates", cfg: chain(1, each8), settings: map[string]any{"mode": "template"}},
					{name: "create", cfg: chain(6, each16), settings: map[string]any{"mode": "createauxblock"}},
					{name: "get", cfg: chain(17, each32), settings: map[string]any{"mode": "getauxblock"}},
				}, func(p *configs.Pool) {
					p.Reward, p.FeeBPS, p.Aux[1].Reward, p.AcceptAnyone = "pplns", 150, "prop", true
				})
			m.jobWith(m.aux...)
			m.mineAll(3)
			for i, method := range []string{"submitblock", "submitauxblock", "getauxblock"} {
				subs := m.aux[i].node.Submissions()
				if len(subs) == 0 {
					t.Errorf("%s was given nothing", m.aux[i].name)
				}
				for _, sub := range subs {
					if sub.Method != method || sub.Reason == "lied" {
						t.Errorf("%s: got %+v, want %s", m.aux[i].name, sub, method)
					}
				}
			}
			m.finish()
		})
	}
}

// TestMergedNamecoinsOwnDriver mines with the drivers of known coins, whose
// rules are not in the settings.
func TestMergedNamecoinsOwnDriver(t *testing.T) {
	t.Parallel()
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Bits: each16}},
		[]*side{
			{name: "nmc", driver: "namecoin", cfg: simchain.Config{ChainID: 1, Bits: each8}},
			{name: "other", cfg: simchain.Config{ChainID: 3, Bits: each8}},
		}, nil)
	m.jobWith(m.aux...)
	m.mineAll(2)
	m.finish()
}

func TestMergedByScrypt(t *testing.T) {
	t.Parallel()
	doge := simchain.Config{Dialect: simchain.Dogecoin, ChainID: 98, Bits: each8}
	pepe := simchain.Config{Dialect: simchain.Dogecoin, ChainID: 63, Bits: everyHash}
	m := mustMerged(t,
		&side{name: "parent", cfg: simchain.Config{Algorithm: simchain.Scrypt, Bits: each8}},
		[]*side{
			{name: "doge", driver: "dogecoin", cfg: doge},
			{name: "pepe", cfg: pepe, settings: map[string]any{"mode": "createauxblock", "index_zero": true, "no_aux_parent": false}},
		}, nil)
	m.jobWith(m.aux...)
	m.mineAll(2)
	m.finish()
}
