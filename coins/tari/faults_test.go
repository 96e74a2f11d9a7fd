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
			if took := time.Since(began); took > testPatience {
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
