package submit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

var errNoAnswer = errors.New("no answer")

// fakeChain is a node as the courier sees it: by default it takes every block
// and has it on its best chain.
type fakeChain struct {
	mu       sync.Mutex
	height   uint64
	maturity uint32
	status   map[coins.Hash]coins.BlockStatus
	submits  []string // first byte of each body that was handed in
	submit   func(n int, body string) (coins.Verdict, error)
	lookup   func(n int) (coins.BlockStatus, error)
	lookups  int
}

func newFakeChain() *fakeChain {
	return &fakeChain{height: 100, maturity: 10, status: make(map[coins.Hash]coins.BlockStatus)}
}

func (c *fakeChain) take(hash coins.Hash, body []byte) (coins.Verdict, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.submits = append(c.submits, string(body[:1]))
	if c.submit != nil {
		v, err := c.submit(len(c.submits), string(body[:1]))
		if err != nil || v.Code != coins.Received {
			return v, err
		}
	}
	code := coins.Duplicate
	if c.status[hash].State == 0 {
		code = coins.Received
		c.status[hash] = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1, Height: 101}
	}
	return coins.Verdict{Code: code}, nil
}

func (c *fakeChain) SubmitBlock(_ context.Context, b *coins.Block) (coins.Verdict, error) {
	return c.take(b.Hash, b.Raw)
}

func (c *fakeChain) SubmitAux(_ context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	return c.take(p.Hash, p.Coinbase)
}

func (c *fakeChain) BlockStatus(_ context.Context, h coins.Hash, _ uint64) (coins.BlockStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookups++
	if c.lookup != nil {
		return c.lookup(c.lookups)
	}
	st, ok := c.status[h]
	if !ok {
		return coins.BlockStatus{State: coins.BlockUnknown}, nil
	}
	return st, nil
}

func (c *fakeChain) Height() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height
}

func (c *fakeChain) Info() (coins.CoinInfo, bool) {
	return coins.CoinInfo{Maturity: c.maturity}, true
}

func (c *fakeChain) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *fakeChain) got() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.submits...)
}

// rig is a courier with its chains and the events it sent.
type rig struct {
	t      *testing.T
	dir    string
	c      *Courier
	chains map[string]Chain
	cancel context.CancelFunc
	done   chan error

	mu     sync.Mutex
	events []Event
	fail   func(Event) error
}

func newRig(t *testing.T, dir string, o Options, chains map[string]Chain) *rig {
	g := &rig{t: t, dir: dir, chains: chains, done: make(chan error, 1)}
	o.Events = func(e Event) error {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.fail != nil {
			if err := g.fail(e); err != nil {
				return err
			}
		}
		g.events = append(g.events, e)
		return nil
	}
	g.c = New(dir, g.chain, o)
	return g
}

func (g *rig) chain(name string) (Chain, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ch, ok := g.chains[name]
	return ch, ok
}

func (g *rig) run() *rig {
	ctx, cancel := context.WithCancel(context.Background())
	g.cancel = cancel
	go func() { g.done <- g.c.Run(ctx) }()
	synctest.Wait()
	return g
}

func (g *rig) stop() {
	g.t.Helper()
	g.cancel()
	if err := <-g.done; err != nil {
		g.t.Errorf("Run: got %v, want nil", err)
	}
}

func (g *rig) deliver(f Found) {
	g.t.Helper()
	if err := g.c.Deliver(f); err != nil {
		g.t.Fatalf("Deliver: %v", err)
	}
}

func (g *rig) wait(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

// states are the events' states in order.
func (g *rig) states() []State {
	g.mu.Lock()
	defer g.mu.Unlock()
	var s []State
	for _, e := range g.events {
		s = append(s, e.State)
	}
	return s
}

func (g *rig) journal() []record {
	g.t.Helper()
	data, err := os.ReadFile(filepath.Join(g.dir, journalName))
	if err != nil {
		g.t.Fatal(err)
	}
	s, err := parse(data)
	if err != nil || len(s.damage) > 0 {
		g.t.Fatalf("journal: %v, damage %v", err, s.damage)
	}
	return s.records
}

func parentBlock(chain string, id byte) Found {
	hash := coins.Hash{id}
	return Found{
		Pool: "btc", Chain: chain, Kind: Parent, Hash: hash, Height: 101, PrevHash: coins.Hash{9}, Job: 7,
		Account: "acc", Worker: "acc.rig", Time: time.Now(), Reward: 50, Difficulty: 1.5,
		Block: &coins.Block{TemplateID: 3, Height: 101, Hash: hash, PrevHash: coins.Hash{9}, Raw: []byte("raw block")},
	}
}

func auxBlock(chain string, id byte, body string) Found {
	f := parentBlock(chain, id)
	f.Kind, f.Block = Aux, nil
	f.Proof = &coins.AuxProof{
		WorkID: 4, Node: "node", Hash: f.Hash, Height: 101, Opaque: []byte("opaque"), ParentHash: coins.Hash{5},
		ParentHeader: make([]byte, 80), Coinbase: []byte(body), CoinbaseStripped: []byte("s"),
		Branch: []coins.Hash{{6}, {7}}, TxCount: 4, ChainBranch: []coins.Hash{{8}}, ChainIndex: 1, OutputOffset: 3,
	}
	return f
}
