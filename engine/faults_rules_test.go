package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// rollable is Fractal's chain id, which Bitcoin's miners may roll.
const rollable = 0x2024

// TestChainIDThatMinersMayRollIsRefused: mask and ids are looked at by the check
// and at the start, and both name chain and id.
func TestChainIDThatMinersMayRollIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		id   int
		ok   bool
	}{
		{"below the mask", 0x1fff, true},
		{"the version itself", 0x2000, false},
		{"within the mask", rollable, false},
		{"the last within the mask", 0x3fff, false},
		{"above the mask", 0x4000, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			aux := nodeSettings("http://127.0.0.1:1", "u", "p")
			aux["address"], aux["symbol"], aux["chain_id"] = testnode.AnyAddress, "AUX", tt.id
			cfg := Config{
				DataDir: t.TempDir(), Sync: "os",
				Coins: map[string]CoinConfig{
					"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p")),
					"aux":     mustCoin(t, "auxpow", "regtest", aux),
				},
				Pools: map[string]configs.Pool{"p": testPool("bitcoin", testnode.AnyAddress, "aux")},
			}
			problems := Check(t.Context(), cfg)
			if tt.ok {
				if len(problems) > 0 {
					t.Errorf("got %v, want nothing wrong", problems)
				}
				return
			}
			said := func(text string) bool {
				return strings.Contains(text, "aux has chain id 0x") && strings.Contains(text, "roll") && strings.Contains(text, "1fffe000")
			}
			if len(problems) != 1 || problems[0].Key != "pools.p.aux[0]" || !said(problems[0].Message) {
				t.Errorf("the check says %v", problems)
			}
			e, err := New(cfg, Deps{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := e.Run(ctx); err == nil || !said(err.Error()) {
				t.Errorf("the start says %v", err)
			}
		})
	}
}

// TestRollableChainIDThatOnlyTheNodeKnows: the chain is left out of the jobs, and
// the others are mined.
func TestRollableChainIDThatOnlyTheNodeKnows(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simParent()}, []*side{
		{name: "unsaid", cfg: simAux(rollable), settings: map[string]any{"chain_id": nil}},
		{name: "one", cfg: simAux(1)},
	}, nil)
	unsaid, one := m.aux[0], m.aux[1]
	m.sees(unsaid)
	m.jobWith(one)
	m.blocks(2)
	m.mineUntil("a block of the other", func() bool { return one.node.Height() >= 1 })
	if n := len(unsaid.node.Submissions()); n != 0 {
		t.Errorf("%d blocks were given to the chain whose id may be rolled", n)
	}
	m.settled(m.all()...)
	m.finish()
}

// TestRolledVersionIsInTheBlock: what the miner rolled is in the block that is
// handed in, and in the proofs; a block without it would have another hash.
func TestRolledVersionIsInTheBlock(t *testing.T) {
	t.Parallel()
	const bits = 0x0badc000 & 0x1fffe000
	m := mustMerged(t, &side{name: "parent", cfg: simParent()}, []*side{{name: "one", cfg: simAux(1)}}, nil)
	m.c.call("mining.configure", []any{"version-rolling"}, map[string]any{"version-rolling.mask": "1fffe000"})
	m.blocks(1) // the mask holds from the next job on
	m.c.Rolled = bits
	one := m.aux[0]
	m.jobWith(one)
	before := m.parent.node.Height()
	m.mineAll(3)
	for height := before + 1; height <= m.parent.node.Height(); height++ {
		var hash string
		m.parent.rpc(t, &hash, "getblockhash", height)
		var head struct{ Version uint32 }
		m.parent.rpc(t, &head, "getblockheader", hash)
		if head.Version&0x1fffe000 != bits {
			t.Errorf("block %d has version %08x, the miner rolled %08x", height, head.Version, bits)
		}
	}
	if len(m.rejected) > 0 {
		t.Errorf("shares refused: %v", m.rejected)
	}
	m.finish()
}

// tight is a driver whose parent has little room in its coinbase's script.
type tight struct {
	coins.Driver
	limit int
}

type tightCoin struct {
	coins.Parent
	limit int
}

func (d tight) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return tightCoin{c.(coins.Parent), d.limit}, nil
}

func (c tightCoin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	in := make(chan *coins.Template)
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		done <- c.Parent.Templates(ctx, in)
		cancel(errors.New("templates are over"))
	}()
	for {
		select {
		case t := <-in:
			next, tree := *t, *t.Tree
			tree.ScriptLimit = c.limit
			next.Tree = &tree
			select {
			case out <- &next:
			case <-ctx.Done():
				return <-done
			}
		case <-ctx.Done():
			return <-done
		}
	}
}

// TestParentWithoutRoomIsMinedWithoutTheTree: chains that do not fit into the
// script are left out and named, and the parent has its job.
func TestParentWithoutRoomIsMinedWithoutTheTree(t *testing.T) {
	t.Parallel()
	m := newMerged(t, &side{name: "parent", cfg: simParent()}, []*side{{name: "one", cfg: simAux(1)}}, nil)
	cc := m.cfg.Coins["parent"]
	cc.Driver = tight{cc.Driver, 60}
	m.cfg.Coins["parent"] = cc
	m.start()
	m.sees(m.aux[0])
	m.blocks(2)
	m.settled(m.parent)
	if got := m.count("parent", "accepted"); got < 2 {
		t.Errorf("%d blocks of the parent accepted, want 2", got)
	}
	if len(m.snapshot(m.c.Job)) != 0 || len(m.aux[0].node.Submissions()) != 0 {
		t.Errorf("job with %v, submissions %v; want the parent alone", m.snapshot(m.c.Job), m.aux[0].node.Submissions())
	}
	dropped := m.rig.engine.pools[0].book.Last().Dropped
	if !slices.Equal(dropped, []string{"one"}) {
		t.Errorf("dropped %v, want one", dropped)
	}
	m.finish()
}

// TestScriptIsWithinTheLimitWithALongTag: the tag is cut, the blocks are taken.
func TestScriptIsWithinTheLimitWithALongTag(t *testing.T) {
	t.Parallel()
	m := mustMerged(t, &side{name: "parent", cfg: simParent()},
		[]*side{{name: "one", cfg: simAux(1)}, {name: "two", cfg: simAux(6)}, {name: "three", cfg: simchain.Config{ChainID: 16, Bits: each8}}},
		func(p *configs.Pool) { p.Tag, p.Extranonce2 = "/"+strings.Repeat("longest", 20)+"/", 8 })
	m.jobWith(m.aux...)
	m.mineAll(2)
	m.finish()
}
