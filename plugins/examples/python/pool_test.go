package pythonexample

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

// The targets of the pool's chain, and of a share, whose work is a thousandth of
// a block's: the miner finds a block in a few hundredths of a second.
const (
	easyBits  = "1f01ffff"
	easyShare = 1e-8
)

// TestPoolMinesBlocks runs a whole pool with the plugin as its parent: shares are
// accepted, the chain in Python takes the blocks that are found, and the ledger
// has them as accepted, because the chain says that they are on it.
func TestPoolMinesBlocks(t *testing.T) {
	p := mustPool(t)
	worker := p.address + ".rig1"
	c, err := testminer.Connect(p.addr, "sha256d", worker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p.mineUntil(t, c, worker, "three accepted blocks", func() bool { return len(p.accepted()) >= 3 })
	heights := map[uint64]bool{}
	for _, b := range p.accepted() {
		if b.Worker != worker || b.Reward != 50_0000_0000+fees(b.Height) {
			t.Errorf("a block of %s for %d, want one of %s for %d", b.Worker, b.Reward, worker, 50_0000_0000+fees(b.Height))
		}
		heights[b.Height] = true
	}
	if !heights[1] || !heights[2] || !heights[3] {
		t.Errorf("blocks at %v, want 1 to 3", heights)
	}
	if v := p.Status().Pools[0]; len(v.Rejected) > 0 && v.Rejected["stale"] != sum(v.Rejected) {
		t.Errorf("shares were refused: %v", v.Rejected)
	}

	// The plugin's death costs this chain, which lives in memory, and no more.
	if err := syscall.Kill(<-p.pids, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	pid := 0
	p.mineUntil(t, c, worker, "another process", func() bool {
		select {
		case pid = <-p.pids:
		default:
		}
		return pid != 0
	})
	before := p.Status().Pools[0].Accepted
	p.mineUntil(t, c, worker, "shares after it", func() bool { return p.Status().Pools[0].Accepted > before+100 })
	if err := p.Status().Coins[0].LastError; !strings.Contains(err, "toychain") {
		t.Errorf("the status does not say what happened: %q", err)
	}
}

// fees are those of the five transactions in the block at a height.
func fees(height uint64) (sum uint64) {
	for n := 5*height - 4; n <= 5*height; n++ {
		sum += 1000 + n%7*100
	}
	return sum
}

func sum(counts map[string]uint64) (total uint64) {
	for _, n := range counts {
		total += n
	}
	return total
}

// TestUserNamesAreAddresses pays each miner by its own address.
func TestUserNamesAreAddresses(t *testing.T) {
	p := mustPool(t)
	for user, want := range map[string]bool{
		p.address: true, p.address + ".rig": true, p.address[:len(p.address)-1] + "0": false, "somebody": false,
		strings.Replace(p.address, "r1", "1", 1): false,
	} {
		c, err := testminer.Connect(p.addr, "sha256d", user)
		if (err == nil) != want {
			t.Errorf("%q: got %v, want admitted %v", user, err, want)
		}
		if err == nil {
			c.Close()
		}
	}
}

// pool is a running engine with the plugin as its only coin.
type pool struct {
	*engine.Engine
	addr, address string
	pids          chan int // of the processes that were opened
}

// watched tells the process of each coin that is opened.
type watched struct {
	coins.Driver
	pids chan<- int
}

// Open opens a coin.
func (w watched) Open(ctx context.Context, set coins.Settings) (coins.Coin, error) {
	c, err := w.Driver.Open(ctx, set)
	if err == nil {
		w.pids <- c.(interface{ PID() int }).PID()
	}
	return c, err
}

func mustPool(t *testing.T) *pool {
	t.Helper()
	d, logs := mustDriver(t)
	p := &pool{pids: make(chan int, 1000)}
	settings := coins.Settings{Instance: "toychain", Network: "regtest", JSON: []byte(`{"bits": "` + easyBits + `", "refresh_seconds": 3600}`)}
	p.address = mustOpen(t, d, "").Info().ExampleAddress

	listen := configs.DefaultListen()
	listen.Address = "127.0.0.1:0"
	listen.Difficulty.Start, listen.Difficulty.Fixed = easyShare, true
	mining := configs.DefaultPool()
	mining.Parent, mining.Payout, mining.Address, mining.Listen = "toychain", "miner", p.address, []configs.Listen{listen}
	e, err := engine.New(engine.Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Sync: "os",
		Coins: map[string]engine.CoinConfig{"toychain": {Driver: watched{d, p.pids}, Settings: settings}},
		Pools: map[string]configs.Pool{"toy": mining},
	}, engine.Deps{Logger: slog.New(slog.NewTextHandler(logs, nil))})
	if err != nil {
		t.Fatal(err)
	}
	p.Engine = e
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("engine: %v", err)
		}
		if t.Failed() {
			t.Log(logs.String())
		}
	})
	select {
	case <-e.Ready():
	case <-time.After(60 * time.Second):
		t.Fatal("the engine does not get ready")
	}
	p.addr = e.Status().Pools[0].Listeners[0]
	return p
}

// accepted are the blocks that the ledger has as accepted.
func (p *pool) accepted() []status.Block {
	return slices.DeleteFunc(slices.Clone(p.Status().Blocks), func(b status.Block) bool { return b.State != "accepted" })
}

// mineUntil mines until done. A share may be stale, because a block came first,
// and is else accepted.
func (p *pool) mineUntil(t *testing.T, c *testminer.Client, worker, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatalf("mined in vain for %s", what)
		}
		share, err := c.Solve(worker)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Call("mining.submit", share.Params...); err != nil {
			t.Fatal(err)
		}
	}
}
