package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simtari"
	"github.com/motherlode-pool/motherlode/internal/testminer"
)

const tariAddress = "125ohcEDcG8sL4DcdtqZ6YLbSgVYFJWtGeCfHmRocTcyGNYRqMYidnfs1JQPijqQvqV5SLygC5ynxZH3zED5Rr9fPAW"

// tariConfig is a pool on a node, with the coin in a process of its own.
func tariConfig(dir, node, addr string) string {
	return fmt.Sprintf(`data_dir = %q
[http]
listen = ""
[coins.tari]
driver = "tari"
[coins.tari.settings]
nodes = [{ url = %q }]
address = %q
poll = "20ms"
refresh = "1h"
max_template_age = "2h"
[pools.tari]
parent = "tari"
address = %q
[[pools.tari.listen]]
address = %q
difficulty = { start = 16, fixed = true }
`, dir, node, tariAddress, tariAddress, addr)
}

// mustSHA3x connects a SHA3x miner, again until the pool has work.
func mustSHA3x(t *testing.T, addr, login string) *testminer.SHA3x {
	t.Helper()
	var c *testminer.SHA3x
	poll(t, "the pool to take miners", 60*time.Second, func() bool {
		var err error
		c, err = testminer.ConnectSHA3x(addr, login)
		return err == nil
	})
	t.Cleanup(c.Close)
	return c
}

// mustTake submits a share of at least a difficulty, which the pool must accept.
func mustTake(t *testing.T, c *testminer.SHA3x, difficulty float64) {
	t.Helper()
	s, err := c.Search(difficulty)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.Call("submit", s.Params); err != nil || r.Error != nil {
		t.Fatalf("share: %s, %v", r, err)
	}
}

// TestTariEndToEnd: the binary, with the coin as a process of its own, mines a
// simulated chain; the coin's process dies between a template and its block, and
// the program between a block and its delivery.
func TestTariEndToEnd(t *testing.T) {
	t.Parallel()
	chain := simtari.NewChain(simtari.Config{Difficulty: 2000})
	node, err := simtari.Start(chain, simtari.NodeConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Down)
	addr, dir := mustFreePort(t), filepath.Join(t.TempDir(), "data")
	path := mustWrite(t, tariConfig(dir, node.Addr(), addr))
	p := mustStart(t, "run", path)
	reach := func(height uint64) {
		t.Helper()
		poll(t, fmt.Sprintf("height %d", height), 30*time.Second, func() bool { _, h := chain.Tip(); return h >= height })
	}
	c := mustSHA3x(t, addr, "rig.1")
	mustTake(t, c, 0)
	mustTake(t, c, 4000)
	reach(1)
	if out := chain.Outputs(1); len(out) != 1 || out[0].Value != 13_000_000_000 {
		t.Errorf("outputs of block 1: %+v", out)
	}
	for c.Job.Height != 2 {
		if err := c.Read(); err != nil {
			t.Fatal(err)
		}
	}

	// The coin's process dies: the block of its template goes through the next.
	kids := p.children()
	if len(kids) != 1 {
		t.Fatalf("processes of coins: %v, want one", kids)
	}
	if err := syscall.Kill(kids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	poll(t, "the coin's process to be gone", 10*time.Second, func() bool { return gone(kids[0]) })
	mustTake(t, c, 4000)
	reach(2)
	for c.Job.Height != 3 {
		if err := c.Read(); err != nil {
			t.Fatal(err)
		}
	}

	// The node is away, a block is found, and the program dies with it.
	node.Down()
	mustTake(t, c, 4000)
	p.kill()
	if err := node.Up(); err != nil {
		t.Fatal(err)
	}
	p = mustStart(t, "run", path)
	reach(3)
	c = mustSHA3x(t, addr, "rig.1")
	mustTake(t, c, 0)
	poll(t, "the block in the log", 30*time.Second, func() bool {
		return strings.Contains(p.log.String(), `"msg":"block accepted","chain":"tari","height":3,`)
	})
	p.stop()
}

// TestCheckOfTari: the sample file needs nothing but an address; a wrong protocol
// is named with its line.
func TestCheckOfTari(t *testing.T) {
	text, err := os.ReadFile("../../configs/tari.toml")
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), `network = "main"`, `isolate = false`, 1)) // this is no motherlode
	filled := strings.ReplaceAll(string(text), "YOUR-TARI-ADDRESS", tariAddress)
	if _, _, err := loadConfig(t.Context(), mustWrite(t, filled)); err != nil {
		t.Errorf("sample with an address: %v", err)
	}
	_, _, err = loadConfig(t.Context(), mustWrite(t, strings.Replace(filled, `address = "0.0.0.0:4040"`, `address = "0.0.0.0:4040"`+"\n  protocol = \"stratum\"", 1)))
	var wrong *useError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), `motherlode.toml:24: pools.xtm.listen[0].protocol: is "stratum", but tari is mined by sha3x`) {
		t.Errorf("wrong protocol: %v", err)
	}
	if _, _, err = loadConfig(t.Context(), mustWrite(t, string(text))); err == nil || !strings.Contains(err.Error(), "coins.tari.settings.address") {
		t.Errorf("sample as it is: %v", err)
	}
}
