package tari

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
			if took := time.Since(began); took > time.Second {
				t.Errorf("failover took %s, want less than a second", took)
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

func TestNodeRestarts(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 10})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	s := mustRun(t, c.Templates)
	block := mustMine(t, s.next(t))
	node.Down()
	if _, err := c.SubmitBlock(call(t), block); !errors.Is(err, ErrNoNode) {
		t.Errorf("submission to a node that is down: got %v, want %v", err, ErrNoNode)
	}
	if _, err := c.BlockStatus(call(t), block.Hash, 1); !errors.Is(err, ErrNoNode) {
		t.Errorf("status: got %v, want %v", err, ErrNoNode)
	}
	if err := node.Up(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "submission", func() bool {
		v, err := c.SubmitBlock(call(t), block)
		return err == nil && v.Code == coins.Received
	})
	if tmpl := s.until(t, "work on our block", above(chain)); tmpl.Height != 2 {
		t.Errorf("got height %d, want 2", tmpl.Height)
	}
}

// Streams that have nothing to give end with the reason.
func TestNoWork(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault simtari.Faults
		node  simtari.NodeConfig
		kinds []error
		words string
	}{
		{"syncing", simtari.Faults{Syncing: true}, simtari.NodeConfig{}, []error{ErrNoWork, ErrSyncing}, ""},
		{"failed checkpoints", simtari.Faults{Forked: true}, simtari.NodeConfig{}, []error{ErrNoWork, ErrCheckpoint}, ""},
		{"method not allowed", simtari.Faults{Forbid: []string{"GetNewBlockTemplateWithCoinbases"}}, simtari.NodeConfig{},
			[]error{ErrNoWork, ErrAllowed}, `add "get_new_block_template_with_coinbases" to its grpc_server_allow_methods`},
		{"nothing allowed", simtari.Faults{Forbid: []string{"GetTipInfo"}}, simtari.NodeConfig{}, []error{ErrNoNode, ErrAllowed}, "get_tip_info"},
		{"wrong credentials", simtari.Faults{}, simtari.NodeConfig{User: "u", Password: "p"}, []error{ErrNoNode, ErrLogin}, "Auth failed"},
		{"stuck", simtari.Faults{Stall: []string{"*"}}, simtari.NodeConfig{}, []error{}, "no answer in time"},
		{"mempool never follows", simtari.Faults{Lag: 1 << 30}, simtari.NodeConfig{}, []error{ErrNoWork}, "Mempool out of sync"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			node := mustNode(t, simtari.NewChain(simtari.Config{}), tt.node)
			node.Set(tt.fault)
			c := mustOpen(t, testDriver(), conf(node))
			err := mustRun(t, c.Templates).end(t)
			for _, kind := range tt.kinds {
				if !errors.Is(err, kind) {
					t.Errorf("got %v, want %v", err, kind)
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("got %v, want %q in it", err, tt.words)
			}
		})
	}
}

// What passes by itself is asked again at once.
func TestPassingTroubles(t *testing.T) {
	for name, fault := range map[string]simtari.Faults{
		"mempool lags": {Lag: 2},
		"tip moved":    {Moved: 2},
	} {
		t.Run(name, func(t *testing.T) {
			chain := simtari.NewChain(simtari.Config{})
			node := mustNode(t, chain, simtari.NodeConfig{})
			s := mustRun(t, mustOpen(t, testDriver(), conf(node)).Templates)
			s.next(t)
			node.Set(fault)
			began := time.Now()
			chain.Mine(1)
			s.until(t, "work", above(chain))
			if took := time.Since(began); took > 600*time.Millisecond {
				t.Errorf("took %s", took)
			}
		})
	}
}

// A node of another network is never mined on, nor asked about blocks.
func TestOtherNetwork(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 50})
	foreign := mustNode(t, simtari.NewChain(simtari.Config{Network: 38}), simtari.NodeConfig{})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node, foreign))
	block := mustMine(t, mustRun(t, c.Templates).next(t))
	mustSubmit(t, c, block, coins.Received)
	mustStatus(t, c, block, coins.BlockBestChain, 1)

	// The simulated node refuses the address; a real one may not.
	foreign.Set(simtari.Faults{})
	if err := mustRun(t, mustOpen(t, testDriver(), conf(foreign)).Templates).end(t); !strings.Contains(err.Error(), "Invalid network") {
		t.Errorf("got %v", err)
	}
}

// Two nodes that do not have the same first block cannot both be right.
func TestOtherGenesis(t *testing.T) {
	p := mustPair(t, nil)
	other := simtari.NewChain(simtari.Config{Difficulty: 300})
	other.Mine(10)
	p.b.Follow(other)
	h := mustRun(t, p.coin.Health)
	bad := h.until(t, "complaint", func(h coins.Health) bool { return strings.Contains(h.Message, "its chain starts with block") })
	if bad.Nodes[1].State == coins.HealthReady || bad.Nodes[0].State != coins.HealthReady {
		t.Errorf("got %+v", bad)
	}
	p.chain.Mine(1)
	tmpl := p.work.next(t)
	if tmpl.Node != p.a.Addr() {
		t.Errorf("template of %s, want the first node's", tmpl.Node)
	}
	if got := p.coin.set.targets(); len(got) != 1 || got[0].name != p.a.Addr() {
		t.Errorf("blocks go to %d nodes, want the first alone", len(got))
	}
	mustSubmit(t, p.coin, mustMine(t, tmpl), coins.Received)
}

// The verdict of two nodes, by what each says.
func TestVerdictOfTwoNodes(t *testing.T) {
	refuse := func(code codes.Code, text string) simtari.Faults {
		return simtari.Faults{Refuse: status.Error(code, text)}
	}
	wrong := refuse(codes.Internal, "Chain storage error: Validation error: Proof of work error: ProofOfWorkFailed")
	for _, tt := range []struct {
		name string
		a, b simtari.Faults
		down bool // b is
		want coins.VerdictCode
		err  bool
	}{
		{"both well", simtari.Faults{}, simtari.Faults{}, false, coins.Received, false},
		{"one refuses", wrong, simtari.Faults{}, false, coins.Received, false},
		{"both refuse", wrong, wrong, false, coins.Rejected, false},
		{"one refuses, one is down", wrong, simtari.Faults{}, true, 0, true},
		{"one is well, one is down", simtari.Faults{}, simtari.Faults{}, true, coins.Received, false},
		{"malformed", refuse(codes.InvalidArgument, "Invalid block provided: x"), wrong, false, coins.Rejected, false},
		{"stale", refuse(codes.Internal, "Chain storage error: Validation error: Expected block previous hash to be a, but was b"), wrong, false, coins.Stale, false},
		{"stale height", refuse(codes.Internal, "Chain storage error: Validation error: Block header validation failed: Incorrect height: Expected 5 but got 4"), wrong, false, coins.Stale, false},
		{"known", refuse(codes.Internal, "Chain storage error: Validation error: block already exists"), wrong, false, coins.Duplicate, false},
		{"trouble of its own", refuse(codes.Internal, "Chain storage error: Access to the underlying storage mechanism failed: x"), wrong, false, 0, true},
		{"locked", refuse(codes.Internal, "Chain storage error: Add block is currently locked. No blocks may be added using add_block until the flag is cleared."), wrong, false, 0, true},
		{"store fails while it judges", refuse(codes.Internal, "Chain storage error: Validation error: Fatal storage error during validation: x"), wrong, false, 0, true},
		{"reason hidden", refuse(codes.Internal, "Error has occurred. Details are obscured."), wrong, false, 0, true},
		{"not allowed", simtari.Faults{Forbid: []string{"SubmitBlock"}}, wrong, false, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			chain := simtari.NewChain(simtari.Config{Difficulty: 50})
			a, b := mustNode(t, chain, simtari.NodeConfig{}), mustNode(t, chain, simtari.NodeConfig{})
			a.Set(tt.a)
			b.Set(tt.b)
			c := mustOpen(t, testDriver(), conf(a, b))
			block := mustMine(t, mustRun(t, c.Templates).next(t))
			if tt.down {
				b.Down()
			}
			v, err := c.SubmitBlock(call(t), block)
			if v.Code != tt.want || (err != nil) != tt.err {
				t.Errorf("got %s (%s), %v, want %s and error %t", v.Code, v.Reason, err, tt.want, tt.err)
			}
		})
	}
}

// A node's yes proves nothing: the block is not there.
func TestLyingNode(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 50})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	block := mustMine(t, mustRun(t, c.Templates).next(t))
	node.Set(simtari.Faults{Lie: true})
	mustSubmit(t, c, block, coins.Received)
	st, err := c.BlockStatus(call(t), block.Hash, block.Height)
	if err != nil || st.State == coins.BlockBestChain {
		t.Fatalf("got %+v, %v", st, err)
	}
	// It is submitted again, and the truth comes out.
	node.Set(simtari.Faults{})
	if _, err := c.SubmitBlock(call(t), block); err != nil {
		t.Fatal(err)
	}
	mustStatus(t, c, block, coins.BlockBestChain, 1)
}

// A node that is behind says yes and puts the block aside; that is no verdict
// while the one that knows better has not answered.
func TestYesOfANodeThatIsBehind(t *testing.T) {
	p := mustPair(t, nil)
	p.b.Freeze()
	p.chain.Mine(1)
	block := mustMine(t, p.work.until(t, "work on the tip", above(p.chain)))
	p.a.Down()
	if v, err := p.coin.SubmitBlock(call(t), block); err == nil {
		t.Errorf("got %s, want no verdict", v.Code)
	}
	if err := p.a.Up(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "submission", func() bool {
		_, err := p.coin.SubmitBlock(call(t), block)
		return err == nil
	})
	mustStatus(t, p.coin, block, coins.BlockBestChain, 1)
}

// Nodes that do not allow one of the look-ups serve with the other, where that
// can be; else they say what to allow.
func TestLookUpsNotAllowed(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{Difficulty: 50})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	block := mustMine(t, mustRun(t, c.Templates).next(t))
	mustSubmit(t, c, block, coins.Received)
	node.Set(simtari.Faults{Forbid: []string{"ListHeaders"}})
	mustStatus(t, c, block, coins.BlockBestChain, 1)

	other := mustOpen(t, testDriver(), conf(node))
	_, err := other.BlockStatus(call(t), block.Hash, 1)
	if !errors.Is(err, ErrAllowed) || !strings.Contains(err.Error(), `"list_headers"`) {
		t.Errorf("got %v", err)
	}
	node.Set(simtari.Faults{Forbid: []string{"GetHeaderByHash"}})
	mustStatus(t, other, block, coins.BlockBestChain, 1)
	if _, err := c.BlockStatus(call(t), block.Hash, 0); !errors.Is(err, ErrAllowed) {
		t.Errorf("without height: got %v", err)
	}
}

// The node with the higher tip is believed about a block.
func TestStatusOfTwoNodes(t *testing.T) {
	p := mustPair(t, nil)
	block := mustMine(t, p.first)
	p.b.Freeze()
	mustSubmit(t, p.coin, block, coins.Received)
	p.chain.Mine(1)
	st := mustStatus(t, p.coin, block, coins.BlockBestChain, 2)
	if st.Node != p.a.Addr() {
		t.Errorf("got the word of %s, which is behind", st.Node)
	}
}
