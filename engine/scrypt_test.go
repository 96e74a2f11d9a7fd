package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
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

// minersEnv makes a process of the test binary the miners of a benchmark: the
// address, the number of those who flood, and for how long.
const minersEnv = "MOTHERLODE_TEST_SCRYPT_MINERS"

// TestScryptMiners is the other process of BenchmarkPoliteScrypt.
func TestScryptMiners(t *testing.T) {
	var addr string
	var floods, millis int
	if n, _ := fmt.Sscan(os.Getenv(minersEnv), &addr, &floods, &millis); n != 3 {
		t.Skip("runs for a benchmark only")
	}
	for range floods {
		f := mustLineMiner(t, addr, 8)
		go f.flood(2048)
	}
	m := mustLineMiner(t, addr, 8)
	answers, until := 0, time.Now().Add(time.Duration(millis)*time.Millisecond)
	for time.Now().Before(until) {
		if err := errors.Join(m.submit(1), m.accepted()); err != nil {
			t.Fatal(err)
		}
		answers++
	}
	fmt.Println("answers", answers)
}

// BenchmarkPoliteScrypt is a miner with one share in flight, alone and beside some
// that keep 2,048 in flight, where sessions hash and where workers do. The miners
// are another process. Total is what the pool hashes for all.
func BenchmarkPoliteScrypt(b *testing.B) {
	const run = 2 * time.Second
	for _, workers := range []bool{false, true} {
		for _, floods := range []int{0, 1, 8} {
			b.Run(fmt.Sprintf("workers=%v/floods=%d", workers, floods), func(b *testing.B) {
				p := newScryptBench(b, workers)
				p.server = stratum.New(stratum.Config{Listeners: benchListeners(), Extranonce2Size: p.cfg.Extranonce2}, p.pool)
				addr := p.serve(b)
				before, answers := p.stats.acceptedShares.Load(), 0
				for b.Loop() {
					cmd := exec.Command(os.Args[0], "-test.run=^TestScryptMiners$", "-test.v")
					cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", minersEnv, addr, floods, run.Milliseconds()))
					out, err := cmd.CombinedOutput()
					n := 0
					if _, rest, ok := strings.Cut(string(out), "answers "); err != nil || !ok {
						b.Fatalf("%v: %s", err, out)
					} else if _, err := fmt.Sscan(rest, &n); err != nil {
						b.Fatal(err)
					}
					answers += n
				}
				seconds := run.Seconds() * float64(b.N)
				b.ReportMetric(float64(answers)/seconds, "answers/s")
				b.ReportMetric(float64(p.stats.acceptedShares.Load()-before)/seconds, "total/s")
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
