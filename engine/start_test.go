package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// lateCoin is a driver whose Open never comes back before its context ends.
type lateCoin struct{ coins.Driver }

func (lateCoin) Open(ctx context.Context, _ coins.Settings) (coins.Coin, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestWrongSettingsEndTheStartWithTheirReason(t *testing.T) {
	e, err := New(Config{
		DataDir: t.TempDir(), Sync: "os",
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", map[string]any{"nodes": []any{}, "nods": 1})},
		Pools: map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	err = e.Run(t.Context())
	var problems coins.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), "nods") {
		t.Errorf("got %v, want the problems of the settings", err)
	}
}

func TestStopWhileStarting(t *testing.T) {
	coin := mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))
	coin.Driver = lateCoin{coin.Driver}
	e, err := New(Config{
		DataDir: t.TempDir(), Sync: "os",
		Coins: map[string]CoinConfig{"bitcoin": coin},
		Pools: map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Run(ctx); err != nil {
		t.Errorf("stopped while starting: got %v, want nil", err)
	}
}

func TestPortThatIsTakenIsNamed(t *testing.T) {
	first := mustRun(t, Config{
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))},
		Pools: map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	})
	pool := testPool("bitcoin", testnode.AnyAddress)
	pool.Listen[0].Address = first.addr
	e, err := New(Config{
		DataDir: t.TempDir(), Sync: "os",
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))},
		Pools: map[string]configs.Pool{"btc": pool},
	}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), first.addr) || !strings.Contains(err.Error(), "pool btc") {
		t.Errorf("got %v, want an error with the pool and the port", err)
	}
}

func TestTwoEnginesCannotShareADataFolder(t *testing.T) {
	coin := map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p"))}
	pools := map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)}
	first := mustRun(t, Config{Coins: coin, Pools: pools})
	e, err := New(Config{DataDir: first.dir, Sync: "os", Coins: coin, Pools: pools}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "share log") {
		t.Errorf("got %v, want an error about the share log", err)
	}
}

// gateCoin is a driver whose Open fails until its gate is opened.
type gateCoin struct {
	coins.Driver
	gate chan struct{}
}

func (g gateCoin) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	select {
	case <-g.gate:
		return g.Driver.Open(ctx, s)
	default:
		return nil, errors.New("its program is broken")
	}
}

// muteCoin opens, and cannot be asked before its gate is opened.
type muteCoin struct{ gateCoin }

func (m muteCoin) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := m.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return mute{c.(coins.Parent), m.gate}, nil
}

type mute struct {
	coins.Parent
	gate chan struct{}
}

func (m mute) ValidateAddress(ctx context.Context, address string) (coins.Payee, error) {
	select {
	case <-m.gate:
		return m.Parent.ValidateAddress(ctx, address)
	default:
		return coins.Payee{}, errors.New("its program died")
	}
}

func TestParentThatCannotBeOpenedHoldsUpNoOtherPool(t *testing.T) {
	t.Run("opened", func(t *testing.T) { holdsUpNobody(t, func(g gateCoin) coins.Driver { return g }) })
	t.Run("asked", func(t *testing.T) { holdsUpNobody(t, func(g gateCoin) coins.Driver { return muteCoin{g} }) })
}

func holdsUpNobody(t *testing.T, broken func(gateCoin) coins.Driver) {
	late := mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:2", "u", "p"))
	gate := make(chan struct{})
	late.Driver = broken(gateCoin{late.Driver, gate})
	e, err := New(Config{
		DataDir: t.TempDir(), Sync: "os",
		Coins: map[string]CoinConfig{
			"good": mustCoin(t, "bitcoin", "regtest", nodeSettings("http://127.0.0.1:1", "u", "p")), "late": late,
		},
		Pools: map[string]configs.Pool{"a": testPool("good", testnode.AnyAddress), "b": testPool("late", testnode.AnyAddress)},
	}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	e.patience = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-e.Ready():
	case <-time.After(20 * time.Second):
		t.Fatal("the pool whose parent is there does not begin")
	}
	pools := e.Status().Pools
	if len(pools) != 2 || len(pools[0].Listeners) != 1 || len(pools[1].Listeners) != 0 || !strings.Contains(pools[1].Problem, "closed to miners until its parent can be opened") {
		t.Fatalf("got %+v", pools)
	}
	close(gate)
	for end := time.Now().Add(20 * time.Second); len(e.Status().Pools[1].Listeners) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the late pool does not begin")
		}
	}
	dial(t, e.Status().Pools[1].Listeners[0], "sha256d")
}
