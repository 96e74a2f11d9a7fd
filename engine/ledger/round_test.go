package ledger

import (
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/work"
)

// Work done while a chain was in no job did not look for its block, and work counts by
// the difficulty of its time.
func TestEffortOfARound(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	now := int64(0)
	job := func(chains ...sharelog.JobChain) {
		now++
		mustAppend(t, log, func(b *sharelog.Batch) { b.Job(&sharelog.Job{Pool: "p", Time: now, Chains: chains}) })
	}
	main := func(difficulty float64) sharelog.JobChain {
		return sharelog.JobChain{Name: "main", Difficulty: difficulty}
	}
	aux := func(difficulty float64) sharelog.JobChain {
		return sharelog.JobChain{Name: "aux", Difficulty: difficulty}
	}
	mine := func(d float64) {
		now++
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Share(&sharelog.Share{Time: now, Pool: "p", Account: "a", Difficulty: d})
		})
	}
	block := func(chain string, n byte) {
		now++
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: "p", Chain: chain, Hash: [32]byte{n}, Time: now, State: "pending"})
		})
	}
	want := func(chain string, effort, done float64, out bool) {
		t.Helper()
		l := mustLedger(t, path, log) // each time another start, and another transaction
		run(t, l, log)
		r, err := l.Round("p", chain)
		if err != nil || math.Abs(r.Ratio()-effort) > 1e-12 || r.Work.Difficulty() != done || r.Out != out {
			t.Errorf("round of %s: effort %v of work %v, out %v (%v), want %v of %v, %v", chain, r.Ratio(), r.Work.Difficulty(), r.Out, err, effort, done, out)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}

	job(main(100), aux(10))
	mine(5)
	want("aux", 0.5, 5, false)
	job(main(100)) // aux has fallen silent
	mine(50)
	want("aux", 0.5, 5, true)
	want("main", 0.55, 55, false)
	job(main(100))
	mine(50)
	want("aux", 0.5, 5, true)
	job(main(100), aux(20))
	mine(10)
	want("aux", 1, 15, false)
	job(main(200), aux(20)) // the parent's difficulty doubles
	mine(20)
	want("main", 1.25, 135, false)
	want("aux", 2, 35, false)
	job(main(200))
	mine(4)
	block("aux", 1) // a late share of a job that had the chain
	mine(4)
	want("aux", 0, 0, true)
	block("main", 2)
	job(main(200), aux(40))
	mine(10)
	want("aux", 0.25, 10, false)
	want("main", 0.05, 10, false)

	l := mustLedger(t, path, log)
	for chain, want := range map[string]Block{"aux": {Rounds: 2, Network: 20, RoundStart: 1}, "main": {Rounds: 1.29, Network: 200, RoundStart: 1}} {
		rows, err := l.Blocks(Filter{Chain: chain}, 0, 9)
		if err != nil || len(rows) != 1 || math.Abs(rows[0].Ratio()-want.Rounds) > 1e-12 || rows[0].Network != want.Network || rows[0].RoundStart != want.RoundStart {
			t.Errorf("block of %s: got %+v (%v), want %+v", chain, rows, err, want)
		}
	}
}

// A round and a block as schema 6 noted them: all work by the newest difficulty.
func TestRoundOfSchema6GoesOn(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	add := func(difficulty, work float64) {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Job(&sharelog.Job{Pool: "p", Time: 1, Chains: []sharelog.JobChain{{Name: "c", Difficulty: difficulty}}})
			b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: work})
		})
	}
	add(100, 30)
	l := mustLedger(t, path, log)
	run(t, l, log)
	err := l.db.Update(func(tx store.Tx) error {
		raw, err := json.Marshal(map[string]any{"StartWork": Work{}, "Started": 1, "Network": 100, "Height": 7, "Blocks": 3})
		if err != nil {
			return err
		}
		return tx.Bucket(bucketRounds).Put(key("p", "c"), raw)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	add(100, 20)
	l = mustLedger(t, path, log)
	run(t, l, log)
	if r, err := l.Round("p", "c"); err != nil || r.Ratio() != 0.5 || r.Blocks != 3 {
		t.Errorf("got %+v (%v), want half a block's work", r, err)
	}
	if b := (Block{Effort: work.Of(50), Network: 200}); b.Ratio() != 0.25 {
		t.Errorf("a block of before: effort %v, want 0.25", b.Ratio())
	}
}
