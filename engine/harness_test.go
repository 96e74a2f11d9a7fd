package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/builtin"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// rig is a running engine with one pool and what it has told.
type rig struct {
	t      testing.TB
	engine *Engine
	events chan Event
	addr   string
	dir    string
	stop   func() error
}

// mustCoin is a built-in coin that runs in this process.
func mustCoin(t testing.TB, driver, network string, settings map[string]any) CoinConfig {
	t.Helper()
	d, ok := builtin.Lookup(driver)
	if !ok {
		t.Fatalf("no driver %q", driver)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return CoinConfig{Driver: d, Settings: coins.Settings{Instance: driver, Network: network, JSON: text}}
}

func nodeSettings(url, user, password string) map[string]any {
	return map[string]any{"nodes": []any{map[string]any{"url": url, "user": user, "password": password}}}
}

// testPool is a pool that hands out the easiest difficulty on a free port.
func testPool(parent, address string, aux ...string) configs.Pool {
	p := configs.DefaultPool()
	p.Parent, p.Address = parent, address
	p.AuxCoalesce = configs.Duration(10 * time.Millisecond)
	for _, name := range aux {
		p.Aux = append(p.Aux, configs.Aux{Coin: name, Cap: true})
	}
	l := configs.DefaultListen()
	l.Address = "127.0.0.1:0"
	l.Difficulty.Start, l.Difficulty.Fixed = 1e-10, true
	p.Listen = []configs.Listen{l}
	return p
}

// mustRun starts an engine and stops it with the test.
func mustRun(t testing.TB, cfg Config) *rig {
	t.Helper()
	return mustRunWith(t, cfg, Deps{})
}

// mustRunWith is mustRun with more of the engine's surroundings replaced.
func mustRunWith(t testing.TB, cfg Config, deps Deps) *rig {
	t.Helper()
	if cfg.DataDir == "" {
		cfg.DataDir = filepath.Join(t.TempDir(), "data")
	}
	if cfg.Sync == "" {
		cfg.Sync = "os"
	}
	r := &rig{t: t, events: make(chan Event, 100_000), dir: cfg.DataDir}
	level := slog.LevelError
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	}
	deps.Events = func(ev Event) {
		select {
		case r.events <- ev:
		default:
			t.Error("nobody reads the events")
		}
	}
	e, err := New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	r.engine = e
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(60 * time.Second):
			return fmt.Errorf("engine does not stop")
		}
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("engine: %v", err)
		}
	})
	select {
	case <-e.Ready():
	case err := <-done:
		stopped = true
		t.Fatalf("engine did not start: %v", err)
	case <-time.After(60 * time.Second):
		t.Fatal("engine does not get ready")
	}
	r.addr = e.pools[0].server.Addrs()[0].String()
	return r
}

// client is a miner whose failures end the test.
type client struct {
	*testminer.Client
	t *testing.T
}

func dial(t *testing.T, addr, algo string) *client {
	t.Helper()
	c, err := testminer.Dial(addr, algo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &client{c, t}
}

// mustClient is a subscribed client whose worker is admitted.
func mustClient(t *testing.T, addr, algo, user string) *client {
	t.Helper()
	c, err := testminer.Connect(addr, algo, user)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &client{c, t}
}

func (c *client) call(method string, params ...any) string {
	c.t.Helper()
	r, err := c.Call(method, params...)
	if err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	return r.String()
}

// mine finds and submits one share and returns the pool's answer.
func (c *client) mine(user string) string {
	c.t.Helper()
	share, err := c.Solve(user)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.call("mining.submit", share.Params...)
}

// mineUntil mines with c until n different blocks of chain are in a state.
func (r *rig) mineUntil(c *client, user, chain, state string, n int) []Event {
	r.t.Helper()
	var got []Event
	limit := time.Now().Add(60 * time.Second)
	for len(got) < n {
		if time.Now().After(limit) {
			r.t.Fatalf("mined in vain for %d %s blocks of %s", n, state, chain)
		}
		c.mine(user)
		for drained := false; !drained; {
			select {
			case ev := <-r.events:
				if ev.Kind == EventBlock && ev.Chain == chain && ev.State == state &&
					!slices.ContainsFunc(got, func(o Event) bool { return o.Hash == ev.Hash }) {
					got = append(got, ev)
				}
			default:
				drained = true
			}
		}
	}
	return got
}
