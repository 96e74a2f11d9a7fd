package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// failingCoin is a driver whose Open fails.
type failingCoin struct {
	coins.Driver
	err error
}

func (f failingCoin) Open(context.Context, coins.Settings) (coins.Coin, error) { return nil, f.err }

// finalError knows that trying again is in vain.
type finalError struct{ error }

func (finalError) Settled() bool { return true }

// crashError is the program's own fault.
type crashError struct{ error }

func (crashError) Fault() coins.Fault { return coins.Crash }

func TestCheckTellsWhatIsAwaited(t *testing.T) {
	good := mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))
	with := func(d coins.Driver) CoinConfig { return CoinConfig{Driver: d, Settings: good.Settings} }
	for name, c := range map[string]struct {
		coin CoinConfig
		want Problem // its message is part of the one that comes
	}{
		"crash":          {with(failingCoin{good.Driver, errors.New("exit status 1")}), Problem{"coins.x.driver", "exit status 1", "x"}},
		"too slow":       {with(lateCoin{good.Driver}), Problem{"coins.x.driver", "deadline exceeded", "x"}},
		"wrong file":     {with(failingCoin{good.Driver, finalError{errors.New("another sha256")}}), Problem{"coins.x.driver", "another sha256", ""}},
		"wrong settings": {with(failingCoin{good.Driver, coins.Problems{{Path: "nods", Message: "is not known"}}}), Problem{"coins.x.settings.nods", "is not known", ""}},
		"dies at calls":  {with(muteCoin{gateCoin{good.Driver, nil}}), Problem{"pools.p.address", "its program died", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := CheckWithin(t.Context(), Config{
				Coins: map[string]CoinConfig{"good": good, "x": c.coin},
				Pools: map[string]configs.Pool{"a": testPool("good", testnode.AnyAddress), "p": testPool("x", testnode.AnyAddress)},
			}, time.Second)
			if len(got) != 1 || got[0].Key != c.want.Key || got[0].Awaits != c.want.Awaits || !strings.Contains(got[0].Message, c.want.Message) {
				t.Errorf("got %+v, want one like %+v", got, c.want)
			}
		})
	}
}

// slowOnes hold each other's Open up until so many of them are under way.
type slowOnes struct {
	coins.Driver
	all *sync.WaitGroup
}

func (s slowOnes) Open(ctx context.Context, set coins.Settings) (coins.Coin, error) {
	s.all.Done()
	s.all.Wait()
	return s.Driver.Open(ctx, set)
}

// Coins that are slow to open are waited for together, not one after the other.
func TestCheckOpensAllCoinsAtOnce(t *testing.T) {
	coin := mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))
	var all sync.WaitGroup
	cfg := Config{Coins: map[string]CoinConfig{}}
	for _, name := range []string{"a", "b", "c", "d"} {
		all.Add(1)
		cfg.Coins[name] = CoinConfig{Driver: slowOnes{coin.Driver, &all}, Settings: coin.Settings}
	}
	if got := Check(t.Context(), cfg); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
}

// begin runs an engine that waits so long for its coins.
func begin(t *testing.T, cfg Config, patience time.Duration, log *slog.Logger) *Engine {
	t.Helper()
	cfg.DataDir, cfg.Sync = t.TempDir(), "os"
	e, err := New(cfg, Deps{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	e.patience = patience
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-e.Ready():
	case <-time.After(60 * time.Second):
		t.Fatal("the engine does not begin")
	}
	return e
}

func TestParkedCoinIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	good := mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))
	broken := CoinConfig{Driver: failingCoin{good.Driver, crashError{errors.New("exit status 1")}}, Settings: good.Settings}
	e := begin(t, Config{
		Coins: map[string]CoinConfig{"good": good, "broken": broken},
		Pools: map[string]configs.Pool{"a": testPool("good", testnode.AnyAddress), "b": testPool("broken", testnode.AnyAddress)},
	}, time.Hour, nil)
	if pools := e.Status().Pools; len(pools[0].Listeners) != 1 || len(pools[1].Listeners) != 0 {
		t.Errorf("got %+v", pools)
	}
}

// A chain whose coin could not be asked at the start turns out to be mined by another
// algorithm: it is left out, since its easy target would flood the pool with shares.
func TestLateChainOfAnotherAlgorithmIsLeftOut(t *testing.T) {
	t.Parallel()
	m := newMerged(t, &side{name: "parent", cfg: simchain.Config{Bits: never}}, []*side{
		{name: "late", cfg: simchain.Config{ChainID: 5, Bits: each8}, settings: map[string]any{"algorithm": "scrypt"}},
		{name: "right", cfg: simchain.Config{ChainID: 6, Bits: each8}},
	}, nil)
	gate := make(chan struct{})
	for _, name := range []string{"late", "right"} {
		cc := m.cfg.Coins[name]
		cc.Driver = gateCoin{cc.Driver, gate}
		m.cfg.Coins[name] = cc
	}
	var text syncBuffer
	e := begin(t, m.cfg, 100*time.Millisecond, slog.New(slog.NewTextHandler(&text, nil)))
	close(gate)
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		late, _ := e.runners["late"].LatestAux()
		last := e.pools[0].book.Last()
		if late != nil && strings.Contains(text.String(), "chain is mined by another algorithm than its parent") && last != nil && len(last.Aux) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("work of the late chain: %v, the newest job: %+v, the log: %s", late, last, text.String())
		}
	}
	if last := e.pools[0].book.Last(); len(last.Aux) != 1 || last.Aux[0].Work.Slot.ChainID != 6 {
		t.Errorf("the job has %+v, want the chain 6 alone", last.Aux)
	}
}

// syncBuffer is a log that many write to.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
