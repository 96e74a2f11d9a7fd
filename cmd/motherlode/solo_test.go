package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestSoloInOneLine mines on a real btcd with nothing but flags.
func TestSoloInOneLine(t *testing.T) {
	t.Parallel()
	node := testnode.MustBTCD(t)
	url := strings.Replace(node.URL, "http://", "http://"+node.User+":"+node.Password+"@", 1)
	addr := mustFreePort(t)
	p := mustStart(t, "solo", "--node", url, "--address", testnode.MiningAddress, "--listen", addr, "--http", "",
		"--difficulty", "1e-10", "--data", filepath.Join(t.TempDir(), "d"))
	c := mustConnect(t, addr, "anything.rig")
	mineTo(t, c, "anything.rig", node, 2)
	poll(t, "the pool to say that a block was accepted", 30*time.Second, func() bool {
		return strings.Contains(p.log.String(), "accepted")
	})
	p.stop()
	if out := p.log.String(); strings.Contains(out, node.User+":"+node.Password) {
		t.Errorf("printed the node's password:\n%s", out)
	}
}

// TestSoloSaysWhatItCannotMine names coins that take more than flags.
func TestSoloSaysWhatItCannotMine(t *testing.T) {
	for coin, want := range map[string]string{"tari": "configs/tari.toml", "namecoin": "put it under aux"} {
		f := soloFlags{coin: coin, node: "http://u:p@127.0.0.1:1", address: "x"}
		if _, err := f.config(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want a word of %q", coin, err, want)
		}
	}
}

// TestSoloPaysEveryMinerItself refuses a wrong address at authorize.
func TestSoloPaysEveryMinerItself(t *testing.T) {
	node := testnode.MustBTCD(t)
	url := strings.Replace(node.URL, "http://", "http://"+node.User+":"+node.Password+"@", 1)
	addr := mustFreePort(t)
	mustStart(t, "solo", "--node", url, "--network", "regtest", "--every-miner", "--listen", addr, "--http", "",
		"--difficulty", "1e-10", "--data", filepath.Join(t.TempDir(), "d"))
	c := mustConnect(t, addr, testnode.MiningAddress+".rig")
	r, err := c.Call("mining.authorize", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "x")
	if err != nil || !strings.Contains(r.String(), "Bitcoin main") {
		t.Errorf("an address of another network: %v %s", err, r)
	}
	mineTo(t, c, testnode.MiningAddress+".rig", node, 1)
	if paid := coinbasePays(t, node, 1); paid != testnode.MiningAddress {
		t.Errorf("block 1 pays %q, want the miner's %s", paid, testnode.MiningAddress)
	}
}

// TestNodeThatComesUpLaterIsWaitedFor starts the pool first.
func TestNodeThatComesUpLaterIsWaitedFor(t *testing.T) {
	node := testnode.MustBTCD(t)
	node.Kill()
	url := strings.Replace(node.URL, "http://", "http://"+node.User+":"+node.Password+"@", 1)
	addr := mustFreePort(t)
	p := mustStart(t, "solo", "--node", url, "--address", testnode.MiningAddress, "--listen", addr, "--http", "",
		"--difficulty", "1e-10", "--data", filepath.Join(t.TempDir(), "d"))
	c := mustConnect(t, addr, "rig")
	poll(t, "the pool to say that its node is down", 30*time.Second, func() bool { return strings.Contains(p.log.String(), "down") })
	if err := node.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	mineTo(t, c, "rig", node, 1)
}

// coinbasePays is the address of the first output of a block's coinbase.
func coinbasePays(t *testing.T, node *testnode.Node, height int) string {
	t.Helper()
	var hash string
	if err := node.Call(t.Context(), &hash, "getblockhash", height); err != nil {
		t.Fatal(err)
	}
	var block struct {
		Tx []struct {
			Vout []struct {
				ScriptPubKey struct {
					Address   string
					Addresses []string
				}
			}
		} `json:"rawtx"`
	}
	if err := node.Call(t.Context(), &block, "getblock", hash, 2); err != nil {
		t.Fatal(err)
	}
	to := block.Tx[0].Vout[0].ScriptPubKey
	if len(to.Addresses) > 0 {
		return to.Addresses[0]
	}
	return to.Address
}

// TestEndsWithItsNode stops the pool while its node is gone and a found block
// cannot be delivered; the block waits in the journal.
func TestEndsWithItsNode(t *testing.T) {
	withoutRace(t)
	node := testnode.MustBTCD(t)
	url := strings.Replace(node.URL, "http://", "http://"+node.User+":"+node.Password+"@", 1)
	addr, data := mustFreePort(t), filepath.Join(t.TempDir(), "d")
	args := []string{"solo", "--node", url, "--address", testnode.MiningAddress, "--listen", addr, "--http", "",
		"--difficulty", "1e-10", "--data", data}
	p := mustStart(t, args...)
	c := mustConnect(t, addr, "rig")
	mineTo(t, c, "rig", node, 1)
	height, err := node.Height(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := fmt.Sprintf("mining height %d\n", height+1)
	poll(t, "work on the tip", 30*time.Second, func() bool { return strings.Contains(p.log.String(), next) })
	if _, err := c.Call("mining.extranonce.subscribe"); err != nil { // reads the job that has come
		t.Fatal(err)
	}
	node.Kill()
	before := strings.Count(p.log.String(), "FOUND")
	for strings.Count(p.log.String(), "FOUND") == before { // every second share is a block
		s, err := c.Solve("rig")
		if err != nil {
			t.Fatal(err)
		}
		if r, err := c.Call("mining.submit", s.Params...); err != nil || !r.OK() {
			t.Fatalf("share while the node is down: %v %s", err, r)
		}
	}
	begun := time.Now()
	p.stop()
	t.Logf("ended %v after SIGTERM", time.Since(begun).Round(time.Millisecond))

	if err := node.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustStart(t, args...)
	poll(t, "the block of before at the node", 60*time.Second, func() bool {
		h, err := node.Height(t.Context())
		return err == nil && h > height
	})
}
