package tari

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/simtari"
)

func TestHealth(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{})
	chain.Mine(2)
	a := mustNode(t, chain, simtari.NodeConfig{Version: "1.2.3", Peers: 5})
	b := mustNode(t, chain, simtari.NodeConfig{Old: true})
	c := mustOpen(t, testDriver(), conf(a, b))
	h := mustRun(t, c.Health)

	ready := h.until(t, "both nodes", func(h coins.Health) bool {
		return h.State == coins.HealthReady && len(h.Nodes) == 2 && h.Nodes[0].Version != "" && h.Nodes[0].Peers > 0 && h.Nodes[1].Peers > 0
	})
	tip, _ := chain.Tip()
	if ready.Height != 2 || ready.Tip.String() != tip.String() || ready.Message != "" {
		t.Errorf("got %+v", ready)
	}
	if n := ready.Nodes[0]; n.Node != a.Addr() || n.Version != "1.2.3" || n.Peers != 5 || n.Height != 2 || n.News != "poll" {
		t.Errorf("first node: got %+v", n)
	}

	for _, tt := range []struct {
		name  string
		fault func()
		mend  func()
		state coins.HealthState // of the coin
		node  coins.HealthState
		words string
	}{
		{"one down", func() { b.Down() }, func() { _ = b.Up() }, coins.HealthDegraded, coins.HealthDown, "connection refused"},
		{"one syncing", func() { b.Set(simtari.Faults{Syncing: true}) }, nil, coins.HealthDegraded, coins.HealthSyncing, "catching up with the chain (block sync)"},
		{"one stuck", func() { b.Set(simtari.Faults{Stall: []string{"*"}}) }, nil, coins.HealthDegraded, coins.HealthDegraded, "no answer in time"},
		{"one on a bad chain", func() { b.Set(simtari.Faults{Forked: true}) }, nil, coins.HealthDegraded, coins.HealthSyncing, "checkpoints"},
	} {
		tt.fault()
		got := h.until(t, tt.name, func(h coins.Health) bool { return h.Nodes[1].State == tt.node && strings.Contains(h.Message, tt.words) })
		if got.State != tt.state || !strings.Contains(got.Message, b.Addr()) && tt.name != "one down" {
			t.Errorf("%s: got %s: %s", tt.name, got.State, got.Message)
		}
		if tt.mend == nil {
			tt.mend = func() { b.Set(simtari.Faults{}) }
		}
		tt.mend()
		h.until(t, "mended after "+tt.name, func(h coins.Health) bool { return h.State == coins.HealthReady })
	}
	a.Down()
	b.Down()
	gone := h.until(t, "down", func(h coins.Health) bool { return h.State == coins.HealthDown })
	if !gone.Tip.IsZero() || gone.Nodes[0].Height != 0 || gone.Nodes[1].Height != 0 {
		t.Errorf("got %+v, want no heights", gone)
	}
}

func TestNoPeers(t *testing.T) {
	node := mustNode(t, simtari.NewChain(simtari.Config{}), simtari.NodeConfig{})
	node.Set(simtari.Faults{NoPeers: true})
	h := mustRun(t, mustOpen(t, testDriver(), conf(node)).Health)
	got := h.until(t, "no peers", func(h coins.Health) bool { return h.State == coins.HealthDegraded })
	if !strings.Contains(got.Message, "has no peers") {
		t.Errorf("got %q", got.Message)
	}
}

// Peers that the node does not tell are no complaint.
func TestPeersNotAllowed(t *testing.T) {
	node := mustNode(t, simtari.NewChain(simtari.Config{}), simtari.NodeConfig{})
	node.Set(simtari.Faults{Forbid: []string{"GetNetworkState", "GetNetworkStatus"}})
	h := mustRun(t, mustOpen(t, testDriver(), conf(node)).Health)
	h.until(t, "ready", func(h coins.Health) bool { return h.State == coins.HealthReady })
}

func TestBasicAuthentication(t *testing.T) {
	node := mustNode(t, simtari.NewChain(simtari.Config{}), simtari.NodeConfig{User: "pool", Password: "pass:word"})
	set := conf()
	set["nodes"] = []any{map[string]any{"url": node.Addr(), "user": "pool", "password": "pass:word"}}
	mustRun(t, mustOpen(t, testDriver(), set).Templates).next(t)
	set["nodes"] = []any{map[string]any{"url": "http://pool:pass%3Aword@" + node.Addr()}}
	mustRun(t, mustOpen(t, testDriver(), set).Templates).next(t)
	set["nodes"] = []any{map[string]any{"url": node.Addr(), "user": "pool", "password": "wrong"}}
	if err := mustRun(t, mustOpen(t, testDriver(), set).Templates).end(t); !errors.Is(err, ErrLogin) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v, want %v", err, ErrLogin)
	}
}

func TestTLS(t *testing.T) {
	cert, file := mustCertificate(t)
	node := mustNode(t, simtari.NewChain(simtari.Config{}), simtari.NodeConfig{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	set := conf()
	set["nodes"] = []any{map[string]any{"url": "https://" + node.Addr(), "ca": file}}
	mustRun(t, mustOpen(t, testDriver(), set).Templates).next(t)

	for name, n := range map[string]map[string]any{
		"unknown certificate": {"url": "https://" + node.Addr()},
		"no TLS":              {"url": "http://" + node.Addr()},
	} {
		set["nodes"] = []any{n}
		if err := mustRun(t, mustOpen(t, testDriver(), set).Templates).end(t); !errors.Is(err, ErrNoNode) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNoNode)
		}
	}
}

func mustCertificate(t *testing.T) (cert tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// Open touches no network: a node that is not there is no problem of the
// settings.
func TestOpenAsksNobody(t *testing.T) {
	node := mustNode(t, simtari.NewChain(simtari.Config{}), simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	if _, err := c.ValidateAddress(context.Background(), graxil); err != nil {
		t.Fatal(err)
	}
	if n := node.Calls("GetTipInfo") + node.Calls("GetVersion"); n != 0 {
		t.Errorf("node was asked %d times", n)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	node := mustNode(t, simtari.NewChain(simtari.Config{}), simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	s, h := mustRun(t, c.Templates), mustRun(t, c.Health)
	block := mustMine(t, s.next(t))
	h.next(t)
	node.Set(simtari.Faults{Stall: []string{"SubmitBlock"}})
	submitted := make(chan error, 1)
	go func() {
		_, err := c.SubmitBlock(context.Background(), block)
		submitted <- err
	}()
	eventually(t, "submission", func() bool { return node.Calls("SubmitBlock") > 0 })
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"templates": s.end(t), "health": h.end(t)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: got %v, want %v", name, err, ErrClosed)
		}
	}
	select {
	case err := <-submitted:
		if err == nil {
			t.Error("submission: got a verdict, want an error")
		}
	case <-time.After(deadline):
		t.Error("submission does not end")
	}
	if _, err := c.SubmitBlock(context.Background(), block); !errors.Is(err, ErrClosed) {
		t.Errorf("submit: got %v, want %v", err, ErrClosed)
	}
	if _, err := c.BlockStatus(context.Background(), block.Hash, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("status: got %v, want %v", err, ErrClosed)
	}
	if err := mustRun(t, c.Templates).end(t); !errors.Is(err, ErrClosed) {
		t.Errorf("templates: got %v, want %v", err, ErrClosed)
	}
}

// A caller that gives up does not keep a block from a slow node.
func TestSubmissionOutlivesItsCaller(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{})
	node := mustNode(t, chain, simtari.NodeConfig{})
	c := mustOpen(t, testDriver(), conf(node))
	block := mustMine(t, mustRun(t, c.Templates).next(t))
	node.Set(simtari.Faults{Stall: []string{"SubmitBlock"}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := c.SubmitBlock(ctx, block)
		ended <- err
	}()
	eventually(t, "submission", func() bool { return node.Calls("SubmitBlock") > 0 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := c.BlockStatus(call(t), block.Hash, 1); err != nil { // on the same connection, so behind a cancellation
		t.Fatal(err)
	}
	node.Set(simtari.Faults{})
	eventually(t, "block", func() bool { _, height := chain.Tip(); return height == 1 })
}

// Our own block is news without a poll.
func TestOwnBlockIsNews(t *testing.T) {
	chain := simtari.NewChain(simtari.Config{})
	set := conf(mustNode(t, chain, simtari.NodeConfig{}))
	set["poll"] = "10s"
	c := mustOpen(t, testDriver(), set)
	s := mustRun(t, c.Templates)
	mustSubmit(t, c, mustMine(t, s.next(t)), coins.Received)
	began := time.Now()
	s.until(t, "work on our block", above(chain))
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestMemory(t *testing.T) {
	var m memory
	at := func(i int) coins.Hash { return coins.Hash{byte(i), byte(i >> 8)} }
	for i := range remembered + 10 {
		m.keep(at(i), []byte{1})
		m.keep(at(i), []byte{1})
		m.keep(at(i), []byte{2})
	}
	if e := m.find(at(5)); e.ids != nil {
		t.Errorf("an old block is remembered: %+v", e)
	}
	if e := m.find(at(remembered)); len(e.ids) != 2 || e.seen {
		t.Errorf("got %+v, want two ids", e)
	}
	m.saw(at(remembered))
	if e := m.find(at(remembered)); !e.seen || len(m.order) != remembered || len(m.blocks) != remembered {
		t.Errorf("got %+v, %d and %d blocks", e, len(m.order), len(m.blocks))
	}
}
