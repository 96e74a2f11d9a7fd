//go:build !race

package engine

import (
	"context"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/stratum"
)

// TestTurnDoesNotAllocate is not for the race detector: under it a sync.Pool
// throws away a part of what it is given.
func TestTurnDoesNotAllocate(t *testing.T) {
	for _, aux := range []int{0, 5} {
		b := newBench(t, aux)
		s := b.submission(t)
		turn := func(shares int) {
			if err := b.turn(s, shares, true); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			turn(64)
		}
		for _, shares := range []int{1, 64} {
			if got := testing.AllocsPerRun(100, func() { turn(shares) }); got != 0 {
				t.Errorf("%d aux chains, %d shares a commit: %v allocations a turn, want 0", aux, shares, got)
			}
		}
	}
}

func TestSHA3xTurnDoesNotAllocate(t *testing.T) {
	b := sha3xBench(t)
	s := b.blobSubmission(t)
	turn := func() {
		turn := b.Begin()
		for range 64 {
			s.Nonce += 1 << 16
			if r := turn.Judge(s); r.Reason != stratum.Accepted {
				t.Fatalf("judged %v", r.Reason)
			}
		}
		if err := turn.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		turn()
	}
	if got := testing.AllocsPerRun(100, turn); got != 0 {
		t.Errorf("64 shares: %v allocations, want 0", got)
	}
}

// A turn whose coin hashes allocates what the call has, its context, and
// nothing for a share.
func TestLateTurnAllocatesNothingForAShare(t *testing.T) {
	b := newBench(t, 0)
	b.hashBy(t, func(_ context.Context, _ int, _, _ []byte, out []coins.Hash) error {
		for i := range out {
			out[i] = coins.Hash{31: 1}
		}
		return nil
	}, batch.Options{})
	s := b.submission(t)
	var results [64]stratum.Result
	turn := func() {
		turn := b.Begin()
		for range results {
			nextShare(s, true)
			if r := turn.Judge(s); r.Reason != stratum.Pending {
				t.Fatalf("judged %v", r.Reason)
			}
		}
		turn.(stratum.LateTurn).Await(results[:])
		for i := range results {
			if results[i].Reason != stratum.Accepted {
				t.Fatalf("share %d: %v", i, results[i].Reason)
			}
		}
		if err := turn.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		turn()
	}
	if got := testing.AllocsPerRun(100, turn); got > 10 {
		t.Errorf("%v allocations for 64 shares, want those of a call", got)
	}
}
