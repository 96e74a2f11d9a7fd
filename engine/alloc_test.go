//go:build !race

package engine

import "testing"

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
