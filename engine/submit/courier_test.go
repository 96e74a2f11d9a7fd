package submit

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func verdict(code coins.VerdictCode) func(int, string) (coins.Verdict, error) {
	return func(int, string) (coins.Verdict, error) { return coins.Verdict{Code: code, Reason: "because"}, nil }
}

func status(st coins.BlockState) func(int) (coins.BlockStatus, error) {
	return func(int) (coins.BlockStatus, error) {
		s := coins.BlockStatus{State: st, Height: 101}
		if st == coins.BlockBestChain {
			s.Confirmations = 1
		}
		return s, nil
	}
}

func TestLifeOfABlock(t *testing.T) {
	for _, c := range []struct {
		name    string
		setup   func(*fakeChain)
		later   func(*fakeChain) // after a minute
		wait    time.Duration
		want    []State
		submits int
	}{
		{name: "accepted", wait: time.Minute, want: []State{Pending, Received, Accepted}, submits: 1},
		{name: "mature", later: func(c *fakeChain) {
			c.status[coins.Hash{1}] = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 10, Height: 101}
		}, wait: 10 * time.Minute, want: []State{Pending, Received, Accepted, Mature}, submits: 1},
		{name: "was in already", setup: func(c *fakeChain) {
			c.status[coins.Hash{1}] = coins.BlockStatus{State: coins.BlockBestChain, Confirmations: 1}
		}, wait: time.Minute, want: []State{Pending, Received, Accepted}, submits: 1},
		{name: "no answer three times", setup: func(c *fakeChain) {
			c.submit = func(n int, _ string) (coins.Verdict, error) {
				if n <= 3 {
					return coins.Verdict{}, errNoAnswer
				}
				return coins.Verdict{Code: coins.Received}, nil
			}
		}, wait: time.Minute, want: []State{Pending, Received, Accepted}, submits: 4},
		{name: "refused", setup: func(c *fakeChain) { c.submit = verdict(coins.Rejected) },
			wait: time.Minute, want: []State{Pending, Refused}, submits: 1},
		{name: "stale", setup: func(c *fakeChain) { c.submit = verdict(coins.Stale) },
			wait: time.Minute, want: []State{Pending, Refused}, submits: 1},
		{name: "refused but it came another way", setup: func(c *fakeChain) {
			c.submit, c.lookup = verdict(coins.Rejected), status(coins.BlockBestChain)
		}, wait: time.Minute, want: []State{Pending, Accepted}, submits: 1},
		{name: "refused and the look-up fails at first", setup: func(c *fakeChain) {
			c.submit = verdict(coins.Stale)
			c.lookup = func(n int) (coins.BlockStatus, error) {
				if n < 3 {
					return coins.BlockStatus{}, errNoAnswer
				}
				return status(coins.BlockBestChain)(n)
			}
		}, wait: time.Minute, want: []State{Pending, Accepted}, submits: 1},
		{name: "received on a side branch that loses", setup: func(c *fakeChain) { c.lookup = status(coins.BlockSide) },
			later: func(c *fakeChain) { c.height = 107 }, wait: 5 * time.Minute,
			want: []State{Pending, Received, Orphaned}, submits: 1},
		{name: "side branch that wins", setup: func(c *fakeChain) { c.lookup = status(coins.BlockSide) },
			later: func(c *fakeChain) { c.lookup = status(coins.BlockBestChain) }, wait: 5 * time.Minute,
			want: []State{Pending, Received, Accepted}, submits: 1},
		{name: "orphaned and back", later: func(c *fakeChain) {
			since := c.lookups
			c.lookup = func(n int) (coins.BlockStatus, error) {
				if n-since <= 4 {
					return status(coins.BlockSide)(n)
				}
				return status(coins.BlockBestChain)(n)
			}
		}, wait: 30 * time.Minute, want: []State{Pending, Received, Accepted, Orphaned, Accepted}, submits: 1},
		{name: "one look at a node that lags is no orphan", later: func(c *fakeChain) {
			since := c.lookups
			c.lookup = func(n int) (coins.BlockStatus, error) {
				if n-since == 1 {
					return status(coins.BlockUnknown)(n)
				}
				return status(coins.BlockBestChain)(n)
			}
		}, wait: 30 * time.Minute, want: []State{Pending, Received, Accepted}, submits: 1},
		{name: "a node that is catching up does not know it yet, which is no orphan", later: func(c *fakeChain) {
			c.height = 90 // it was killed, and has lost its last blocks
			c.lookup = func(n int) (coins.BlockStatus, error) {
				if c.height++; c.height <= 100 {
					return status(coins.BlockUnknown)(n)
				}
				return status(coins.BlockBestChain)(n)
			}
		}, wait: 30 * time.Minute, want: []State{Pending, Received, Accepted}, submits: 1},
		{name: "a node that has caught up and does not know it", later: func(c *fakeChain) {
			c.height, c.lookup = 101, status(coins.BlockUnknown)
		}, wait: 30 * time.Minute, want: []State{Pending, Received, Accepted, Orphaned}, submits: 1},
		{name: "orphaned for good", later: func(c *fakeChain) {
			c.lookup, c.height = status(coins.BlockSide), 111
		}, wait: 30 * time.Minute, want: []State{Pending, Received, Accepted, Orphaned, Orphaned}, submits: 1},
		{name: "too old while nobody answers", setup: func(c *fakeChain) {
			c.submit = func(int, string) (coins.Verdict, error) { return coins.Verdict{}, errNoAnswer }
			c.height = 107
		}, wait: time.Minute, want: []State{Pending, Lost}, submits: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := newFakeChain()
				if c.setup != nil {
					c.setup(ch)
				}
				g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
				g.deliver(parentBlock("a", 1))
				g.wait(time.Minute)
				if c.later != nil {
					ch.set(func() { c.later(ch) })
				}
				g.wait(c.wait)
				if got := g.states(); !slices.Equal(got, c.want) {
					t.Errorf("states: got %v, want %v", got, c.want)
				}
				if got := len(ch.got()); got != c.submits {
					t.Errorf("submitted %d times, want %d", got, c.submits)
				}
				g.stop()
			})
		})
	}
}

// A node that comes back after minutes has the block within seconds: each of them
// may make it an orphan.
func TestBlockWaitsNotLongForANodeThatIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := time.Now().Add(5 * time.Minute)
		ch := newFakeChain()
		var took time.Duration
		ch.submit = func(int, string) (coins.Verdict, error) {
			if time.Now().Before(back) {
				return coins.Verdict{}, errNoAnswer
			}
			took = time.Since(back)
			return coins.Verdict{Code: coins.Received}, nil
		}
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		g.wait(6 * time.Minute)
		if want := []State{Pending, Received, Accepted}; !slices.Equal(g.states(), want) || took > DefaultRetry {
			t.Errorf("states %v, handed over %s after the node was back, want within %s", g.states(), took, DefaultRetry)
		}
	})
}

func TestForgottenBlockIsHandedOverAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		ch.lookup = status(coins.BlockUnknown)
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		g.wait(20 * time.Second)
		if n := len(ch.got()); n < 2 {
			t.Errorf("submitted %d times, want it again after the node forgot it", n)
		}
		ch.set(func() { ch.lookup = nil })
		g.wait(time.Minute)
		if want := []State{Pending, Received, Accepted}; !slices.Equal(g.states(), want) {
			t.Errorf("states: got %v, want %v", g.states(), want)
		}
	})
}

func TestJournalIsWrittenBeforeTheFirstCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch})
		written := -1
		ch.submit = func(int, string) (coins.Verdict, error) {
			written = len(g.journal())
			return coins.Verdict{Code: coins.Received}, nil
		}
		g.run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		synctest.Wait()
		if written != 1 {
			t.Errorf("%d records in the journal at the first call, want 1", written)
		}
	})
}

func TestSecondSolutionOfTheSameWork(t *testing.T) {
	t.Run("is not submitted when the first is taken", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ch := newFakeChain()
			g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
			defer g.stop()
			for _, body := range []string{"1", "2", "3"} {
				g.deliver(auxBlock("a", 1, body))
				synctest.Wait()
			}
			g.wait(time.Minute)
			if got := ch.got(); !slices.Equal(got, []string{"1"}) {
				t.Errorf("submitted %v, want the first alone", got)
			}
			if want := []State{Pending, Received, Accepted}; !slices.Equal(g.states(), want) {
				t.Errorf("states: got %v, want one block: %v", g.states(), want)
			}
			if n := len(g.c.Rows()); n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
			before := len(g.journal())
			g.deliver(auxBlock("a", 1, "4"))
			if n := len(g.journal()); n != before {
				t.Errorf("a solution of an accepted block was written to the journal")
			}
		})
	})
	t.Run("is submitted when the first is refused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ch := newFakeChain()
			ch.submit = func(_ int, body string) (coins.Verdict, error) {
				if body == "3" {
					return coins.Verdict{Code: coins.Received}, nil
				}
				return coins.Verdict{Code: coins.Rejected}, nil
			}
			g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch})
			g.deliver(auxBlock("a", 1, "1")) // before Run: both wait
			g.deliver(auxBlock("a", 1, "2"))
			g.run()
			defer g.stop()
			g.wait(time.Minute)
			g.deliver(auxBlock("a", 1, "3")) // after the refusal
			g.wait(time.Minute)
			if got := ch.got(); !slices.Equal(got, []string{"1", "2", "3"}) {
				t.Errorf("submitted %v, want each once, in order", got)
			}
			if want := []State{Pending, Refused, Received, Accepted}; !slices.Equal(g.states(), want) {
				t.Errorf("states: got %v, want %v", g.states(), want)
			}
		})
	})
	t.Run("is submitted when a node that refused many is well again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ch := newFakeChain()
			well := false
			ch.submit = func(int, string) (coins.Verdict, error) {
				if well {
					return coins.Verdict{Code: coins.Received}, nil
				}
				return coins.Verdict{Code: coins.Rejected}, nil
			}
			g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
			defer g.stop()
			second := func() {
				f := auxBlock("a", 1, "x")
				f.Time = time.Now()
				g.deliver(f)
				g.wait(time.Second)
			}
			for range 60 {
				second()
			}
			if n := len(ch.got()); n < maxSolutions+3 || n > maxSolutions+6 {
				t.Errorf("%d of 60 solutions in a minute were submitted, want %d and one in %v", n, maxSolutions, solutionPause)
			}
			well = true
			for range int(solutionPause/time.Second) + 1 {
				second()
			}
			if got := g.states(); got[len(got)-1] != Accepted {
				t.Errorf("states: %v, want the block accepted in the end", got)
			}
		})
	})
	t.Run("a flood of them is bounded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ch := newFakeChain()
			ch.submit = func(int, string) (coins.Verdict, error) { return coins.Verdict{}, errNoAnswer }
			g := newRig(t, t.TempDir(), Options{Drain: time.Second}, map[string]Chain{"a": ch}).run()
			defer g.stop()
			for range 1000 {
				g.deliver(auxBlock("a", 1, "x"))
			}
			if n := len(g.journal()); n != maxPending {
				t.Errorf("%d records for 1000 solutions of one block, want %d", n, maxPending)
			}
		})
	})
}

// hungChain never answers a submission.
type hungChain struct{ *fakeChain }

func (hungChain) SubmitBlock(ctx context.Context, _ *coins.Block) (coins.Verdict, error) {
	<-ctx.Done()
	return coins.Verdict{}, ctx.Err()
}

func TestHungChainDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := newFakeChain()
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"hung": hungChain{newFakeChain()}, "good": good}).run()
		begin := time.Now()
		g.deliver(parentBlock("hung", 1))
		g.deliver(parentBlock("good", 2))
		synctest.Wait()
		if n := len(good.got()); n != 1 || time.Since(begin) > 0 {
			t.Errorf("the good chain got %d blocks after %s, want 1 at once", n, time.Since(begin))
		}
		begin = time.Now()
		g.stop()
		if took := time.Since(begin); took != DefaultDrain {
			t.Errorf("Run ended after %s, want the drain of %s", took, DefaultDrain)
		}
	})
}

func TestDrainEndsWithTheLastVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		ch.submit = func(int, string) (coins.Verdict, error) { return coins.Verdict{}, errNoAnswer }
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		g.deliver(parentBlock("a", 1))
		synctest.Wait()
		g.cancel()
		g.wait(2 * time.Second)
		g.deliver(parentBlock("a", 2)) // found by a session that was not closed yet
		ch.set(func() { ch.submit = nil })
		begin := time.Now()
		if err := <-g.done; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("Run ended %s after the node was back, want soon", took)
		}
		if n := len(ch.status); n != 2 {
			t.Errorf("the node has %d blocks, want 2", n)
		}
		if err := g.c.Deliver(parentBlock("a", 3)); !errors.Is(err, ErrClosed) {
			t.Errorf("Deliver after Run: got %v, want ErrClosed", err)
		}
	})
}

func TestEventIsRepeatedUntilItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch})
		tries := 0
		g.fail = func(e Event) error {
			if e.State == Pending {
				if tries++; tries <= 3 {
					return errNoAnswer
				}
			}
			return nil
		}
		g.run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		synctest.Wait()
		if len(ch.got()) != 1 {
			t.Error("the submission waited for an account")
		}
		g.wait(time.Minute)
		if want := []State{Pending, Received, Accepted}; !slices.Equal(g.states(), want) || tries != 4 {
			t.Errorf("states: got %v after %d tries of the first, want %v after 4", g.states(), tries, want)
		}
	})
}

func TestChainThatIsNotThereYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{}).run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		g.wait(time.Minute)
		g.mu.Lock()
		g.chains["a"] = newFakeChain()
		g.mu.Unlock()
		g.wait(time.Minute)
		if want := []State{Pending, Received, Accepted}; !slices.Equal(g.states(), want) {
			t.Errorf("states: got %v, want %v", g.states(), want)
		}
	})
}

func TestOddDifficultyLosesNoBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		defer g.stop()
		f := parentBlock("a", 1)
		f.Difficulty = math.Inf(1)
		g.deliver(f)
		synctest.Wait()
		if len(ch.got()) != 1 || len(g.journal()) == 0 {
			t.Error("the block was not delivered")
		}
	})
}

func TestDeliverRefusesTheIncomplete(t *testing.T) {
	c := New(t.TempDir(), nil, Options{})
	for name, change := range map[string]func(*Found){
		"no chain":    func(f *Found) { f.Chain = "" },
		"no hash":     func(f *Found) { f.Hash = coins.Hash{} },
		"no body":     func(f *Found) { f.Block = nil },
		"wrong body":  func(f *Found) { f.Kind = Aux },
		"both bodies": func(f *Found) { f.Proof = &coins.AuxProof{} },
		"no kind":     func(f *Found) { f.Kind = 0 },
	} {
		f := parentBlock("a", 1)
		change(&f)
		if err := c.Deliver(f); !errors.Is(err, ErrFound) {
			t.Errorf("%s: got %v, want ErrFound", name, err)
		}
	}
}
