package audit

import (
	"fmt"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

func mustLog(t testing.TB, dir string) *sharelog.Log {
	t.Helper()
	l, err := sharelog.Open(dir, sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// benchChains is a parent and five auxiliary chains.
const benchChains = 6

// fill writes n shares of 1,000 accounts in a pool with six chains, and a block of
// the audited one every tenth of them.
func fill(b testing.TB, log *sharelog.Log, scheme string, n int) {
	b.Helper()
	var batch sharelog.Batch
	job := sharelog.Job{Pool: "p"}
	for i := range benchChains {
		chain := fmt.Sprint("chain", i)
		batch.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: scheme, FeeBPS: 100, Window: 2_000_000, Payout: "pool"})
		job.Chains = append(job.Chains, sharelog.JobChain{Name: chain, Difficulty: 1e9 / float64(i+1), Height: 1, Reward: 312_500_000, Fees: 1})
	}
	batch.Job(&job)
	share := sharelog.Share{Pool: "p", Worker: "rig", Difficulty: 1000, Achieved: 1, Extranonce: make([]byte, 8)}
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("account", i)
	}
	for i := range n {
		share.Time, share.Account = int64(i), names[i%len(names)]
		batch.Share(&share)
		if i%(max(n/10, 1)) == n/20 {
			batch.Block(&sharelog.Block{Pool: "p", Chain: "chain0", Hash: [32]byte{31: byte(i / max(n/10, 1)), 0: 7}, Height: uint64(i), State: "mature", Account: names[3], Reward: 312_500_000, Fees: 5})
		}
		if batch.Len() >= 100 || i == n-1 {
			if err := log.Append(&batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
}
