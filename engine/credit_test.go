package engine

import (
	"testing"

	"github.com/motherlode-pool/motherlode/stratum"
)

// A share that meets only what became of the session's difficulty later is accepted
// and leaves no trace in the accounts; one that meets its job's is credited with it.
func TestCreditIsTheJobsOwnDifficulty(t *testing.T) {
	for name, elsewhere := range map[string]bool{"at once": false, "late": true} {
		t.Run(name, func(t *testing.T) {
			b := newScryptBench(t, elsewhere)
			sub := b.submission(t)
			sub.Full, sub.FullTarget = 2e-9, b.Target(2e-9) // eight hashes or so
			subs := make([]stratum.Submission, 400)
			for i := range subs {
				nextShare(sub, true)
				subs[i] = *sub
			}
			met, none, work := 0, 0, 0.0
			for _, r := range b.judgeTurn(t, subs) {
				switch {
				case r.Reason != stratum.Accepted:
					t.Fatalf("judged %v, want accepted", r.Reason)
				case r.Achieved >= sub.Full && r.Difficulty == sub.Full:
					met++
				case r.Achieved < sub.Full && r.Difficulty == 0:
					none++
				default:
					t.Fatalf("a hash of %v is credited with %v", r.Achieved, r.Difficulty)
				}
				work += r.Difficulty
			}
			if met == 0 || none == 0 {
				t.Fatalf("%d met the job's difficulty and %d did not: nothing was tried", met, none)
			}
			w := sub.Worker.(*worker).known()
			if n, sum := b.stats.acceptedShares.Load(), b.stats.work.load(); n != uint64(met) || sum != work || w.work.load() != work {
				t.Errorf("%d shares of %v counted, %v for the worker; want %d of %v", n, sum, w.work.load(), met, work)
			}
		})
	}
}
