package ledger

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

// BenchmarkCompare folds shares of 1,000 accounts again, with a parent and five auxiliary
// chains by pplns, and compares the rows.
func BenchmarkCompare(b *testing.B) {
	log := mustLogSized(b)
	var batch sharelog.Batch
	job := sharelog.Job{Pool: "p"}
	for i := range 6 {
		chain := fmt.Sprint("chain", i)
		batch.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: "pplns", Payout: "pool"})
		job.Chains = append(job.Chains, sharelog.JobChain{Name: chain, Difficulty: 1e9, Height: 1, Reward: 312_500_000})
	}
	batch.Job(&job)
	for i := range b.N {
		batch.Share(&sharelog.Share{Time: int64(i), Pool: "p", Account: fmt.Sprint("account", i%1000), Worker: "rig", Difficulty: 1000, Achieved: 1})
		if batch.Len() >= 1000 || i == b.N-1 {
			if err := log.Append(&batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	l := mustLedger(b, filepath.Join(b.TempDir(), "db"), log)
	run(b, l, log)
	var copied bytes.Buffer
	if err := l.Copy(&copied); err != nil {
		b.Fatal(err)
	}
	scratch, err := boltdb.Open(filepath.Join(b.TempDir(), "scratch"))
	if err != nil {
		b.Fatal(err)
	}
	defer scratch.Close()
	scratch.SetNoSync()
	b.ResetTimer()
	c, err := Compare(b.Context(), &copied, log, scratch)
	if err != nil || c.Differ > 0 {
		b.Fatal(c, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
}
