package testnode

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestBTCDMinesSpendsAndStops(t *testing.T) {
	n := MustBTCD(t)
	ctx := t.Context()
	if _, err := n.Generate(ctx, 101); err != nil {
		t.Fatal(err)
	}
	if err := n.SpendCoinbases(ctx, 5000, 1); err != nil {
		t.Fatal(err)
	}
	var pool []string
	if err := n.Call(ctx, &pool, "getrawmempool"); err != nil || len(pool) != 1 {
		t.Errorf("mempool: got %v, %v, want one transaction", pool, err)
	}

	pid := n.PID()
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(n.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder after Stop: %v, want it gone", err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process after Stop: %v, want it gone", err)
	}
}

func TestBTCDComesBackOnTheSamePorts(t *testing.T) {
	n := MustBTCD(t)
	n.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := n.Height(ctx); err == nil {
		t.Error("a killed node answers")
	}
	if err := n.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Height(ctx); err != nil {
		t.Errorf("after Start: %v", err)
	}
}

func TestNoToolchainIsSaid(t *testing.T) {
	t.Setenv("PATH", "")
	if _, err := StartBTCD(t.Context(), Options{}); !errors.Is(err, ErrNoToolchain) {
		t.Errorf("got %v, want kind %q", err, ErrNoToolchain)
	}
}

func TestOutsideTheModuleIsSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := BuildBTCD(t.Context()); !errors.Is(err, ErrNoModule) {
		t.Errorf("got %v, want kind %q", err, ErrNoModule)
	}
}

func TestLitecoindActivatesMWEB(t *testing.T) {
	l := MustLitecoind(t)
	if err := l.ActivateMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	var template struct {
		MWEB string `json:"mweb"`
	}
	request := map[string]any{"rules": []string{"mweb", "segwit"}}
	if err := l.Call(t.Context(), &template, "getblocktemplate", request); err != nil {
		t.Fatal(err)
	}
	if template.MWEB == "" {
		t.Error("template has no MWEB block after activation")
	}
}

func TestInstalledVersionIsThePinnedOne(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), btcdTool+" "+BTCDVersion) {
		t.Errorf("go.mod does not pin %s %s", btcdTool, BTCDVersion)
	}
}
