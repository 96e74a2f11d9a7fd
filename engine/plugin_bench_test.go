package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/plugins/host"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
	"github.com/motherlode-pool/motherlode/stratum"
)

// pluginKey tells the test binary, started again, to be a plugin that hashes.
const pluginKey = "MOTHERLODE_ENGINE_BENCH"

func TestMain(m *testing.M) {
	if os.Getenv(pluginKey) != "" {
		sdk.Serve(trivialDriver{})
	}
	os.Exit(m.Run())
}

// trivial is a hash that costs nothing: the last 32 bytes of the header.
type trivial struct{}

func (trivial) Name() string          { return "trivial" }
func (trivial) DiffOne() algos.Target { return algos.DiffOneBitcoin }
func (trivial) Sum(dst *[32]byte, header, _ []byte) {
	copy(dst[:], header[len(header)-32:])
}

// trivialDriver makes coins that compute it and do nothing else.
type trivialDriver struct{}

type trivialCoin struct{ coins.Coin }

func (trivialDriver) Describe() coins.Info {
	return coins.Info{Driver: "trivial", Version: "1", Roles: []coins.Role{coins.RoleHasher}, Coin: trivialCoin{}.Info(), Networks: []string{"main"}}
}

func (trivialDriver) Open(context.Context, coins.Settings) (coins.Coin, error) {
	return trivialCoin{}, nil
}

func (trivialCoin) Info() coins.CoinInfo {
	return coins.CoinInfo{Symbol: "TRV", Name: "Trivial", Network: "main", Algorithm: "trivial", DifficultyOne: algos.DiffOneBitcoin,
		BlockTime: time.Minute, Maturity: 1}
}

func (trivialCoin) Close() error { return nil }

func (trivialCoin) HashBatch(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error {
	return algorithmBatch(trivial{})(ctx, size, headers, param, out)
}

// mustPluginHash is the hash function of a plugin in a process of its own.
func mustPluginHash(tb testing.TB) batch.Func {
	tb.Helper()
	sockets, err := host.NewSocketDir(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = sockets.Close() })
	d := host.New(host.Config{Name: "trivial", Command: []string{"/proc/self/exe"}, SocketDir: sockets.Path(), Env: []string{pluginKey + "=1"}})
	c, err := d.Open(tb.Context(), coins.Settings{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c.(coins.Hasher).HashBatch
}

// newTrivialBench is a bench whose shares cost little but what is measured: a
// trivial hash, here or in a plugin, and a block without transactions, so that a
// merkle root is five compressions of SHA-256 in place of 44.
func newTrivialBench(tb testing.TB, plugin bool) *bench {
	tb.Helper()
	b := newBench(tb, 0)
	tree := *b.template.Tree
	tree.Branch, tree.TxBlob, tree.TxCount = nil, nil, 0
	b.template.Tree = &tree
	if plugin {
		b.hashBy(tb, mustPluginHash(tb), batch.Options{})
		return b
	}
	spec := *b.spec.Load()
	spec.Algorithm = trivial{}
	b.spec.Store(&spec)
	b.job(tb)
	return b
}

func where(plugin bool) string {
	if plugin {
		return "plugin"
	}
	return "engine"
}

// rigs are sessions that share a bench; a job is replaced before it remembers
// too much.
type rigs struct {
	*bench
	tb      testing.TB
	judged  atomic.Int64
	renew   sync.Mutex
	present atomic.Pointer[work]
}

func newRigs(tb testing.TB, b *bench) *rigs {
	r := &rigs{bench: b, tb: tb}
	r.present.Store(b.Job().(*work))
	return r
}

// session is a submission whose extranonce no other session has.
func (r *rigs) session(i int) *stratum.Submission {
	s := r.submission(r.tb)
	s.Extranonce[0], s.Extranonce[1] = byte(i>>8), byte(i)
	return s
}

// turn judges n shares of a session, late or not, and commits them.
func (r *rigs) turn(s *stratum.Submission, results []stratum.Result) error {
	n := len(results)
	if before := r.judged.Add(int64(n)) - int64(n); before/sharesPerJob != (before+int64(n))/sharesPerJob {
		r.renew.Lock()
		r.present.Store(r.job(r.tb))
		r.renew.Unlock()
	}
	s.Job, s.Now = r.present.Load(), time.Now()
	t, late := r.Begin(), false
	for i := range results {
		nextShare(s, false)
		results[i] = t.Judge(s)
		late = late || results[i].Reason == stratum.Pending
	}
	if late {
		clear(results)
		t.(stratum.LateTurn).Await(results)
	}
	var err error
	for i := range results {
		if results[i].Reason != stratum.Accepted {
			err = fmt.Errorf("judged %v, want accepted", results[i].Reason)
		}
	}
	return errors.Join(err, t.Commit())
}

// BenchmarkPluginShares is 256 sessions that judge as fast as they can, one turn
// after the other, with the hash in the engine and in a plugin's process.
func BenchmarkPluginShares(b *testing.B) {
	for _, shares := range []int{1, 4, 32} {
		for _, plugin := range []bool{false, true} {
			b.Run(fmt.Sprintf("sessions=256/turn=%d/hash=%s", shares, where(plugin)), func(b *testing.B) {
				benchShares(b, newRigs(b, newTrivialBench(b, plugin)), 256, shares)
			})
		}
	}
}

func benchShares(b *testing.B, r *rigs, sessions, shares int) {
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() {
			s, results := r.session(i), make([]stratum.Result, shares)
			for left.Add(-int64(shares)) > -int64(shares) {
				if err := r.turn(s, results); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
	if r.batcher != nil {
		s := r.batcher.Stats()
		b.ReportMetric(float64(s.Headers)/float64(s.Batches), "headers/batch")
	}
}

// BenchmarkPluginLatency is 256 sessions whose shares come at random moments, so
// many a second in all, and how long each takes from the moment that it was due
// until it is judged and in the log. An operation is one share; run it with a
// fixed number, -benchtime 200000x.
func BenchmarkPluginLatency(b *testing.B) {
	for _, rate := range []int{1_000, 10_000, 50_000, 100_000} {
		for _, plugin := range []bool{false, true} {
			b.Run(fmt.Sprintf("rate=%d/hash=%s", rate, where(plugin)), func(b *testing.B) {
				benchLatency(b, newRigs(b, newTrivialBench(b, plugin)), 256, rate)
			})
		}
	}
}

func benchLatency(b *testing.B, r *rigs, sessions, rate int) {
	shares := min(b.N, 3*rate) // three seconds are enough of each load
	sessions = min(sessions, shares)
	each := shares / sessions
	took := make([][]time.Duration, sessions)
	b.ResetTimer()
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() {
			var err error
			if took[i], err = r.arrivals(i, each, time.Second*time.Duration(sessions)/time.Duration(rate), begin); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(begin)
	all := slices.Concat(took...)
	slices.Sort(all)
	ms := func(q int) float64 { return float64(all[len(all)*q/1000]) / float64(time.Millisecond) }
	b.ReportMetric(ms(500), "p50-ms")
	b.ReportMetric(ms(990), "p99-ms")
	b.ReportMetric(ms(999), "p99.9-ms")
	b.ReportMetric(float64(len(all))/elapsed.Seconds(), "shares/s")
}

// arrivals submits n shares of session i at random moments, gap apart in the
// mean. What came while a turn was under way is the next turn, as at a socket.
func (r *rigs) arrivals(i, n int, gap time.Duration, begin time.Time) ([]time.Duration, error) {
	rng := rand.New(rand.NewPCG(uint64(i), 1))
	due := make([]time.Time, n)
	at := begin
	for k := range due {
		at = at.Add(time.Duration(rng.ExpFloat64() * float64(gap)))
		due[k] = at
	}
	s := r.session(i)
	results := make([]stratum.Result, 32)
	took := make([]time.Duration, 0, n)
	for len(due) > 0 {
		time.Sleep(time.Until(due[0]))
		now, k := time.Now(), 1
		for k < len(due) && k < len(results) && !due[k].After(now) {
			k++
		}
		if err := r.turn(s, results[:k]); err != nil {
			return nil, err
		}
		now = time.Now()
		for _, d := range due[:k] {
			took = append(took, now.Sub(d))
		}
		due = due[k:]
	}
	return took, nil
}

// BenchmarkPluginLineToReply is 256 miners over loopback with four submissions in
// flight each, from line to answer.
func BenchmarkPluginLineToReply(b *testing.B) {
	for _, plugin := range []bool{false, true} {
		b.Run("connections=256/hash="+where(plugin), func(b *testing.B) {
			p := newTrivialBench(b, plugin)
			addr := p.serve(b)
			var miners []*lineMiner
			for range 256 {
				miners = append(miners, mustLineMiner(b, addr, p.cfg.Extranonce2))
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
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
}
