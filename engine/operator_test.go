package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// mustParent is a simulated parent chain and its configuration.
func mustParent(t *testing.T) CoinConfig {
	t.Helper()
	node := simtest.MustStart(t, simchain.Config{Name: "parent", Parent: true, Bits: 0x207fffff, User: "u", Password: "p"})
	return mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL(), "u", "p"))
}

// lines is a log that is read while others write.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// with is the first line that has text.
func (l *lines) with(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range strings.Split(l.buf.String(), "\n") {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// count is how often text is in the log.
func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

// What the operator asks the socket of a running engine.
func TestOperatorsSocket(t *testing.T) {
	pool := testPool("parent", testnode.AnyAddress)
	pool.Reward = "pplns"
	pool.Limits.Allow = nil
	log := &lines{}
	asked := 0
	r := mustRunWith(t, Config{
		DataDir: mustShortDir(t), Coins: map[string]CoinConfig{"parent": mustParent(t)}, Pools: map[string]configs.Pool{"btc": pool},
	}, Deps{
		Logger: slog.New(slog.NewTextHandler(log, nil)),
		Reload: func(_ context.Context, restart bool) (control.Reloaded, error) {
			asked++
			if restart {
				return control.Reloaded{}, errors.New("the file is wrong")
			}
			return control.Reloaded{File: "f.toml", Applied: []string{"log.level"}}, nil
		},
	})
	c := mustClient(t, r.addr, "sha256d", testnode.AnyAddress+".rig")
	r.mineUntil(c, testnode.AnyAddress+".rig", "parent", "accepted", 1)
	client := control.NewClient(r.dir)
	ctx := t.Context()
	get := func(path string, q url.Values, out any) {
		t.Helper()
		if err := client.Get(ctx, path, q, out); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}

	if st, err := os.Stat(filepath.Join(r.dir, control.SocketName)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v; want mode 0600", st, err)
	}
	var blocks []control.Block
	r.until("the block is in the ledger", func() bool {
		get("/blocks", url.Values{"state": {"accepted"}}, &blocks)
		return len(blocks) > 0
	})
	if b := blocks[len(blocks)-1]; b.Chain != "parent" || b.Pool != "btc" || b.Account != testnode.AnyAddress || b.Worker != "rig" || b.Reward == 0 || b.Height == 0 {
		t.Errorf("block: %+v", b)
	}
	var status control.Status
	get("/status", nil, &status)
	if len(status.Pools) != 1 || status.Pools[0].Sessions != 1 || len(status.Rounds) != 1 || status.Rounds[0].Network == 0 || status.Units["parent"].Decimals != 8 {
		t.Errorf("status: %+v", status)
	}
	var accounts []control.Account
	get("/account", url.Values{"name": {testnode.AnyAddress}}, &accounts)
	if len(accounts) != 1 || accounts[0].Accepted == 0 || len(accounts[0].Workers) != 1 || accounts[0].Workers[0].Name != "rig" ||
		len(accounts[0].Balances) != 1 || accounts[0].Balances[0].Immature == 0 {
		t.Errorf("account: %+v", accounts)
	}
	get("/account", url.Values{"name": {"nobody"}}, &accounts)
	if len(accounts) != 0 {
		t.Errorf("account of nobody: %+v", accounts)
	}

	line := log.with("block found")
	for _, want := range []string{"chain=parent", "height=1", "hash=", "worker=" + testnode.AnyAddress + ".rig", "effort=", " %", "reward=\"50.00000000 ", "submitted_in="} {
		if !strings.Contains(line, want) {
			t.Errorf("line of a found block: %s\nwant %q in it", line, want)
		}
	}
	if line := log.with("block accepted"); !strings.Contains(line, "confirmations=") {
		t.Errorf("line of an accepted block: %q", line)
	}

	var sessions control.Sessions
	get("/sessions", control.Filter{Account: testnode.AnyAddress, Sort: "rate"}.Query(), &sessions)
	if sessions.Matched != 1 || sessions.Sessions[0].HashRate <= 0 || sessions.Sessions[0].Listener != "127.0.0.1:0" {
		t.Errorf("sessions: %+v", sessions)
	}
	var done control.Done
	if err := client.Do(ctx, http.MethodPost, "/bans", nil, control.BanOrder{Address: "127.0.0.1", Seconds: 60}, &done); err != nil || done.Count != 1 || done.Dropped != 1 {
		t.Errorf("ban: %+v, %v", done, err)
	}
	r.until("the miner is gone", func() bool { return r.engine.pools[0].server.Live() == 0 })
	var bans []control.Ban
	if get("/bans", nil, &bans); len(bans) != 1 || !bans[0].ByHand || bans[0].Pool != "btc" {
		t.Errorf("bans: %+v", bans)
	}

	var reloaded control.Reloaded
	if err := client.Do(ctx, http.MethodPost, "/reload", nil, nil, &reloaded); err != nil || len(reloaded.Applied) != 1 {
		t.Errorf("reload: %+v, %v", reloaded, err)
	}
	err := client.Do(ctx, http.MethodPost, "/reload", url.Values{"restart": {"true"}}, nil, &reloaded)
	if refused := new(control.Refusal); !errors.As(err, &refused) || refused.Text != "the file is wrong" || asked != 2 {
		t.Errorf("reload of a wrong file: %v", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if err := client.Get(ctx, "/status", nil, &status); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("of a pool that ended: %v", err)
	}
}

// mustShortDir is a folder whose path leaves room for a socket's.
func mustShortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A reload changes what it can without a miner noticing.
func TestApplyWhileMinersAreThere(t *testing.T) {
	pool := testPool("parent", testnode.AnyAddress)
	pool.Reward, pool.FeeBPS = "pplns", 100
	pool.Refresh = configs.Duration(1e8)
	pool.Limits.Allow = nil
	r := mustRun(t, Config{
		DataDir: mustShortDir(t), Coins: map[string]CoinConfig{"parent": mustParent(t)}, Pools: map[string]configs.Pool{"btc": pool},
	})
	c := mustClient(t, r.addr, "sha256d", testnode.AnyAddress)
	terms := func() (last sharelog.Terms) {
		t.Helper()
		in := r.engine.shareLog.Read(0)
		defer in.Close()
		for {
			rec, _, err := in.Next()
			if errors.Is(err, io.EOF) {
				return last
			}
			if err != nil {
				t.Fatal(err)
			}
			if rec.Terms != nil {
				last = *rec.Terms
			}
		}
	}
	r.until("the first terms", func() bool { return terms().FeeBPS == 100 })

	next := testPool("parent", testnode.AnyAddress)
	next.Reward, next.FeeBPS, next.PPLNSWindow = "prop", 250, 3
	next.Limits.Connections, next.Limits.Allow = 1, nil
	next.Listen[0].Difficulty.Start, next.Listen[0].Difficulty.Min = 4e-10, 3e-10
	next.Listen[0].Difficulty.Fixed = true
	r.engine.Apply(map[string]configs.Pool{"btc": next, "unknown": next})
	r.until("the new terms hold", func() bool { got := terms(); return got.FeeBPS == 250 && got.Scheme == "prop" })
	if got := r.engine.pools[0].server.Sessions(); len(got) != 1 || got[0].Difficulty != 3e-10 {
		t.Errorf("sessions %+v, want the one that was there, moved to the new minimum", got)
	}
	if reply, err := c.Call("mining.ping"); err != nil {
		t.Errorf("the miner that was there: %v, %v", reply, err)
	}
	if d := dial(t, r.addr, "sha256d"); true {
		if _, err := d.Call("mining.subscribe"); err == nil {
			t.Error("a second connection came in beyond the new limit")
		}
	}

	// And back: what is as it was at the start is applied as well.
	r.engine.Apply(map[string]configs.Pool{"btc": pool})
	r.until("the first terms again", func() bool { got := terms(); return got.FeeBPS == 100 && got.Scheme == "pplns" })
	if d := mustClient(t, r.addr, "sha256d", testnode.AnyAddress); d == nil {
		t.Error("the old limit does not hold again")
	}
	r.until("the first difficulty again", func() bool {
		all := r.engine.pools[0].server.Sessions()
		return len(all) == 2 && all[1].Difficulty == 1e-10
	})
}
