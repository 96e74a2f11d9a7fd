package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ckpoolfiles"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/web/api"
)

// ckpoolConfig is a pool on a chain whose blocks are too hard to find, that writes files
// for monitors of ckpool.
func ckpoolConfig(t testing.TB, files string) Config {
	t.Helper()
	node := simchain.New(simchain.Config{Name: "parent", Parent: true, Bits: 0x1d00ffff, User: "u", Password: "p"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	<-node.Ready()
	pool := testPool("parent", testnode.AnyAddress)
	pool.Reward, pool.CKPoolFiles = "pplns", files
	return Config{
		DataDir: t.TempDir(),
		Coins:   map[string]CoinConfig{"parent": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL(), "u", "p"))},
		Pools:   map[string]configs.Pool{"btc": pool},
	}
}

// sync waits until the ledger knows every share.
func (r *rig) sync() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.engine.ledger.Sync(ctx, r.engine.shareLog.End()); err != nil {
		r.t.Fatal(err)
	}
}

// mustFile waits for a file that holds a text.
func mustFile(t *testing.T, path, text string) string {
	t.Helper()
	limit := time.Now().Add(30 * time.Second)
	for {
		raw, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(raw), text) {
			return string(raw)
		}
		if time.Now().After(limit) {
			t.Fatalf("%s: %v, %q, want something with %q", path, err, raw, text)
		}
		time.Sleep(20 * time.Millisecond) // until the file is there
	}
}

// number is a field of a JSON object.
func number(t *testing.T, text, field string) float64 {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	v, ok := all[field].(float64)
	if !ok {
		t.Errorf("%s is %v in %s", field, all[field], text)
	}
	return v
}

// TestCKPoolOfARunningPool mines, asks over HTTP while the miner is there, and reads the
// files after a restart, whose first round writes what the ledger knows.
func TestCKPoolOfARunningPool(t *testing.T) {
	files := filepath.Join(t.TempDir(), "logs")
	cfg := ckpoolConfig(t, files)
	r := mustRun(t, cfg)
	mustFile(t, filepath.Join(files, "pool", "pool.status"), `"Users": 0, "Workers": 0, "Idle": 0, "Disconnected": 0}`)
	if _, err := os.Stat(filepath.Join(files, "users", apiMiner)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("who has not mined has a file: %v", err)
	}

	start := time.Now().Unix()
	typed := strings.ToUpper(apiMiner)
	c := mustClient(t, r.addr, "sha256d", typed+".rig1")
	const shares = 5
	for range shares {
		if answer := c.mine(typed + ".rig1"); !strings.Contains(answer, "true") {
			t.Fatalf("the share was answered by %s", answer)
		}
	}
	r.sync()
	h := api.New(api.Options{Source: r.engine.API()}).CKPool(r.engine.CKPool("btc"))
	get := func(path string, status int) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		body, err := io.ReadAll(w.Result().Body)
		if err != nil || w.Code != status {
			t.Errorf("%s: %d, %v, want %d: %s", path, w.Code, err, status, body)
		}
		return string(body)
	}
	user := get("/users/"+typed, http.StatusOK)
	if number(t, user, "workers") != 1 || number(t, user, "bestshare") <= 0 || number(t, user, "lastshare") < float64(start) || number(t, user, "authorised") < float64(start) {
		t.Errorf("got %s", user)
	}
	for _, part := range []string{`"workername": "` + apiMiner + `.rig1"`, "\n \"worker\": [\n  {"} {
		if !strings.Contains(user, part) {
			t.Errorf("%s has no %q", user, part)
		}
	}
	worker := get("/workers/"+typed+".rig1", http.StatusOK)
	if number(t, worker, "lastupdate") < float64(start) || number(t, worker, "bestshare") != number(t, user, "bestshare") {
		t.Errorf("got %s", worker)
	}
	if status := get("/pool/pool.status", http.StatusOK); !strings.Contains(status, `"Users": 1, "Workers": 1, "Idle": 0, "Disconnected": 0}`) {
		t.Errorf("got %s", status)
	}
	get("/users/nobody", http.StatusNotFound)
	get("/users/"+apiMiner+".rig1", http.StatusNotFound)
	get("/workers/"+apiMiner+".rig2", http.StatusNotFound)
	get("/workers/.rig2", http.StatusNotFound)
	if src := r.engine.CKPool("ltc"); src != nil {
		t.Errorf("a pool that is not there has %v", src)
	}

	c.Close()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	mustRun(t, cfg)
	after := mustFile(t, filepath.Join(files, "users", apiMiner), `"workers": 0`)
	for _, field := range []string{"lastshare", "bestshare", "authorised", "shares"} {
		if got, want := number(t, after, field), number(t, user, field); got != want {
			t.Errorf("%s is %v after the restart, want %v", field, got, want)
		}
	}
	mustFile(t, filepath.Join(files, "workers", apiMiner+".rig1"), `"workername": "`+apiMiner+`.rig1"`)
}

// What is shown is what known shares amount to.
func TestCKPoolNumbers(t *testing.T) {
	r := mustRun(t, ckpoolConfig(t, ""))
	now := time.Now().Truncate(time.Minute).Add(30 * time.Second)
	const difficulty = 1 << 20
	var batch sharelog.Batch
	add := func(ago time.Duration, n int, worker string) {
		for range n {
			batch.Share(&sharelog.Share{Time: now.Add(-ago).UnixMilli(), Pool: "btc", Account: "alice", Worker: worker, Difficulty: difficulty, Achieved: difficulty * 1.5})
		}
	}
	add(8*day, 17, "gone")
	add(26*time.Hour, 13, "rig1") // no pause is as long as the span that comes after it
	add(7*time.Hour, 2, "rig1")
	add(3*time.Hour, 11, "rig1")
	add(80*time.Minute, 4, "rig1")
	add(30*time.Minute, 5, "rig1")
	add(10*time.Minute, 6, "rig1")
	add(3*time.Minute, 7, "rig1")
	add(time.Minute, 3, "")
	if err := r.engine.shareLog.Append(&batch); err != nil {
		t.Fatal(err)
	}
	r.sync()
	c := &ckpoolPool{r.engine.API().(*apiView), r.engine.pools[0]}
	rate := func(shares int, span time.Duration) float64 {
		return float64(shares) * difficulty * 4294967296 / span.Seconds()
	}
	near := func(what string, got, want, factor float64) {
		t.Helper()
		if got < want*0.9999 || got > want*factor {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	a, err := c.Account("alice", now)
	if err != nil {
		t.Fatal(err)
	}
	near("1m", a.Minute, rate(3, time.Minute), 1.0001)
	near("5m", a.FiveMinutes, rate(10, 5*time.Minute), 1.0001)
	near("1hr", a.Hour, rate(21, time.Hour), 1.0001)
	near("1d", a.Day, rate(38, day), 24./23)           // whole hours
	near("7d", a.Week, rate(51, 7*day), 168./(167-24)) // and what is rolled up to days
	if a.Shares != 68*difficulty || a.BestEver != difficulty*1.5 || a.LastShare != now.Add(-time.Minute).UnixMilli() || a.Authorised != now.Add(-8*day).UnixMilli() {
		t.Errorf("got %+v", a)
	}
	if len(a.Workers) != 2 || a.Workers[0].Name != "alice" || a.Workers[1].Name != "alice.rig1" || a.Workers[1].Shares != 48*difficulty {
		t.Errorf("workers: %+v", a.Workers)
	}
	if len(a.Gone) != 1 || a.Gone[0] != "alice.gone" {
		t.Errorf("gone: %q", a.Gone)
	}
	near("1m of the worker without a name, who has come with its first share", a.Workers[0].Minute, rate(2, 90*time.Second), 1.0001)
	near("5m of rig1", a.Workers[1].FiveMinutes, rate(7, 5*time.Minute), 1.0001)

	p, err := c.Pool(now)
	if err != nil {
		t.Fatal(err)
	}
	near("15m", p.QuarterHour, rate(16, 15*time.Minute), 1.0001)
	near("6hr", p.SixHours, rate(36, 6*time.Hour), 6./5)
	for i, want := range []float64{3. / 60, 10. / 300, 16. / 900, 21. / 3600} {
		near("shares a second", p.SharesPerSecond[i], want, 1.0001)
	}
	if _, err := c.Account("bob", now); !errors.Is(err, ckpoolfiles.ErrUnknown) {
		t.Errorf("got %v, want %v", err, ckpoolfiles.ErrUnknown)
	}
	var past []string
	if err := c.Past(func(name string, last time.Time) error {
		past = append(past, name+last.Sub(now).String())
		return nil
	}); err != nil || len(past) != 1 || past[0] != "alice-1m0s" {
		t.Errorf("past: %q, %v", past, err)
	}
}

// The first line of pool.status ends a round, and the third counts in rounds.
func TestCKPoolRounds(t *testing.T) {
	r := mustRun(t, ckpoolConfig(t, ""))
	c := mustClient(t, r.addr, "sha256d", apiMiner)
	r.round("btc", "parent") // a job begins it
	var batch sharelog.Batch
	now := time.Now()
	for range 10 {
		batch.Share(&sharelog.Share{Time: now.UnixMilli(), Pool: "btc", Account: "alice", Difficulty: 0.01, Achieved: 0.02})
	}
	batch.Rejects(&sharelog.Rejects{Time: now.UnixMilli(), Pool: "btc", Account: "alice", Reason: "stale", Count: 4, Work: 0.04})
	if err := r.engine.shareLog.Append(&batch); err != nil {
		t.Fatal(err)
	}
	r.sync()
	src := &ckpoolPool{r.engine.API().(*apiView), r.engine.pools[0]}
	p, err := src.Pool(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(p.Effort-0.1) > 1e-6 || math.Abs(p.Accepted-0.1) > 1e-6 || math.Abs(p.Rejected-0.04) > 1e-6 || p.BestShare != 0.02 {
		t.Errorf("got %+v", p)
	}
	if p.Users != 1 || p.Workers != 1 || p.Idle != 1 {
		t.Errorf("a connection without a share is no idle worker: %+v", p)
	}
	c.Close()
	limit := time.Now().Add(30 * time.Second)
	for r.engine.pools[0].server.Parked() != 1 {
		if time.Now().After(limit) {
			t.Fatal("who has gone may not come back")
		}
		time.Sleep(10 * time.Millisecond) // until the server has noticed
	}
}
