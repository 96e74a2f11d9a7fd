package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

func mustLog(t testing.TB, dir string) *sharelog.Log {
	t.Helper()
	l, err := sharelog.Open(dir, sharelog.Options{SegmentSize: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, sharelog.ErrClosed) {
			t.Error(err)
		}
	})
	return l
}

func mustLedger(t testing.TB, path string, log *sharelog.Log) *Ledger {
	t.Helper()
	l, err := openAt(t, path, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func mustAppend(t testing.TB, log *sharelog.Log, fill func(*sharelog.Batch)) {
	t.Helper()
	var b sharelog.Batch
	fill(&b)
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
}

// run folds up to the end of the log, then stops.
func run(t testing.TB, l *Ledger, log *sharelog.Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a benchmark beside heavy work takes long
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	if err := l.Sync(ctx, log.End()); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if l.Lag() != 0 {
		t.Errorf("lag: got %d, want 0", l.Lag())
	}
}

func TestKeysSortAndParse(t *testing.T) {
	if a, b := string(key("p", "a\x00")), string(key("p", "a", "")); a == b {
		t.Error("a name with a zero byte runs into the next")
	}
	for _, n := range []string{"", "rig", "a\x00b", "\x00", "\xff\x01"} {
		if got := lastName(key("pool", n)); got != n {
			t.Errorf("got %q, want %q", got, n)
		}
	}
}

func TestBlockStates(t *testing.T) {
	for _, c := range []struct{ name, states, want string }{
		{"good life", "pending received accepted mature", "mature"},
		{"reorganised and back", "pending received accepted orphaned accepted", "accepted"},
		{"orphaned after maturity is taken back", "accepted mature orphaned", "orphaned"},
		{"late news", "accepted received pending", "accepted"},
		{"mature stays", "mature accepted", "mature"},
		{"second solution after a refusal", "pending refused pending received", "received"},
		{"received does not undo an orphan", "orphaned received", "orphaned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			log := mustLog(t, filepath.Join(dir, "shares"))
			n := 0
			for _, s := range splitWords(c.states) {
				n++
				mustAppend(t, log, func(b *sharelog.Batch) {
					b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{1}, Time: int64(n), State: s, Account: fmt.Sprint(n)})
				})
			}
			l := mustLedger(t, filepath.Join(dir, "db"), log)
			run(t, l, log)
			blocks, err := l.Blocks(Filter{}, 0, 10)
			if err != nil || len(blocks) != 1 {
				t.Fatalf("got %d rows (%v), want 1", len(blocks), err)
			}
			if b := blocks[0]; b.State != c.want || b.Account != "1" {
				t.Errorf("got %s by %s, want %s by 1", b.State, b.Account, c.want)
			}
		})
	}
}

func splitWords(s string) (words []string) {
	for len(s) > 0 {
		var w string
		n, _ := fmt.Sscan(s, &w)
		if n == 0 {
			break
		}
		words = append(words, w)
		s = s[min(len(s), len(w)+1):]
	}
	return words
}

func TestRoundsAndPages(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	share := func(worker string, d float64) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Share(&sharelog.Share{Time: 5, Pool: "p", Account: "a", Worker: worker, Difficulty: d, Achieved: d * 2})
		}
	}
	job := func(chains ...string) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			j := &sharelog.Job{Pool: "p", Time: 4}
			for _, c := range chains {
				j.Chains = append(j.Chains, sharelog.JobChain{Name: c, Difficulty: 100, Height: 7})
			}
			b.Job(j)
		}
	}
	mustAppend(t, log, job("main"))
	mustAppend(t, log, share("r1", 10))
	mustAppend(t, log, job("main", "aux"))
	mustAppend(t, log, share("r2", 5))
	for i := range byte(3) {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: "p", Chain: "main", Hash: [32]byte{i}, State: "pending"})
		})
		mustAppend(t, log, share("r3", 2))
	}
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	run(t, l, log)

	for chain, want := range map[string]float64{"main": 2, "aux": 11} {
		if r, err := l.Round("p", chain); err != nil || r.Work.Difficulty() != want || r.Network != 100 || r.Height != 7 {
			t.Errorf("round of %s: got %+v (%v), want work %v", chain, r, err, want)
		}
	}
	if _, err := l.Round("p", "other"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown chain: got %v, want ErrNotFound", err)
	}

	var efforts []float64
	for before := uint64(0); ; {
		page, err := l.Blocks(Filter{Chain: "main"}, before, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		efforts, before = append(efforts, page[0].Effort.Difficulty()), page[0].Seq
	}
	if want := []float64{2, 2, 15}; !reflect.DeepEqual(efforts, want) {
		t.Errorf("efforts, newest first: got %v, want %v", efforts, want)
	}

	var names []string
	for after := (*Row)(nil); ; {
		page, err := l.Workers("p", "a", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			names = append(names, r.Name)
		}
		after = &page[len(page)-1]
	}
	if want := []string{"r1", "r2", "r3"}; !reflect.DeepEqual(names, want) {
		t.Errorf("workers: got %v, want %v", names, want)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p"}) })
	path := filepath.Join(dir, "db")
	l := mustLedger(t, path, log)
	run(t, l, log)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openAt(t, path, mustLog(t, filepath.Join(dir, "empty"))); !errors.Is(err, ErrLogLost) {
		t.Errorf("log lost: got %v, want ErrLogLost", err)
	}
	l = mustLedger(t, path, log)
	err := l.db.Update(func(tx store.Tx) error { return tx.Bucket(bucketMeta).Put(keySchema, u64(schema+1)) })
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := openAt(t, path, log); !errors.Is(err, ErrSchema) {
		t.Errorf("newer schema: got %v, want ErrSchema", err)
	}
	for i := range 300 {
		mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Job: uint64(i)}) })
	}
	if err := log.Retire(log.End()); err != nil {
		t.Fatal(err)
	}
	if _, err := openAt(t, filepath.Join(dir, "new"), log); !errors.Is(err, ErrLogGone) {
		t.Errorf("retired log: got %v, want ErrLogGone", err)
	}
}

// naive is the model: sums in big integers, one pass, nothing kept between.
type naive struct {
	accepted map[string]uint64
	work     map[string]*big.Int
	rejected map[string]uint64
	blocks   map[string]string
}

func model(t *testing.T, log *sharelog.Log) naive {
	n := naive{map[string]uint64{}, map[string]*big.Int{}, map[string]uint64{}, map[string]string{}}
	r := log.Read(0)
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		switch rec.Kind {
		case sharelog.KindShare:
			s := rec.Share
			units, _ := new(big.Float).SetMantExp(big.NewFloat(s.Difficulty), 48).Int(nil)
			for _, k := range []string{s.Pool, s.Pool + "/" + s.Account, s.Pool + "/" + s.Account + "/" + s.Worker} {
				n.accepted[k]++
				if n.work[k] == nil {
					n.work[k] = new(big.Int)
				}
				n.work[k].Add(n.work[k], units)
			}
		case sharelog.KindRejects:
			n.rejected[rec.Rejects.Pool+"/"+rec.Rejects.Reason] += rec.Rejects.Count
		case sharelog.KindBlock:
			k := rec.Block.Chain + string(rec.Block.Hash[:])
			if follows(n.blocks[k], rec.Block.State) {
				n.blocks[k] = rec.Block.State
			}
		}
	}
}

// Random streams, folded in pieces by ledgers that are stopped at random places:
// equal to the model, and byte for byte to a ledger that folded all at once.
func TestFoldEqualsModel(t *testing.T) {
	for seed := range fewer(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			dir := t.TempDir()
			log := mustLog(t, filepath.Join(dir, "shares"))
			path := filepath.Join(dir, "db")
			for range 5 {
				for range 1 + rng.IntN(40) {
					mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
				}
				l := mustLedger(t, path, log)
				foldAndCrash(t, rng, l, log)
				l.Close()
			}
			l := mustLedger(t, path, log)
			run(t, l, log)
			compare(t, l, model(t, log))
			compareMoney(t, l, log)
			compareCarries(t, l, log)
			compareStatistics(t, l, log)
			compareSettings(t, l, log)
			again := mustLedger(t, filepath.Join(dir, "again"), log)
			run(t, again, log)
			if a, b := dump(t, l), dump(t, again); !reflect.DeepEqual(a, b) {
				t.Error("a ledger folded again from the log differs")
			}
		})
	}
}

// foldAndCrash folds some records and commits them, and folds more that a crash
// undoes.
func foldAndCrash(t *testing.T, rng *rand.Rand, l *Ledger, log *sharelog.Log) {
	t.Helper()
	r := log.Read(l.Position())
	defer r.Close()
	crash := errors.New("crash")
	for _, end := range []error{nil, crash} {
		if err := l.remember(l.position); err != nil {
			t.Fatal(err)
		}
		var at sharelog.Position
		err := l.db.Update(func(tx store.Tx) error {
			f := newFold(tx, l.money)
			f.save = rng.IntN(2) == 0
			f.counts = l.counted == l.position
			for range 1 + rng.IntN(30) {
				rec, pos, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					return err
				}
				if err := f.record(&rec); err != nil {
					return err
				}
				at = pos
			}
			if at == 0 {
				return crash
			}
			return errors.Join(f.commit(at), end)
		})
		if err == nil {
			l.committed(at, l.counted == l.position)
		} else {
			l.money = nil
		}
		if err != nil && !errors.Is(err, crash) {
			t.Fatal(err)
		}
	}
}

func randomRecords(rng *rand.Rand, b *sharelog.Batch) {
	pool, account, worker := pick(rng, "p", "q"), pick(rng, "", "a", "b", "c"), pick(rng, "", "1", "2\x00")
	for range 1 + rng.IntN(5) {
		switch rng.IntN(10) {
		default:
			b.Share(&sharelog.Share{Time: randomTime(rng), Pool: pool, Account: account, Worker: worker,
				Difficulty: math.Exp(rng.Float64()*40 - 20), Achieved: rng.Float64()})
		case 0:
			b.Rejects(&sharelog.Rejects{Time: randomTime(rng), Pool: pool, Account: account, Worker: worker, Reason: pick(rng, "stale", "low"), Count: rng.Uint64N(9)})
		case 1:
			chains := []sharelog.JobChain{
				{Name: "c", Difficulty: rng.ExpFloat64(), Height: rng.Uint64N(3), Reward: 5_000_000_000, Fees: rng.Uint64N(1000)},
				{Name: "d", Difficulty: 1e9 * rng.ExpFloat64(), Reward: 1000},
			}
			if n := rng.IntN(5); n < len(chains) { // the other has no work
				chains = chains[n : n+1]
			}
			b.Job(&sharelog.Job{Pool: pool, Chains: chains})
		case 2:
			randomBlock(rng, b, pool, account)
		case 4:
			chain := pick(rng, "c", "d")
			b.Terms(&sharelog.Terms{Pool: pool, Chain: chain, Scheme: pick(rng, "pps", "pplns"), Window: 1_000_000, Payout: "pool"})
			p := sharelog.Payment{ID: 1 + rng.Uint64N(9), Pool: pool, Chain: chain, State: "prepared", TxID: "t", Raw: []byte{1}}
			for range rng.IntN(4) {
				p.Outputs = append(p.Outputs, sharelog.PaymentOutput{Account: pick(rng, "a", "b", "new"), Address: "x", Amount: rng.Uint64N(1e9)})
			}
			b.Payment(&p)
			b.Payment(&sharelog.Payment{ID: 1 + rng.Uint64N(9), Pool: pool, Chain: chain, State: pick(rng, "sent", "sent", "confirmed", "failed")})
		case 3:
			b.Terms(&sharelog.Terms{Pool: pool, Chain: pick(rng, "c", "d"), Scheme: pick(rng, reward.Names...), FeeBPS: rng.Uint32N(500),
				Window: 500_000 * (1 + rng.Uint64N(5)), Payout: pick(rng, "pool", "pool", "miner", "coinbase")})
		case 5:
			b.Settings(randomSettings(rng, pool))
		}
	}
}

// randomBlock writes a state of a block and, before it or behind it, mostly the same
// each time, what its coinbase pays: also more than the block is worth to an account,
// and to one that never mined.
func randomBlock(rng *rand.Rand, b *sharelog.Batch, pool, account string) {
	hash, chain := [32]byte{byte(rng.IntN(20))}, pick(rng, "c", "d")
	block := &sharelog.Block{Pool: pool, Chain: chain, Hash: hash, Account: account,
		State:  pick(rng, "pending", "received", "accepted", "orphaned", "mature", "refused"),
		Reward: 4_999_999_999, Fees: rng.Uint64N(1000)}
	if rng.IntN(3) == 0 { // one that both pools may have, which no coinbase is known of
		b.Block(block)
		return
	}
	hash[1] = pool[0] // the coinbase of a block is one pool's
	block.Hash = hash
	paid := &sharelog.Coinbase{Pool: pool, Chain: chain, Hash: hash, Operator: rng.Uint64N(2) * rng.Uint64N(1e9)}
	for range rng.IntN(5) {
		paid.Outputs = append(paid.Outputs, sharelog.CoinbaseOutput{Account: pick(rng, "", "a", "b", "c", "paid before it mined"), Amount: rng.Uint64N(4e9)})
	}
	switch rng.IntN(4) {
	case 0:
		b.Block(block)
	case 1:
		b.Block(block)
		b.Coinbase(paid)
	default:
		b.Coinbase(paid)
		b.Block(block)
	}
}

func randomSettings(rng *rand.Rand, pool string) *sharelog.Settings {
	s := sharelog.Settings{
		Time: rng.Int64N(1e6), Stated: 1 + rng.Int64N(1000), Pool: pool, Account: pick(rng, "", "a", "b", "c", "set before it mined"),
		By: pick(rng, "owner", "owner", "owner", "operator"), Message: "m", Signature: "s",
	}
	for range rng.IntN(5) {
		s.Set = append(s.Set, sharelog.Setting{
			Key: pick(rng, "payout", "minimum", "donation", "donation", "of a later version"), Chain: pick(rng, "c", "d"),
			Address: pick(rng, "", "x", "y"), Amount: rng.Uint64N(12_000) * rng.Uint64N(2),
		})
	}
	for i := range s.Set {
		if s.Set[i].Key == "donation" {
			s.Set[i].Chain = ""
		}
	}
	return &s
}

func pick(rng *rand.Rand, s ...string) string { return s[rng.IntN(len(s))] }

func compare(t *testing.T, l *Ledger, want naive) {
	t.Helper()
	for _, pool := range []string{"p", "q"} {
		check := func(k string, got Totals) {
			sum := want.work[k]
			if sum == nil {
				sum = new(big.Int)
			}
			if got.Accepted != want.accepted[k] || got.Work.Big().Cmp(sum) != 0 {
				t.Errorf("%q: got %d shares of %v, want %d of %v", k, got.Accepted, got.Work.Big(), want.accepted[k], sum)
			}
		}
		totals, err := l.Pool(pool)
		if err != nil {
			t.Fatal(err)
		}
		check(pool, totals)
		for _, reason := range []string{"stale", "low"} {
			if got := totals.Rejected[reason]; got != want.rejected[pool+"/"+reason] {
				t.Errorf("%s %s: got %d, want %d", pool, reason, got, want.rejected[pool+"/"+reason])
			}
		}
		accounts, err := l.Accounts(pool, nil, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range accounts {
			check(pool+"/"+a.Name, a.Totals)
			workers, err := l.Workers(pool, a.Name, nil, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range workers {
				check(pool+"/"+a.Name+"/"+w.Name, w.Totals)
			}
		}
	}
	blocks, err := l.Blocks(Filter{}, 0, maxPage)
	if err != nil || len(blocks) != len(want.blocks) {
		t.Fatalf("got %d blocks (%v), want %d", len(blocks), err, len(want.blocks))
	}
	for _, b := range blocks {
		if state := want.blocks[b.Chain+string(b.Hash[:])]; state != b.State {
			t.Errorf("block %x: got %s, want %s", b.Hash[:1], b.State, state)
		}
	}
}

func dump(t *testing.T, l *Ledger) map[string]string {
	out := map[string]string{}
	err := l.db.View(func(tx store.Tx) error {
		return tx.ForEach(func(bucket []byte, b store.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if where := string(bucket) + "/" + string(k); where == "meta/schemes" || where == "meta/tail" || bytes.Equal(bucket, bucketSchemes) || bytes.Equal(bucket, bucketTerms) {
					return nil // where schemes were saved last, and what only Run notes
				}
				out[string(bucket)+"/"+string(k)] = string(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// BenchmarkFold folds shares of 1,000 accounts, without reward schemes and with a
// parent and five auxiliary chains.
func BenchmarkFold(b *testing.B) {
	for _, scheme := range []string{"none", "pplns", "pps+"} {
		b.Run(scheme, func(b *testing.B) { benchFold(b, scheme) })
	}
}

func benchFold(b *testing.B, scheme string) {
	log := mustLogSized(b)
	var batch sharelog.Batch
	job := sharelog.Job{Pool: "p"}
	for i := 0; i < 6 && scheme != "none"; i++ {
		chain := fmt.Sprint("chain", i)
		batch.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: scheme, FeeBPS: 100, Payout: "pool"})
		job.Chains = append(job.Chains, sharelog.JobChain{Name: chain, Difficulty: 1e9 / float64(i+1), Height: 1, Reward: 312_500_000, Fees: 1})
	}
	batch.Job(&job)
	for i := range b.N {
		batch.Share(&sharelog.Share{Time: int64(i), Pool: "p", Account: fmt.Sprint("account", i%1000), Worker: "rig", Difficulty: 1000, Achieved: 1})
		if batch.Len() == 1000 || i == b.N-1 {
			if err := log.Append(&batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	l := mustLedger(b, filepath.Join(b.TempDir(), "db"), log)
	b.ReportAllocs()
	b.ResetTimer()
	run(b, l, log)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
}

func mustLogSized(b *testing.B) *sharelog.Log {
	log, err := sharelog.Open(b.TempDir(), sharelog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { log.Close() })
	return log
}
