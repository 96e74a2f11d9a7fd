package engine

import (
	"context"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// mineBeside mines simulated chains on a real parent until each has two blocks
// more, and sees that every accepted block is on its chain.
func mineBeside(t *testing.T, algo string, parent CoinConfig, height func(context.Context) (uint64, error), aux ...*side) {
	t.Helper()
	m := &merged{t: t, algo: algo, aux: aux, states: map[string][]string{}}
	pool := testPool("parent", testnode.AnyAddress)
	m.cfg.Coins = map[string]CoinConfig{"parent": parent}
	for _, a := range aux {
		m.cfg.Coins[a.name] = m.mustSide(a)
		pool.Aux = append(pool.Aux, configs.Aux{Coin: a.name, Cap: true})
	}
	m.cfg.Pools = map[string]configs.Pool{"p": pool}
	before, err := height(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.start()
	m.job("with every chain", func(job []any) bool { return len(m.snapshot(job)) == len(aux) })
	m.rig.mineUntil(m.c, mergedUser, "parent", "accepted", 2)
	for _, a := range aux {
		for i := 0; a.node.Height() < 2; i++ {
			if i > mergedLimit {
				t.Fatalf("mined in vain for blocks of %s: %+v", a.name, a.node.Submissions())
			}
			m.c.mine(mergedUser)
		}
		for _, sub := range a.node.Submissions() {
			if sub.Reason != "" && sub.Reason != string(simchain.Inconclusive) {
				t.Errorf("%s was given %+v", a.name, sub)
			}
		}
	}
	if after, err := height(t.Context()); err != nil || after < before+2 {
		t.Errorf("the parent went from height %d to %d, %v; want two more", before, after, err)
	}
}

func TestMergedOnRealBTCD(t *testing.T) {
	t.Parallel()
	node := testnode.MustBTCD(t)
	mineBeside(t, "sha256d", mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL, node.User, node.Password)), node.Height,
		&side{name: "nmc", driver: "namecoin", cfg: simchain.Config{ChainID: 1, Bits: each8}},
		&side{name: "create", cfg: simchain.Config{ChainID: 7, Bits: each16}, settings: map[string]any{"mode": "createauxblock"}},
		&side{name: "get", cfg: simchain.Config{ChainID: 12, Bits: each8}, settings: map[string]any{"mode": "getauxblock"}})
}

func TestMergedOnRealLitecoind(t *testing.T) {
	t.Parallel()
	node := testnode.MustLitecoind(t)
	if err := node.ActivateMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	mineBeside(t, "scrypt", mustCoin(t, "litecoin", "regtest", nodeSettings(node.URL, node.User, node.Password)), node.Height,
		&side{name: "doge", driver: "dogecoin", cfg: simchain.Config{Dialect: simchain.Dogecoin, ChainID: 98, Bits: each8}},
		&side{name: "pepe", cfg: simchain.Config{Dialect: simchain.Dogecoin, ChainID: 63}, settings: map[string]any{
			"mode": "createauxblock", "index_zero": true, "no_aux_parent": false,
		}})
}
