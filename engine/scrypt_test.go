package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/stratum"
)

// newScryptBench is a pool of a scrypt coin. Its shares are hashed by the workers,
// or each by the session that brings it, as quick algorithms are.
func newScryptBench(tb testing.TB, byTheWorkers bool) *bench {
	tb.Helper()
	b := newBench(tb, 0)
	scrypt, err := algos.ByName("scrypt")
	if err != nil {
		tb.Fatal(err)
	}
	spec := *b.spec.Load()
	spec.Algorithm = scrypt
	b.spec.Store(&spec)
	b.job(tb)
	if byTheWorkers {
		w := newWorkers()["scrypt"]
		b.elsewhere = byWorkers{w}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		tb.Cleanup(func() {
			cancel()
			<-done
		})
	}
	return b
}

// TestWorkersTurnIsATurn gives the same submissions to a pool whose sessions hash
// and to one with workers.
func TestWorkersTurnIsATurn(t *testing.T) {
	known, foreign := newScryptBench(t, false), newScryptBench(t, true)
	foreign.template = known.template
	sameTurns(t, known, foreign, 40)
}

// TestOnlySlowAlgorithmsHaveWorkers guards the path of the quick ones.
func TestOnlySlowAlgorithmsHaveWorkers(t *testing.T) {
	w := newWorkers()
	if len(w) != 1 || w["scrypt"] == nil {
		t.Errorf("workers for %v, want scrypt alone", w)
	}
}

// TestShareAfterTheWorkersIsRefused refuses what comes when they have ended, and
// writes nothing of it.
func TestShareAfterTheWorkersIsRefused(t *testing.T) {
	b := newScryptBench(t, false)
	w := newWorkers()["scrypt"]
	b.elsewhere = byWorkers{w}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.judgeTurn(t, []stratum.Submission{*b.submission(t)}) {
		if r != (stratum.Result{Reason: stratum.Overload}) {
			t.Errorf("%+v, want a bare refusal", r)
		}
	}
	if n := len(b.records(t)); n != 0 {
		t.Errorf("%d shares in the log, want none", n)
	}
}

// BenchmarkPoliteScrypt is a miner with one share in flight, alone and beside one
// that keeps 2,048 in flight which are all worth nothing, where sessions hash
// and where workers do. Total is what the pool hashes for both.
func BenchmarkPoliteScrypt(b *testing.B) {
	for _, workers := range []bool{false, true} {
		for _, floods := range []int{0, 1, 8} {
			b.Run(fmt.Sprintf("workers=%v/floods=%d", workers, floods), func(b *testing.B) {
				p := newScryptBench(b, workers)
				p.server = stratum.New(stratum.Config{Listeners: benchListeners(), Extranonce2Size: p.cfg.Extranonce2}, p.pool)
				addr := p.serve(b)
				for range floods {
					f := mustLineMiner(b, addr, p.cfg.Extranonce2)
					go f.flood(2048)
				}
				m := mustLineMiner(b, addr, p.cfg.Extranonce2)
				time.Sleep(50 * time.Millisecond) // let the flood rise: a benchmark has no verdict
				before := p.stats.acceptedShares.Load()
				for b.Loop() {
					if err := errors.Join(m.submit(1), m.accepted()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
				b.ReportMetric(float64(p.stats.acceptedShares.Load()-before)/b.Elapsed().Seconds(), "total/s")
			})
		}
	}
}

// BenchmarkScryptShares is what many miners with four shares each in flight get,
// and the bare hash rate of as many goroutines as there are workers.
func BenchmarkScryptShares(b *testing.B) {
	for _, workers := range []bool{false, true} {
		b.Run(fmt.Sprintf("workers=%v", workers), func(b *testing.B) {
			p := newScryptBench(b, workers)
			p.server = stratum.New(stratum.Config{Listeners: benchListeners(), Extranonce2Size: p.cfg.Extranonce2}, p.pool)
			addr := p.serve(b)
			var miners []*lineMiner
			for range 100 {
				miners = append(miners, mustLineMiner(b, addr, p.cfg.Extranonce2))
			}
			b.ResetTimer()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for _, m := range miners {
				wg.Go(func() {
					if err := m.mine(&left); err != nil {
						b.Error(err)
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
		})
	}
	b.Run("bare", func(b *testing.B) {
		scrypt, _ := algos.ByName("scrypt")
		b.RunParallel(func(pb *testing.PB) {
			l, _ := algos.NewLanes(scrypt)
			headers, dst := make([][]byte, l.Width()), make([]*[32]byte, l.Width())
			for i := range headers {
				headers[i], dst[i] = make([]byte, 80), new([32]byte)
			}
			for more := true; more; {
				l.Sum(dst, headers)
				for range headers {
					more = pb.Next() && more
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hashes/s")
	})
}
