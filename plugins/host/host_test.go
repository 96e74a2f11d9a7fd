package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/plugins/internal/client"
	"github.com/motherlode-pool/motherlode/plugins/internal/fakecoin"
	"github.com/motherlode-pool/motherlode/plugins/internal/pair"
)

// TestBehaviour runs one suite over every transport.
func TestBehaviour(t *testing.T) {
	process := func(mode string, mtls bool) func(*testing.T) coins.Driver {
		return func(t *testing.T) coins.Driver {
			cfg, _ := config(t, mode)
			cfg.MTLS = mtls
			d := New(cfg)
			d.tempo.killGrace = 300 * time.Millisecond // one without a shutdown service uses it up
			return d
		}
	}
	for name, driver := range map[string]func(*testing.T) coins.Driver{
		"in process":     func(*testing.T) coins.Driver { return &fakecoin.Driver{} },
		"pair":           func(*testing.T) coins.Driver { return pair.New(&fakecoin.Driver{}) },
		"process":        process("plugin", false),
		"process, mTLS":  process("plugin", true),
		"other language": process("bare", false),
	} {
		t.Run(name, func(t *testing.T) { behaves(t, driver(t), name != "other language") })
	}
}

// behaves is the suite. Big says that the other end lets 8 MiB in, as the SDK does.
func behaves(t *testing.T, d coins.Driver, big bool) {
	info := d.Describe()
	if info.Driver != "fake" || len(info.Roles) != 3 || len(info.Networks) != 2 {
		t.Fatalf("Describe: %+v", info)
	}
	var problems coins.Problems
	if _, err := d.Open(t.Context(), coins.Settings{JSON: []byte(`{"nodez":1}`)}); !errors.As(err, &problems) || len(problems) != 2 {
		t.Errorf("unknown key: got %v, want 2 problems", err)
	}
	c, err := d.Open(t.Context(), coins.Settings{Network: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if got := c.Info(); got.Network != "test" || got.BlockTime != time.Minute {
		t.Errorf("Info: %+v", got)
	}
	if p, err := c.ValidateAddress(t.Context(), "fake1x"); err != nil || !p.Valid || string(p.Script) != "fake1x" {
		t.Errorf("ValidateAddress: %+v, %v", p, err)
	}
	if p, err := c.ValidateAddress(t.Context(), "no\xff"); err != nil || p.Valid {
		t.Errorf("bad address: %+v, %v", p, err)
	}
	if _, err := c.ValidateAddress(t.Context(), "error"); err == nil || !strings.Contains(err.Error(), "asked to fail") {
		t.Errorf("failing call: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	if _, err := c.ValidateAddress(ctx, "hang"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: %v", err)
	}
	cancel()

	block := &coins.Block{Hash: coins.Hash{9}, Raw: make([]byte, 8<<20)}
	v, err := c.(coins.Parent).SubmitBlock(t.Context(), block)
	if big {
		if v.Code != coins.Received || v.Reason != fmt.Sprint(8<<20) {
			t.Errorf("8 MiB block: %+v, %v", v, err)
		}
		if v, err = c.(coins.Parent).SubmitBlock(t.Context(), block); err != nil || v.Code != coins.Duplicate {
			t.Errorf("second time: %+v, %v", v, err)
		}
		if s, err := c.BlockStatus(t.Context(), block.Hash, 5); err != nil || s.State != coins.BlockBestChain || s.Height != 5 {
			t.Errorf("BlockStatus: %+v, %v", s, err)
		}
	} else if !errors.Is(err, client.ErrTooLarge) { // a plugin that kept gRPC's own limit
		t.Errorf("8 MiB block: %v", err)
	}
	hashes := make([]coins.Hash, 2)
	if err := c.(coins.Hasher).HashBatch(t.Context(), 4, []byte("abcdefgh"), nil, hashes); err != nil || hashes[0] == hashes[1] {
		t.Errorf("HashBatch: %v", err)
	}
	streams(t, c)
}

func streams(t *testing.T, c coins.Coin) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	templates, health, works := make(chan *coins.Template), make(chan coins.Health), make(chan *coins.AuxWork)
	parents := make(chan coins.ParentTip, 1)
	ended := make(chan error, 3)
	go func() { ended <- c.(coins.Parent).Templates(ctx, templates) }()
	go func() { ended <- c.Health(ctx, health) }()
	go func() { ended <- c.(coins.Aux).AuxWork(ctx, parents, works) }()
	if tpl := <-templates; tpl.ID != 1 || tpl.Tree == nil {
		t.Errorf("template: %+v", tpl)
	}
	if h := <-health; h.State != coins.HealthReady || len(h.Nodes) != 1 {
		t.Errorf("health: %+v", h)
	}
	if w := <-works; w.ID != 1 || string(w.Opaque) != "opaque" {
		t.Errorf("aux work: %+v", w)
	}
	parents <- coins.ParentTip{Hash: coins.Hash{7}, Height: 70}
	if w := <-works; w.PrevHash != (coins.Hash{7}) || w.Height != 70 {
		t.Errorf("aux work after a new tip: %+v", w)
	}
	cancel()
	for range 3 {
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("a cancelled stream returned %v", err)
			}
		case <-time.After(promptly):
			t.Fatal("a cancelled stream goes on")
		}
	}
}

func TestOnlyAnnouncedPowers(t *testing.T) {
	cfg, _ := config(t, "aux only")
	c := mustOpen(t, New(cfg), "")
	_, parent := c.(coins.Parent)
	_, aux := c.(coins.Aux)
	_, hasher := c.(coins.Hasher)
	if parent || !aux || hasher {
		t.Errorf("parent %v, aux %v, hasher %v; want aux alone", parent, aux, hasher)
	}
}

func TestKilledPluginEndsEverythingAtOnceAndReopens(t *testing.T) {
	cfg, _ := config(t, "plugin")
	cfg.MTLS = true
	d := New(cfg)
	d.tempo.pingEvery = time.Hour // nobody looks; its death is news
	c := mustOpen(t, d, "")
	ended := make(chan error, 2)
	out := make(chan *coins.Template, 1)
	go func() { ended <- c.(coins.Parent).Templates(t.Context(), out) }()
	go func() { _, err := c.ValidateAddress(t.Context(), "hang"); ended <- err }()
	<-out
	begin := time.Now()
	if err := syscall.Kill(pidOf(c), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, ErrPluginDied) {
			t.Errorf("got %v, want %v", err, ErrPluginDied)
		}
	}
	if _, err := c.ValidateAddress(t.Context(), "fake1"); !errors.Is(err, ErrPluginDied) {
		t.Errorf("later call: %v", err)
	}
	again := mustOpen(t, d, "")
	if pidOf(again) == pidOf(c) {
		t.Error("the same process")
	}
	if took := time.Since(begin); took > promptly { // 50 ms on a free machine
		t.Errorf("death and return took %v", took)
	}
}

func TestPanics(t *testing.T) {
	cfg, logs := config(t, "plugin")
	c := mustOpen(t, New(cfg), "")
	if _, err := c.ValidateAddress(t.Context(), "panic"); !errors.Is(err, client.ErrCoin) || !strings.Contains(err.Error(), "asked to panic") {
		t.Errorf("panic in a handler: %v", err)
	}
	if p, err := c.ValidateAddress(t.Context(), "fake1"); err != nil || !p.Valid {
		t.Errorf("after it: %+v, %v", p, err)
	}
	eventually(t, "stack in the log", func() bool { return strings.Contains(logs.String(), "fakecoin.go") })
	if _, err := c.ValidateAddress(t.Context(), "die"); !errors.Is(err, ErrPluginDied) || !strings.Contains(err.Error(), "panic: asked to die") {
		t.Errorf("panic in a goroutine: %v", err)
	}
}

func TestSignalsAreIgnoredWhileThePoolLives(t *testing.T) {
	cfg, _ := config(t, "plugin")
	c := mustOpen(t, New(cfg), "")
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if err := syscall.Kill(pidOf(c), s); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if _, err := c.ValidateAddress(t.Context(), "fake1"); err != nil {
			t.Fatal(err)
		}
	}
	if pgid, _ := syscall.Getpgid(pidOf(c)); pgid != pidOf(c) {
		t.Errorf("process group %d, want its own", pgid)
	}
}

func TestNoOrphanAfterThePoolIsKilled(t *testing.T) {
	cfg, _ := config(t, "plugin")
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), modeKey+"=host", "SOCKETS="+cfg.SocketDir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	var pid int
	if _, err := fmt.Sscan(line, &pid); err != nil {
		t.Fatalf("the host said %q", line)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	eventually(t, "the plugin is gone", func() bool { return gone(pid) })

	// The next start empties what the dead pool left.
	left, _ := filepath.Glob(cfg.SocketDir + "/plugin-dir*")
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
}

func TestHungPluginIsKilledAndCloseIsNotHeldUp(t *testing.T) {
	cfg, _ := config(t, "plugin")
	d := New(cfg)
	d.tempo.pingEvery, d.tempo.pingPatience, d.tempo.killGrace = 20*time.Millisecond, 50*time.Millisecond, 200*time.Millisecond
	c := mustOpen(t, d, "")
	testnode.MustPause(t, pidOf(c))
	if _, err := c.ValidateAddress(t.Context(), "fake1"); !errors.Is(err, ErrPluginHung) {
		t.Errorf("got %v, want %v", err, ErrPluginHung)
	}

	d.tempo.pingEvery = time.Hour
	c = mustOpen(t, d, "")
	testnode.MustPause(t, pidOf(c))
	begin := time.Now()
	_ = c.Close()
	if took := time.Since(begin); took > promptly || !gone(pidOf(c)) {
		t.Errorf("Close took %v, gone %v", took, gone(pidOf(c)))
	}
	if _, err := c.ValidateAddress(t.Context(), "fake1"); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestUnimplementedPingIsNotDeath(t *testing.T) {
	cfg, _ := config(t, "bare")
	d := New(cfg)
	d.tempo.pingEvery, d.tempo.killGrace = time.Millisecond, 100*time.Millisecond
	c := mustOpen(t, d, "")
	for range 200 {
		if _, err := c.ValidateAddress(t.Context(), "fake1"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEnvironmentIsNotInherited(t *testing.T) {
	t.Setenv("SECRET_OF_THE_POOL", "x")
	cfg, _ := config(t, "plugin")
	p, err := mustOpen(t, New(cfg), "").ValidateAddress(t.Context(), "env")
	if err != nil || strings.Contains(p.Reason, "SECRET") || !strings.Contains(p.Reason, modeKey) {
		t.Errorf("environment %q, %v", p.Reason, err)
	}
}
