package submit

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// TestAttemptsKeepTheNodesWords: each submission counts, and of the last one is
// known what the node said, and how long it took.
func TestAttemptsKeepTheNodesWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		ch.submit = func(n int, _ string) (coins.Verdict, error) {
			if n == 1 {
				return coins.Verdict{}, errNoAnswer
			}
			time.Sleep(340 * time.Millisecond)
			return coins.Verdict{Code: coins.Rejected, Reason: "bad-txns", Node: "n:1"}, nil
		}
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		defer g.stop()
		if _, ok := g.c.Attempts("a"); ok {
			t.Error("attempts before the first")
		}
		g.deliver(parentBlock("a", 1))
		g.wait(time.Minute)
		got, ok := g.c.Attempts("a")
		if !ok || got.By["unanswered"] != 1 || got.By["rejected"] != 1 || len(got.By) != 2 {
			t.Fatalf("got %+v, want one unanswered and one rejected", got)
		}
		l := got.Last
		if l.Outcome() != "rejected" || l.Verdict.Reason != "bad-txns" || l.Verdict.Node != "n:1" || l.Took != 340*time.Millisecond || l.Found.Hash != (coins.Hash{1}) {
			t.Errorf("got %+v", l)
		}
		if got.Took.Count != 2 || got.Took.Sum != l.Took {
			t.Errorf("timed %+v, want one of no time and one of %v", got.Took, l.Took)
		}
		if l.Found.Block != nil {
			t.Error("the body is kept")
		}
	})
}

// TestOrphanIsToldInTheNodesWords: an uncle that is paid is more than an orphan.
func TestOrphanIsToldInTheNodesWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const note = "uncle, named by block 108"
		ch := newFakeChain()
		ch.lookup = func(int) (coins.BlockStatus, error) {
			return coins.BlockStatus{State: coins.BlockSide, Height: 101, Note: note}, nil
		}
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		g.wait(time.Minute)
		ch.set(func() { ch.height = 120 })
		g.wait(5 * time.Minute)
		g.mu.Lock()
		last := g.events[len(g.events)-1]
		g.mu.Unlock()
		if last.State != Orphaned || last.Verdict.Reason != note {
			t.Errorf("got %s %q, want an orphan and %q", last.State, last.Verdict.Reason, note)
		}
	})
}
