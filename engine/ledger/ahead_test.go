package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// watched is a transaction that reads ahead, and counts what was asked for and was not
// read ahead nor put before.
type watched struct {
	store.Tx
	ahead  map[string]map[string]bool // keys by bucket
	missed map[string]int             // by bucket
}

func (w *watched) ReadAhead(bucket []byte, keys [][]byte) {
	if w.ahead[string(bucket)] == nil {
		w.ahead[string(bucket)] = map[string]bool{}
	}
	for _, k := range keys {
		w.ahead[string(bucket)][string(k)] = true
	}
}

func (w *watched) Bucket(name []byte) store.Bucket {
	return watchedBucket{w.Tx.Bucket(name), w, string(name), map[string]bool{}}
}

type watchedBucket struct {
	store.Bucket
	tx   *watched
	name string
	put  map[string]bool
}

func (b watchedBucket) Get(key []byte) []byte {
	if !b.tx.ahead[b.name][string(key)] {
		b.tx.missed[b.name]++
	}
	return b.Bucket.Get(key)
}

// mustManyNames writes a log of 900 accounts with two workers each, over a day and an
// hour: more than is read ahead at a time. Chains pay by block and by share. It calls
// fold after each part of it.
func mustManyNames(t *testing.T, log *sharelog.Log, fold func()) {
	t.Helper()
	const accounts = 900
	job := sharelog.Job{Pool: "p", Time: epoch.UnixMilli()}
	mustAppend(t, log, func(b *sharelog.Batch) {
		for i, scheme := range []string{"pplns", "pps"} {
			chain := fmt.Sprint("chain", i)
			b.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: scheme, FeeBPS: 100, Window: 2_000_000, Payout: "pool"})
			job.Chains = append(job.Chains, sharelog.JobChain{Name: chain, Difficulty: 1e6, Height: 1, Reward: 312_500_000})
		}
		b.Job(&job)
	})
	fold() // so that it is known which balances a share changes
	block := sharelog.Block{Pool: "p", Chain: "chain0", Account: "account1", Worker: "rig1", Reward: 312_500_000, State: "accepted"}
	hours := []time.Duration{0, 20 * time.Minute, 59 * time.Minute, 61 * time.Minute, 3 * time.Hour, 25 * time.Hour}
	for round, after := range hours {
		mustAppend(t, log, func(b *sharelog.Batch) {
			for i := range 2 * accounts {
				at := epoch.Add(after).UnixMilli() + int64(i)*30
				account, worker := fmt.Sprint("account", i/2), fmt.Sprint("rig", i%2)
				b.Share(&sharelog.Share{Time: at, Pool: "p", Account: account, Worker: worker, Difficulty: 1024, Achieved: float64(1 + i*round%7)})
				if i%5 == round {
					b.Rejects(&sharelog.Rejects{Time: at - 120_000, Pool: "p", Account: account, Worker: worker, Reason: "stale", Count: 2, Work: 64})
				}
			}
			if round >= 2 {
				block.Time, block.Confirmations = epoch.Add(after+time.Minute).UnixMilli(), uint64(round)
				block.State = []string{"", "", "accepted", "mature", "orphaned", "orphaned"}[round]
				b.Block(&block)
			}
		})
		fold()
	}
}

// TestReadAheadChangesNothing folds a log of many names with and without reading ahead,
// and over PostgreSQL, where there is one. The rows are the same, and nearly all of them
// were read ahead.
func TestReadAheadChangesNothing(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "log"))
	missed, commits := map[string]int{}, 0
	ahead := mustLedger(t, filepath.Join(dir, "ahead"), log)
	ahead.update = func(fold func(store.Tx) error) error {
		return ahead.db.Update(func(tx store.Tx) error {
			commits++
			return fold(&watched{tx, map[string]map[string]bool{}, missed})
		})
	}
	mustManyNames(t, log, func() {
		r := log.Read(ahead.Position())
		defer r.Close()
		for more := true; more; {
			var err error
			if more, err = ahead.step(r); err != nil {
				t.Fatal(err)
			}
		}
	})
	l := mustLedger(t, filepath.Join(dir, "file"), log)
	run(t, l, log)
	want := dump(t, l)
	mustBeSame(t, dump(t, ahead), want)
	for bucket, least := range map[string]int{
		"accounts": 0, "workers": 0, "balances": 2 * commits, // the operator's
		"minutes": 0, "hours": 0, "days": 0, "older": 0,
	} {
		if missed[bucket] > least {
			t.Errorf("%s: %d rows were not read ahead in %d commits, want at most %d", bucket, missed[bucket], commits, least)
		}
	}

	t.Run("postgresql", func(t *testing.T) {
		mustPostgres(t)
		l := mustLedger(t, filepath.Join(dir, "postgresql"), log)
		run(t, l, log)
		mustBeSame(t, dump(t, l), want)
	})
}

// mustBeSame compares all rows.
func mustBeSame(t *testing.T, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	wrong := 0
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] == want[k] {
			continue
		}
		if wrong++; wrong <= 5 {
			t.Errorf("%q: got %x, want %x", bytes.TrimSpace([]byte(k)), got[k], want[k])
		}
	}
	t.Fatalf("%d of %d rows differ, and there are %d", wrong, len(want), len(got))
}
