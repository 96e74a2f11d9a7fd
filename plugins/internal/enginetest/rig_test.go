package enginetest

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

const (
	patience = 60 * time.Second
	user     = "anyone.rig"
)

// mustNode starts a simulated chain.
func mustNode(t *testing.T, cfg simchain.Config) *simchain.Node {
	t.Helper()
	cfg.User, cfg.Password, cfg.Wallet = "u", "p", testnode.AnyAddress
	return simtest.MustStart(t, cfg)
}

// coin is a coin on a simulated chain, with settings of its own.
func coin(d coins.Driver, n *simchain.Node, extra map[string]any) engine.CoinConfig {
	settings := map[string]any{
		"poll": "20ms", "refresh": "1s", "timeout": "5s",
		"nodes": []any{map[string]any{"url": n.URL(), "user": "u", "password": "p"}},
	}
	maps.Copy(settings, extra)
	text, err := json.Marshal(settings)
	if err != nil {
		panic(err)
	}
	return engine.CoinConfig{Driver: d, Settings: coins.Settings{Instance: "toy", Network: "regtest", JSON: text}}
}

// pool is one at the easiest difficulty on a free port.
func pool(parent string, aux ...string) configs.Pool {
	p := configs.DefaultPool()
	p.Parent, p.Address = parent, testnode.AnyAddress
	for _, name := range aux {
		p.Aux = append(p.Aux, configs.Aux{Coin: name, Cap: true})
	}
	l := configs.DefaultListen()
	l.Address = "127.0.0.1:0"
	l.Difficulty.Start, l.Difficulty.Fixed = 1e-10, true
	p.Listen = []configs.Listen{l}
	return p
}

// rig is a running engine.
type rig struct {
	*engine.Engine
	t      *testing.T
	events chan engine.Event
	stop   func() // and wait
}

// mustRun runs an engine until the test ends.
func mustRun(t *testing.T, cfg engine.Config) *rig {
	t.Helper()
	cfg.DataDir, cfg.Sync = t.TempDir(), "os"
	r := &rig{t: t, events: make(chan engine.Event, 100_000)}
	level := slog.LevelError
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	var err error
	r.Engine, err = engine.New(cfg, engine.Deps{
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
		Events: func(ev engine.Event) { r.events <- ev },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	select {
	case <-r.Ready():
	case err := <-done:
		cancel()
		t.Fatalf("engine did not start: %v", err)
	case <-time.After(patience):
		t.Fatal("engine does not get ready")
	}
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("engine: %v", err)
			}
		case <-time.After(patience):
			t.Error("engine does not stop")
		}
	})
	t.Cleanup(r.stop)
	return r
}

// mustClient is a miner of a pool.
func (r *rig) mustClient(pool, algo string) *testminer.Client {
	r.t.Helper()
	for _, p := range r.Status().Pools {
		if p.Name == pool {
			c, err := testminer.Connect(p.Listeners[0], algo, user)
			if err != nil {
				r.t.Fatal(err)
			}
			r.t.Cleanup(c.Close)
			return c
		}
	}
	r.t.Fatalf("no pool %s", pool)
	return nil
}

// solve finds a share that is not submitted yet.
func (r *rig) solve(c *testminer.Client) *testminer.Share {
	r.t.Helper()
	s, err := c.Solve(user)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// submit submits a share and returns the answer.
func (r *rig) submit(c *testminer.Client, s *testminer.Share) string {
	r.t.Helper()
	a, err := c.Call("mining.submit", s.Params...)
	if err != nil {
		r.t.Fatal(err)
	}
	return a.String()
}

// hashing is what the status page says of the toy coin's hashing.
func (r *rig) hashing(name string) *status.Hashing {
	for _, c := range r.Status().Coins {
		if c.Name == name {
			return c.Hashing
		}
	}
	return nil
}

// eventually polls until ok or a deadline.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
