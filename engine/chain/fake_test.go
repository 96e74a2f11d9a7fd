package chain

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// fakeDriver opens one fakeCoin after another.
type fakeDriver struct {
	roles []coins.Role
	make  func(n int) (coins.Coin, error) // n counts from 1

	mu      sync.Mutex
	opens   []time.Time
	program string // the stamp
	lines   uint64 // that it has logged
	dropped uint64
}

func (d *fakeDriver) LogLines() (lines, dropped uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines, d.dropped
}

func (d *fakeDriver) EachLine(do func(at time.Time, level slog.Level, text string)) {
	do(time.Unix(1, 0), slog.LevelInfo, "first")
	do(time.Unix(2, 0), slog.LevelWarn, "second")
}

func (d *fakeDriver) logs(lines, dropped uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines, d.dropped = d.lines+lines, d.dropped+dropped
}

func (d *fakeDriver) Stamp() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.program
}

func (d *fakeDriver) replace(program string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.program = program
}

func (d *fakeDriver) Describe() coins.Info { return coins.Info{Driver: "fake", Roles: d.roles} }

func (d *fakeDriver) Open(context.Context, coins.Settings) (coins.Coin, error) {
	d.mu.Lock()
	d.opens = append(d.opens, time.Now())
	n := len(d.opens)
	d.mu.Unlock()
	return d.make(n)
}

func (d *fakeDriver) opened() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opens
}

var errKilled = errors.New("killed")

// fakeCoin is parent and aux. Its streams pass on what the test sends.
type fakeCoin struct {
	templates chan *coins.Template
	works     chan *coins.AuxWork
	healths   chan coins.Health
	parents   chan coins.ParentTip // what AuxWork was told
	crash     chan error           // ends the template stream
	ignoreCtx chan struct{}        // not nil: the health stream ends only when this is closed
	closed    chan struct{}
	once      sync.Once
	submit    func() (coins.Verdict, error)
}

func newFakeCoin() *fakeCoin {
	return &fakeCoin{
		templates: make(chan *coins.Template), works: make(chan *coins.AuxWork), healths: make(chan coins.Health),
		parents: make(chan coins.ParentTip, 16), crash: make(chan error), closed: make(chan struct{}),
	}
}

func (c *fakeCoin) Info() coins.CoinInfo { return coins.CoinInfo{Symbol: "FAKE", Maturity: 100} }

func (c *fakeCoin) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	return coins.Payee{Valid: true, Address: a, Script: []byte(a)}, nil
}

func (c *fakeCoin) BlockStatus(context.Context, coins.Hash, uint64) (coins.BlockStatus, error) {
	return coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1}, nil
}

func (c *fakeCoin) SubmitBlock(context.Context, *coins.Block) (coins.Verdict, error) {
	return c.submit()
}
func (c *fakeCoin) SubmitAux(context.Context, *coins.AuxProof) (coins.Verdict, error) {
	return c.submit()
}

func (c *fakeCoin) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *fakeCoin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	for {
		select {
		case t := <-c.templates:
			select {
			case out <- t:
			case <-ctx.Done():
				return ctx.Err()
			}
		case err := <-c.crash:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *fakeCoin) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	for {
		select {
		case w := <-c.works:
			out <- w
		case p := <-parents:
			c.parents <- p
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *fakeCoin) Health(ctx context.Context, out chan<- coins.Health) error {
	for {
		select {
		case h := <-c.healths:
			out <- h
		case <-ctx.Done():
			if c.ignoreCtx != nil {
				<-c.ignoreCtx
			}
			return ctx.Err()
		}
	}
}

func template(height uint64) *coins.Template {
	t := &coins.Template{
		ID: height, Reason: coins.NewTip, Height: height, PrevHash: coins.Hash{1}, Reward: 50, Time: 1,
		Tree: &coins.CoinbaseTree{Bits: 0x207fffff, ScriptLimit: 100, ScriptPrefix: []byte{1, 1}},
	}
	t.Target, _ = expand(t.Tree.Bits)
	return t
}

// templateAt is a template with an id that is not its height.
func templateAt(id, height uint64) *coins.Template {
	t := template(height)
	t.ID = id
	return t
}

func auxWork(height uint64) *coins.AuxWork {
	w := &coins.AuxWork{
		ID: height, Hash: coins.Hash{2}, PrevHash: coins.Hash{3}, Height: height, Bits: 0x207fffff, Slot: &coins.Slot{ChainID: 1},
	}
	w.Target, _ = expand(w.Bits)
	return w
}

// rig is a Runner under synctest with its coins and its events.
type rig struct {
	t      *testing.T
	r      *Runner
	driver *fakeDriver
	coins  []*fakeCoin
	cancel context.CancelFunc
	done   chan error

	mu     sync.Mutex
	events []Event
	warned int             // lines of the log at level warn or above, where the test reads none
	lines  map[string]bool // these
	errs   int             // events with an error
}

// Enabled, Handle, WithAttrs and WithGroup make a rig the log of its runner.
func (g *rig) Enabled(context.Context, slog.Level) bool { return true }

func (g *rig) Handle(_ context.Context, r slog.Record) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			line += " " + a.Value.String()
		}
		return true
	})
	if r.Level >= slog.LevelWarn || g.lines[line] { // the same again is a line for debugging
		g.warned++
	}
	if r.Level >= slog.LevelWarn {
		if g.lines == nil {
			g.lines = map[string]bool{}
		}
		g.lines[line] = true
	}
	return nil
}

func (g *rig) WithAttrs([]slog.Attr) slog.Handler { return g }
func (g *rig) WithGroup(string) slog.Handler      { return g }

// start runs a Runner whose coins are all fakeCoins, inside a synctest bubble.
func start(t *testing.T, o Options, roles ...coins.Role) *rig {
	t.Helper()
	g := &rig{t: t, done: make(chan error, 1)}
	g.driver = &fakeDriver{roles: roles, make: func(int) (coins.Coin, error) {
		c := newFakeCoin()
		g.add(c)
		return c, nil
	}}
	g.run(o)
	return g
}

// run starts a Runner. Of every error that an event tells, the log must have warned
// before: who reads both is told by one of them alone.
func (g *rig) run(o Options) {
	read := o.Logger != nil
	if !read {
		o.Logger = slog.New(g)
	}
	o.Events = func(e Event) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.events = append(g.events, e)
		if e.Err == nil || read {
			return
		}
		if g.errs++; g.warned < g.errs {
			g.t.Errorf("%v is told, and not in the log: %v", e.Kind, e.Err)
		}
	}
	g.r = New("fake", g.driver, coins.Settings{}, o)
	ctx, cancel := context.WithCancel(context.Background())
	g.cancel = cancel
	go func() { g.done <- g.r.Run(ctx) }()
	synctest.Wait()
}

// stop ends the Runner and checks that it ends well.
func (g *rig) stop() {
	g.t.Helper()
	g.cancel()
	if err := <-g.done; err != nil {
		g.t.Errorf("Run: got %v, want nil after its context ended", err)
	}
}

func (g *rig) kinds() []EventKind {
	g.mu.Lock()
	defer g.mu.Unlock()
	var kinds []EventKind
	for _, e := range g.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// coin is the one that was opened last.
func (g *rig) coin() *fakeCoin {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.coins[len(g.coins)-1]
}

func (g *rig) add(c *fakeCoin) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.coins = append(g.coins, c)
}

// count is how many coins were opened.
func (g *rig) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.coins)
}

func (g *rig) wait(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}
