package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/web/api"
)

// BenchmarkAPI asks a pool with 10,000 workers of as many accounts that have mined
// for an hour, while they send 3,000 shares a second. An operation is a request, one
// after the other; every account is another one. It reports the times of half and of 99 in 100
// requests.
func BenchmarkAPI(b *testing.B) {
	const workers, perSecond = 10_000, 3000
	e := mustFullEngine(b, workers, time.Hour)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				var batch sharelog.Batch
				for range perSecond / 20 {
					batch.Share(benchShare(n%workers, now.UnixMilli()))
					n++
				}
				if err := e.shareLog.Append(&batch); err != nil {
					b.Error(err)
					return
				}
			}
		}
	}()
	defer func() { cancel(); <-done }()

	account := func(r *rand.Rand) string { return benchShare(r.IntN(workers), 0).Account }
	for _, c := range []struct {
		name string
		path func(*rand.Rand) string
	}{
		{"pools", func(*rand.Rand) string { return "/api/v1/pools" }},
		{"pool-chart", func(*rand.Rand) string { return "/api/v1/pools/btc/chart" }},
		{"blocks", func(*rand.Rand) string { return "/api/v1/blocks" }},
		{"account", func(r *rand.Rand) string { return "/api/v1/accounts/" + account(r) }},
		{"workers", func(r *rand.Rand) string { return "/api/v1/accounts/" + account(r) + "/workers" }},
		{"account-chart", func(r *rand.Rand) string { return "/api/v1/accounts/" + account(r) + "/chart?resolution=hour" }},
		{"client", func(r *rand.Rand) string { return "/api/client/" + account(r) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			h, r := api.New(api.Options{Source: e.API(), PublicPool: "btc"}), rand.New(rand.NewPCG(1, 2))
			var took []time.Duration
			for b.Loop() {
				q := httptest.NewRequest("GET", c.path(r), nil)
				q.Header.Set("Accept-Encoding", "gzip")
				w := httptest.NewRecorder()
				start := time.Now()
				h.ServeHTTP(w, q)
				took = append(took, time.Since(start))
				if w.Code != http.StatusOK {
					b.Fatalf("%s: %d %s", q.URL, w.Code, w.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2])/1e6, "ms-p50")
			b.ReportMetric(float64(took[len(took)*99/100])/1e6, "ms-p99")
		})
	}
}

func benchShare(worker int, at int64) *sharelog.Share {
	return &sharelog.Share{Time: at, Pool: "btc", Account: fmt.Sprintf("bc1q%034d", worker), Worker: "rig1", Difficulty: 16384, Achieved: 20000}
}

// mustFullEngine is an engine whose ledger has workers with a share in each minute.
func mustFullEngine(b *testing.B, workers int, past time.Duration) *Engine {
	b.Helper()
	node := simchain.New(simchain.Config{Name: "parent", Parent: true, Bits: 0x1d00ffff, User: "u", Password: "p"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-done })
	<-node.Ready()
	e := mustRun(b, Config{
		DataDir: b.TempDir(),
		Coins:   map[string]CoinConfig{"parent": mustCoin(b, "bitcoin", "regtest", nodeSettings(node.URL(), "u", "p"))},
		Pools:   map[string]configs.Pool{"btc": testPool("parent", testnode.AnyAddress)},
	}).engine
	var batch sharelog.Batch
	now := time.Now()
	for at := now.Add(-past); at.Before(now); at = at.Add(time.Minute) {
		for w := range workers {
			batch.Share(benchShare(w, at.UnixMilli()))
			if batch.Len() >= 1000 {
				if err := e.shareLog.Append(&batch); err != nil {
					b.Fatal(err)
				}
				batch.Reset()
			}
		}
	}
	wait, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	if err := e.ledger.Sync(wait, e.shareLog.End()); err != nil {
		b.Fatal(err)
	}
	return e
}
