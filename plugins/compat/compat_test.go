// Package compat holds the pool to the promise that a plugin goes on working:
// one that was written for an older minor version of the protocol, as in the
// folders beside this file, and one that is newer than the pool.
package compat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

// modeKey tells the test binary, started again, what to be.
const modeKey = "MOTHERLODE_TEST_MODE"

func TestMain(m *testing.M) {
	switch os.Getenv(modeKey) {
	case "newer":
		serveNewer()
	case "other major":
		serveOtherMajor()
	default:
		os.Exit(m.Run())
	}
}

// frozen are the .proto files that plugins out there were built with.
var frozen = map[string]string{
	"v1_0": "8393e2c6a28f9ec12166477767c3ac00d5bbe3b1e26402155dc451803443ca1c",
}

func TestFrozenProtocolsStayFrozen(t *testing.T) {
	for dir, want := range frozen {
		text, err := os.ReadFile(filepath.Join(dir, "coin.proto"))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != want {
			t.Errorf("%s/coin.proto: sha256 %s, want %s: it is a copy of what is in use, and is never changed", dir, got, want)
		}
	}
}

// driver is a host's driver of a third party's file.
func driver(t *testing.T, cfg host.Config) *host.Driver {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml") // short: sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	sockets, err := host.NewSocketDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sockets.Close(); _ = os.RemoveAll(dir) })
	var mu sync.Mutex
	var logs bytes.Buffer
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if t.Failed() {
			t.Log(logs.String())
		}
	})
	cfg.Name, cfg.SocketDir = "old", sockets.Path()
	cfg.Logger = slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logs.Write(p)
	}), nil))
	return host.New(cfg)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// mustBuild builds a frozen plugin in its own module, as its author did.
func mustBuild(t *testing.T, dir string) host.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plugin")
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-o", path, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return host.Config{Command: []string{path}, External: true, SHA256: fmt.Sprintf("%x", sha256.Sum256(text))}
}

func TestPluginOfVersion1_0(t *testing.T) {
	cfg := mustBuild(t, "v1_0")
	for name, mtls := range map[string]bool{"plain": false, "mTLS": true} {
		t.Run(name, func(t *testing.T) {
			cfg.MTLS = mtls
			d := driver(t, cfg)
			info := d.Describe()
			if info.Driver != "oldcoin" || info.APIMinor != 0 || len(info.Roles) != 3 || info.Coin.ChainID != 77 || info.Coin.ExampleAddress != "" {
				t.Fatalf("Describe: %+v", info)
			}
			var problems coins.Problems
			if _, err := d.Open(t.Context(), coins.Settings{JSON: []byte(`{"adress":"x"}`)}); !errors.As(err, &problems) || problems[0].Path != "adress" {
				t.Errorf("unknown key: got %v", err)
			}
			coin, err := d.Open(t.Context(), coins.Settings{Instance: "old", Network: "regtest", JSON: []byte(`{"address":"old1"}`)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = coin.Close() }()
			_, pays := coin.(coins.Wallet)
			if _, judges := coin.(coins.MessageVerifier); pays || judges {
				t.Errorf("it pays: %t, judges messages: %t, though it is older than both", pays, judges)
			}
			minesOn(t, coin)
		})
	}
}

// next waits for what a stream sends.
func next[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(5 * time.Second):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// minesOn uses everything that a pool uses of a coin.
func minesOn(t *testing.T, coin coins.Coin) {
	ctx, cancel := context.WithCancel(t.Context())
	templates, works, health := make(chan *coins.Template), make(chan *coins.AuxWork), make(chan coins.Health)
	ended := make(chan error, 3)
	go func() { ended <- coin.(coins.Parent).Templates(ctx, templates) }()
	go func() { ended <- coin.(coins.Aux).AuxWork(ctx, make(chan coins.ParentTip), works) }()
	go func() { ended <- coin.Health(ctx, health) }()
	defer func() {
		cancel()
		for range 3 {
			if err := next(t, "end of a cancelled stream", ended); !errors.Is(err, context.Canceled) {
				t.Errorf("a cancelled stream ended with %v", err)
			}
		}
	}()

	first := next(t, "template", templates)
	if first.Height != 101 || first.Tree == nil || first.Tree.Bits != 0x207fffff || first.Heard != 0 {
		t.Errorf("template %+v", first)
	}
	if h := next(t, "health", health); h.State != coins.HealthReady || h.Height != 100 {
		t.Errorf("health %+v", h)
	}
	work := next(t, "aux work", works)
	if work.Slot == nil || work.Slot.ChainID != 77 || !work.Rules.StrictID {
		t.Errorf("aux work %+v", work)
	}
	if p, err := coin.ValidateAddress(ctx, "old1xyz"); err != nil || !p.Valid || len(p.Script) != 1 {
		t.Errorf("address: %+v, %v", p, err)
	}
	if p, err := coin.ValidateAddress(ctx, "new1xyz"); err != nil || p.Valid || p.Reason == "" {
		t.Errorf("wrong address: %+v, %v", p, err)
	}

	block := &coins.Block{TemplateID: first.ID, Height: first.Height, PrevHash: first.PrevHash, Raw: make([]byte, 5<<20)}
	block.Raw[0] = 4
	if v, err := coin.(coins.Parent).SubmitBlock(ctx, block); err != nil || v.Code != coins.Rejected || v.Reason == "" {
		t.Errorf("garbage: %+v, %v", v, err)
	}
	hash := make([]coins.Hash, 1)
	if err := coin.(coins.Hasher).HashBatch(ctx, 80, block.Raw[:80], nil, hash); err != nil {
		t.Fatal(err)
	}
	block.Hash = hash[0]
	for _, want := range []coins.VerdictCode{coins.Received, coins.Duplicate} {
		if v, err := coin.(coins.Parent).SubmitBlock(ctx, block); err != nil || v.Code != want {
			t.Errorf("block: %+v, %v; want %v", v, err, want)
		}
	}
	if s, err := coin.BlockStatus(ctx, block.Hash, 101); err != nil || s.State != coins.BlockBestChain || s.Confirmations != 1 {
		t.Errorf("status: %+v, %v", s, err)
	}
	if tpl := next(t, "template after the block", templates); tpl.Height != 102 || tpl.PrevHash != block.Hash || tpl.ID <= first.ID {
		t.Errorf("template after the block: %+v", tpl)
	}

	proof := &coins.AuxProof{WorkID: work.ID, Hash: work.Hash, Opaque: work.Opaque, ParentHeader: make([]byte, 80), Coinbase: []byte{1}, CoinbaseStripped: []byte{1}}
	if v, err := coin.(coins.Aux).SubmitAux(ctx, proof); err != nil || v.Code != coins.Received {
		t.Errorf("aux: %+v, %v", v, err)
	}
}

func TestPluginOfALaterMinorVersion(t *testing.T) {
	d := driver(t, host.Config{Command: []string{"/proc/self/exe"}, Env: []string{modeKey + "=newer"}})
	info := d.Describe()
	if info.APIMinor != 99 || info.Driver != "fake" || len(info.Roles) != 3 {
		t.Fatalf("Describe: %+v", info)
	}
	coin, err := d.Open(t.Context(), coins.Settings{Network: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = coin.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	templates, works := make(chan *coins.Template), make(chan *coins.AuxWork)
	go func() { _ = coin.(coins.Parent).Templates(ctx, templates) }()
	go func() { _ = coin.(coins.Aux).AuxWork(ctx, make(chan coins.ParentTip), works) }()
	if tpl := next(t, "template", templates); tpl.ID != 1 || tpl.Tree == nil {
		t.Errorf("template %+v", tpl)
	}
	if w := next(t, "aux work", works); w.ID != 1 || w.Slot == nil {
		t.Errorf("aux work %+v", w)
	}
	if v, err := coin.(coins.Parent).SubmitBlock(ctx, &coins.Block{Hash: coins.Hash{9}, Raw: make([]byte, 100)}); err != nil || v.Code != coins.Received {
		t.Errorf("submit: %+v, %v", v, err)
	}
}

func TestPluginOfAnotherMajorVersion(t *testing.T) {
	d := driver(t, host.Config{Command: []string{"/proc/self/exe"}, Env: []string{modeKey + "=other major"}})
	_, err := d.Open(t.Context(), coins.Settings{})
	if !errors.Is(err, host.ErrProtocol) {
		t.Fatalf("got %v, want %v", err, host.ErrProtocol)
	}
	for _, want := range []string{"speaks version 2", "this pool speaks version 1", "get the plugin's build for it"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %q", want, err)
		}
	}
}
