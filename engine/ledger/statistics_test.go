package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// epoch is when random records begin.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// randomTime is within some hours or some months.
func randomTime(rng *rand.Rand) int64 {
	span := 3 * time.Hour
	if rng.IntN(10) == 0 {
		span = 200 * 24 * time.Hour
	}
	return epoch.Add(time.Duration(rng.Int64N(int64(span)))).UnixMilli()
}

// naiveStatistics is one name's model: one pass over the log.
type naiveStatistics struct {
	accepted uint64
	work     *big.Int
	refused  [4]uint64
	days     map[int64]uint64   // accepted
	best     map[string]float64 // by chain, in its round
}

func modelStatistics(t *testing.T, log *sharelog.Log) map[string]*naiveStatistics {
	t.Helper()
	out := map[string]*naiveStatistics{}
	begun, ended := map[string]map[string]bool{}, map[string]bool{} // chains of pools; blocks
	at := func(pool, account, worker string) (rows []*naiveStatistics) {
		for _, k := range [][]byte{key(pool), key(pool, account), key(pool, account, worker)} {
			if out[string(k)] == nil {
				out[string(k)] = &naiveStatistics{work: new(big.Int), days: map[int64]uint64{}, best: map[string]float64{}}
			}
			rows = append(rows, out[string(k)])
		}
		return rows
	}
	begin := func(pool, chain string) {
		if begun[pool] == nil {
			begun[pool] = map[string]bool{}
		}
		begun[pool][chain] = true
		for k, row := range out {
			if bytes.HasPrefix([]byte(k), key(pool)) {
				row.best[chain] = 0
			}
		}
	}
	r := log.Read(0)
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch rec.Kind {
		case sharelog.KindShare:
			s := rec.Share
			units, _ := new(big.Float).SetMantExp(big.NewFloat(s.Difficulty), 48).Int(nil)
			for _, row := range at(s.Pool, s.Account, s.Worker) {
				row.accepted++
				row.work.Add(row.work, units)
				row.days[s.Time/86400_000]++
				for chain := range begun[s.Pool] {
					row.best[chain] = max(row.best[chain], s.Achieved)
				}
			}
		case sharelog.KindRejects:
			for _, row := range at(rec.Rejects.Pool, rec.Rejects.Account, rec.Rejects.Worker) {
				row.refused[map[string]int{"stale": 0, "duplicate": 1, "low-difficulty": 2, "low": 3}[rec.Rejects.Reason]] += rec.Rejects.Count
			}
		case sharelog.KindJob:
			for _, c := range rec.Job.Chains {
				if !begun[rec.Job.Pool][c.Name] {
					begin(rec.Job.Pool, c.Name)
				}
			}
		case sharelog.KindBlock:
			if k := rec.Block.Chain + string(rec.Block.Hash[:]); !ended[k] {
				ended[k] = true
				begin(rec.Block.Pool, rec.Block.Chain)
			}
		}
	}
}

// compareStatistics compares those of all names with the model, and the sum of
// the days with the totals.
func compareStatistics(t *testing.T, l *Ledger, log *sharelog.Log) {
	t.Helper()
	check := func(got Statistics, err error, want *naiveStatistics, k string) {
		t.Helper()
		if err != nil || want == nil {
			t.Fatalf("%q: %v; the model has %v", k, err, want)
		}
		sum := got.Total()
		if sum.Accepted != want.accepted || sum.Work.Big().Cmp(want.work) != 0 || sum.Refused != want.refused {
			t.Errorf("%q: got %+v, want %+v", k, sum, want)
		}
		if sum.Accepted != got.Accepted || sum.Work != got.Work {
			t.Errorf("%q: levels have %d shares of %v, totals %d of %v", k, sum.Accepted, sum.Work, got.Accepted, got.Work)
		}
		days, all := map[int64]uint64{}, stats.Tally{}
		for _, p := range got.History(stats.Days, epoch, epoch.AddDate(1, 0, 0)) {
			if p.Accepted > 0 {
				days[p.Start.Unix()/86400] = p.Accepted
			}
			all.Add(&p.Tally)
		}
		if !reflect.DeepEqual(days, want.days) || all != sum {
			t.Errorf("%q: got days %v, want %v; their sum is %+v, want %+v", k, days, want.days, all, sum)
		}
		for chain, best := range want.best {
			if got.RoundBest[chain] != best {
				t.Errorf("%q: best in the round of %s: got %v, want %v", k, chain, got.RoundBest[chain], best)
			}
		}
	}
	want := modelStatistics(t, log)
	for _, pool := range []string{"p", "q"} {
		got, err := l.PoolStatistics(pool)
		check(got, err, want[string(key(pool))], pool)
		accounts, err := l.Accounts(pool, nil, maxPage)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range accounts {
			got, err := l.AccountStatistics(pool, a.Name)
			check(got, err, want[string(key(pool, a.Name))], a.Name)
			workers, err := l.Workers(pool, a.Name, nil, maxPage)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range workers {
				got, err := l.WorkerStatistics(pool, a.Name, w.Name)
				check(got, err, want[string(key(pool, a.Name, w.Name))], a.Name+"."+w.Name)
			}
		}
	}
	if _, err := l.WorkerStatistics("p", "a", "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown worker: got %v, want ErrNotFound", err)
	}
}

// mustLoseStatistics makes the database what the version before statistics
// leaves.
func mustLoseStatistics(t testing.TB, l *Ledger) {
	t.Helper()
	err := l.db.Update(func(tx store.Tx) error {
		if err := takeBack(tx, 5); err != nil { // the advances are made by an upgrade, too
			return err
		}
		for _, name := range append([][]byte{bucketBegun, bucketEnded}, bucketLevels[:]...) {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketPools, bucketAccounts, bucketWorkers} {
			short := map[string][]byte{}
			b := tx.Bucket(name)
			err := b.ForEach(func(k, v []byte) error {
				var totals Totals
				_, err := totals.parse(v)
				short[string(k)] = totals.append(nil)
				return err
			})
			for k, v := range short {
				err = errors.Join(err, b.Put([]byte(k), v))
			}
			if err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Delete(keyCounted), meta.Put(keySchema, u64(3)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mustCatchUp folds until the statistics are where the accounts are.
func mustCatchUp(t testing.TB, l *Ledger) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = l.countStep(maxRecords); err != nil {
			t.Fatal(err)
		}
	}
	if l.Counted() != l.Position() {
		t.Fatalf("statistics are at %d, accounts at %d", l.Counted(), l.Position())
	}
}

// TestStatisticsOfOlderLedgers upgrades databases without statistics, with crashes
// and new shares on the way, and expects what a ledger with statistics has.
func TestStatisticsOfOlderLedgers(t *testing.T) {
	for seed := range fewer(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 8))
			dir := t.TempDir()
			log := mustLog(t, filepath.Join(dir, "shares"))
			path := filepath.Join(dir, "db")
			for range 60 {
				mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
			}
			l := mustLedger(t, path, log)
			run(t, l, log)
			mustLoseStatistics(t, l)
			l.Close()

			crash := errors.New("crash")
			for range 8 {
				l = mustLedger(t, path, log)
				if l.Counted() >= l.Position() {
					t.Fatalf("statistics are at %d of %d before they are made", l.Counted(), l.Position())
				}
				if _, err := l.countStep(1 + rng.IntN(15)); err != nil {
					t.Fatal(err)
				}
				mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
				foldAndCrash(t, rng, l, log)
				l.update = func(f func(store.Tx) error) error {
					return l.db.Update(func(tx store.Tx) error { return errors.Join(f(tx), crash) })
				}
				if _, err := l.countStep(10); !errors.Is(err, crash) || !errors.Is(err, errWrite) {
					t.Fatalf("got %v, want a failed write", err)
				}
				l.Close()
			}
			l = mustLedger(t, path, log)
			run(t, l, log)
			mustCatchUp(t, l)
			compareStatistics(t, l, log)
			agrees(t, l, log) // with a ledger folded from the log
		})
	}
}

// TestStatisticsOfWhatIsLeft upgrades where the log no longer reaches back, while
// Run folds: there are statistics of what is left.
func TestStatisticsOfWhatIsLeft(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	share := func(n int) {
		for range n {
			mustAppend(t, log, func(b *sharelog.Batch) {
				b.Share(&sharelog.Share{Pool: "p", Account: "a", Worker: "w", Difficulty: 1, Time: epoch.UnixMilli()})
			})
		}
	}
	share(500)
	l := mustLedger(t, path, log)
	run(t, l, log)
	mustLoseStatistics(t, l)
	err := l.db.Update(func(tx store.Tx) error { // as after more shares than these
		return tx.Bucket(bucketMeta).Put(keySchemes, u64(uint64(l.position)))
	})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	if err := log.Retire(log.End() - 1); err != nil {
		t.Fatal(err)
	}
	if log.Start() == 0 {
		t.Fatal("nothing was retired")
	}
	left := uint64(0)
	for r := log.Read(log.Start()); ; left++ {
		if _, _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}

	l = mustLedger(t, path, log)
	share(7)
	run(t, l, log)
	mustCatchUp(t, l)
	got, err := l.AccountStatistics("p", "a")
	if err != nil {
		t.Fatal(err)
	}
	if sum := got.Total(); sum.Accepted != left+7 || got.Accepted != 507 {
		t.Errorf("got %d shares over time and %d in all, want %d and 507", sum.Accepted, got.Accepted, left+7)
	}
}

// TestRunMakesStatistics upgrades with Run alone.
func TestRunMakesStatistics(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	rng := rand.New(rand.NewPCG(9, 9))
	for range 50 {
		mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
	}
	l := mustLedger(t, path, log)
	run(t, l, log)
	mustLoseStatistics(t, l)
	l.Close()

	l = mustLedger(t, path, log)
	done := make(chan error, 1)
	go func() { done <- l.Run(t.Context()) }()
	for end := time.Now().Add(time.Minute); l.Counted() != log.End(); {
		if time.Now().After(end) {
			t.Fatalf("statistics are at %d of %d", l.Counted(), log.End())
		}
		time.Sleep(time.Millisecond)
	}
	compareStatistics(t, l, log)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLuck(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	for i, work := range []float64{50, 200, 100} {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Job(&sharelog.Job{Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 100}, {Name: "cc", Difficulty: 1}}})
			b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: work})
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{byte(i)}, State: "pending"})
			b.Block(&sharelog.Block{Pool: "p", Chain: "cc", Hash: [32]byte{byte(i)}, State: "pending"})
			b.Share(&sharelog.Share{Pool: "q", Account: "a", Difficulty: work})
			b.Block(&sharelog.Block{Pool: "q", Chain: "c", Hash: [32]byte{9, byte(i)}, State: "pending"}) // of no known difficulty
		})
	}
	mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 25}) })
	l := mustLedger(t, filepath.Join(dir, "db"), log)
	run(t, l, log)
	for _, c := range []struct {
		pool string
		n    int
		want Luck
	}{
		{"p", 1, Luck{1, 1, 1}},
		{"p", 2, Luck{2, 1.5, 1 / 1.5}},
		{"p", 9, Luck{3, 3.5 / 3, 1 / (3.5 / 3)}},
		{"q", 9, Luck{}},
		{"other", 9, Luck{}},
	} {
		if got, err := l.Luck(c.pool, "c", c.n); err != nil || got != c.want {
			t.Errorf("%s, %d blocks: got %+v (%v), want %+v", c.pool, c.n, got, err, c.want)
		}
	}
	if r, err := l.Round("p", "c"); err != nil || r.Ratio() != 0.25 {
		t.Errorf("present round: got effort %v (%v), want 0.25", r.Ratio(), err)
	}
}
