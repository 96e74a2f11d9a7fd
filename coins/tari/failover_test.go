package tari

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simtari"
)

// on is a condition for templates on a node.
func on(n *simtari.Node) func(*coins.Template) bool {
	return func(tmpl *coins.Template) bool { return tmpl.Node == n.Addr() }
}

// above is a condition for templates on a chain's present tip.
func above(c *simtari.Chain) func(*coins.Template) bool {
	return func(tmpl *coins.Template) bool {
		tip, _ := c.Tip()
		return tmpl.PrevHash.String() == tip.String()
	}
}

// pair is two nodes of one chain and a coin that prefers the first.
type pair struct {
	chain *simtari.Chain
	a, b  *simtari.Node
	coin  *coin
	work  *running[*coins.Template]
	first *coins.Template
}

func mustPair(t *testing.T, change func(settings map[string]any)) *pair {
	t.Helper()
	chain := simtari.NewChain(simtari.Config{Difficulty: 300})
	chain.Mine(3)
	p := &pair{chain: chain, a: mustNode(t, chain, simtari.NodeConfig{}), b: mustNode(t, chain, simtari.NodeConfig{})}
	set := conf(p.a, p.b)
	if change != nil {
		change(set)
	}
	p.coin = mustOpen(t, testDriver(), set)
	p.work = mustRun(t, p.coin.Templates)
	p.first = p.work.next(t)
	if p.first.Node != p.a.Addr() {
		t.Fatalf("first template is of %s, want the preferred node %s", p.first.Node, p.a.Addr())
	}
	return p
}

// What goes wrong with the node that is mined on, and how the other takes over
// within a second.
func TestFailover(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(p *pair)
		news  bool // shows only at the next block
	}{
		{"down", func(p *pair) { p.a.Down() }, false},
		{"slow", func(p *pair) { p.a.Set(simtari.Faults{Delay: 5 * time.Second}) }, true},
		{"stuck", func(p *pair) { p.a.Set(simtari.Faults{Stall: []string{"*"}}) }, true},
		{"syncing", func(p *pair) { p.a.Set(simtari.Faults{Syncing: true}) }, false},
		{"on a chain that fails its checkpoints", func(p *pair) { p.a.Set(simtari.Faults{Forked: true}) }, false},
		{"behind", func(p *pair) { p.a.Freeze() }, true},
		{"on a weaker fork", func(p *pair) { p.a.Follow(p.chain.Fork(1)) }, true},
		{"gives no templates", func(p *pair) { p.a.Set(simtari.Faults{Forbid: []string{"GetNewBlockTemplateWithCoinbases"}}) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := mustPair(t, nil)
			began := time.Now()
			tt.spoil(p)
			if tt.news {
				p.chain.Mine(1)
			}
			tmpl := p.work.until(t, "work of the other node", on(p.b))
			if took := time.Since(began); took > 4*time.Second { // a call may take five
				t.Errorf("failover took %s, want less than a second on a free machine", took)
			}
			if !above(p.chain)(tmpl) {
				t.Errorf("got a template on %s, which is not the tip", tmpl.PrevHash)
			}
			block := mustMine(t, tmpl)
			mustSubmit(t, p.coin, block, coins.Received)
			began = time.Now()
			mustStatus(t, p.coin, block, coins.BlockBestChain, 1)
			if took := time.Since(began); took > 3*statusGrace {
				t.Errorf("the block's status took %s", took)
			}
		})
	}
}

// A node that makes no templates in time is left for another, though it answers
// all else.
func TestSlowTemplates(t *testing.T) {
	p := mustPair(t, nil)
	p.a.Set(simtari.Faults{Stall: []string{"GetNewBlockTemplateWithCoinbases"}})
	p.b.Freeze() // so that the other is the first to tell of the block
	p.chain.Mine(1)
	began := time.Now()
	eventually(t, "question", func() bool { return p.a.Calls("GetNewBlockTemplateWithCoinbases") == 2 })
	p.b.Thaw()
	if tmpl := p.work.next(t); tmpl.Node != p.b.Addr() || !above(p.chain)(tmpl) || time.Since(began) > 3*slowFetch {
		t.Errorf("got a template of %s on %s after %s", tmpl.Node, tmpl.PrevHash, time.Since(began))
	}
	// It is not asked again for a while, so that the next block is quick.
	began = time.Now()
	p.chain.Mine(1)
	if tmpl := p.work.next(t); tmpl.Node != p.b.Addr() || time.Since(began) > slowFetch/2 {
		t.Errorf("got a template of %s after %s", tmpl.Node, time.Since(began))
	}
}

// The node that was lost is gone back to at a refresh, and no sooner.
func TestPreferredNodeComesBack(t *testing.T) {
	p := mustPair(t, func(set map[string]any) { set["refresh"] = "400ms" })
	p.a.Down()
	p.work.until(t, "work of the other node", on(p.b))
	if err := p.a.Up(); err != nil {
		t.Fatal(err)
	}
	back := p.work.until(t, "work of the preferred node", on(p.a))
	if back.Reason != coins.Refresh {
		t.Errorf("got reason %s, want a refresh", back.Reason)
	}
	tmpl := p.work.next(t)
	if tmpl.Node != p.a.Addr() {
		t.Error("went back to the other node")
	}
}

// One that comes and goes is not followed to and fro.
func TestPreferredNodeMustBeWellForAWhile(t *testing.T) {
	p := mustPair(t, func(set map[string]any) { set["refresh"] = "100ms" })
	p.coin.holdOff = time.Hour
	p.a.Down()
	p.work.until(t, "work of the other node", on(p.b))
	if err := p.a.Up(); err != nil {
		t.Fatal(err)
	}
	h := mustRun(t, p.coin.Health)
	h.until(t, "both nodes", func(h coins.Health) bool { return h.State == coins.HealthReady })
	for range 3 {
		if tmpl := p.work.next(t); tmpl.Node != p.b.Addr() {
			t.Fatal("went back at once")
		}
	}
}

// Of two tips of the same work the first is mined on, whoever has it.
func TestRivalTip(t *testing.T) {
	p := mustPair(t, func(set map[string]any) { set["refresh"] = "100ms" })
	rival := p.chain.Fork(0)
	p.a.Freeze()
	p.chain.Mine(1)
	tip, _ := p.chain.Tip()
	p.work.until(t, "work of the other node", on(p.b))
	rival.Mine(1)
	p.a.Follow(rival)
	h := mustRun(t, p.coin.Health)
	h.until(t, "both nodes", func(h coins.Health) bool { return h.Nodes[0].Height == 4 && h.Nodes[1].Height == 4 })
	for range 4 {
		if tmpl := p.work.next(t); tmpl.PrevHash.String() != tip.String() {
			t.Fatal("went over to the rival tip")
		}
	}
	rival.Mine(1)
	p.work.until(t, "work on the better tip", above(rival))
}

// Blocks that now one node and now the other tells of first are followed without
// switching to and fro for anything else.
func TestNoFlapping(t *testing.T) {
	p := mustPair(t, nil)
	last := p.first
	for range 10 {
		p.chain.Mine(1)
		tmpl := p.work.next(t)
		if tmpl.Reason != coins.NewTip || !above(p.chain)(tmpl) || tmpl.Height != last.Height+1 {
			t.Fatalf("got %+v after height %d, want one template for each tip", tmpl, last.Height)
		}
		last = tmpl
	}
	asked := p.a.Calls("GetNewBlockTemplateWithCoinbases") + p.b.Calls("GetNewBlockTemplateWithCoinbases")
	if asked != 11 {
		t.Errorf("nodes made %d templates, want 11", asked)
	}
}

// A lower tip is not believed while the node with the higher one may be back.
func TestLowerTipIsNotBelievedAtOnce(t *testing.T) {
	p := mustPair(t, nil)
	p.b.Freeze()
	p.chain.Mine(1)
	high := p.work.next(t)
	lost := time.Now()
	p.a.Down()
	tmpl := p.work.until(t, "work of the other node", on(p.b))
	if tmpl.Height != high.Height-1 || time.Since(lost) < 300*time.Millisecond {
		t.Errorf("got height %d after %s, want %d after the hold-off", tmpl.Height, time.Since(lost), high.Height-1)
	}
}
