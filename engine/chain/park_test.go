package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// faulty is an error as the host of a plugin makes them.
type faulty struct {
	error
	fault coins.Fault
}

func (f faulty) Fault() coins.Fault { return f.fault }
func (f faulty) Unwrap() error      { return f.error }

var (
	errCrash = faulty{errors.New("it died"), coins.Crash}
	errLie   = fmt.Errorf("templates: %w", faulty{errors.New("malformed"), coins.BadWork})
)

// mortal is a coin whose process can be seen to end.
type mortal struct {
	*fakeCoin
	done chan struct{}
}

func (m mortal) Done() <-chan struct{} { return m.done }
func (m mortal) PID() int              { return 4321 }

// startWith runs a Runner whose n-th opening is what open says; nil opens a
// fakeCoin.
func startWith(t *testing.T, o Options, open func(n int) error) *rig {
	t.Helper()
	g := &rig{t: t, done: make(chan error, 1)}
	g.driver = &fakeDriver{roles: []coins.Role{coins.RoleParent, coins.RoleAux}, make: func(n int) (coins.Coin, error) {
		if err := open(n); err != nil {
			return nil, err
		}
		c := newFakeCoin()
		c.submit = func() (coins.Verdict, error) { return coins.Verdict{Code: coins.Received}, nil }
		g.add(c)
		return mortal{c, make(chan struct{})}, nil
	}}
	g.run(o)
	return g
}

func TestFailuresInARow(t *testing.T) {
	const short, long = time.Second, 2 * time.Minute
	for _, c := range []struct {
		name   string
		end    ending
		before int
		want   int
	}{
		{"it does not start", ending{err: errCrash}, 2, 3},
		{"it dies before its first work", ending{open: short, err: errCrash, gone: true}, 2, 3},
		{"it dies after work", ending{open: short, err: errCrash, worked: true, gone: true}, 2, 0},
		{"it sends what is malformed", ending{open: short, err: errLie}, 2, 3},
		{"it sends what is malformed after work", ending{open: short, err: errLie, worked: true}, 2, 3},
		{"it lies after work", ending{open: short, err: bad("a lie"), worked: true}, 2, 3},
		{"it lies after minutes of health", ending{open: long, err: bad("a lie"), worked: true}, 2, 1},
		{"it dies after minutes without work", ending{open: long, err: errCrash, gone: true}, 2, 1},
		{"it panics before work", ending{open: short, err: fmt.Errorf("health: %w", ErrPanic)}, 2, 3},
		{"it panics after work", ending{open: short, err: fmt.Errorf("health: %w", ErrPanic), worked: true}, 2, 0},
		{"it lacks a role that it announced", ending{err: ErrRole}, 2, 3},
		{"its node is down", ending{open: short, err: errKilled}, 2, 2},
		{"its node is down after work", ending{open: short, err: errKilled, worked: true}, 2, 0},
		{"its node is down for long", ending{open: long, err: errKilled}, 2, 0},
		{"it is slow to open", ending{err: context.DeadlineExceeded}, 2, 2},
		{"a stream ends without a reason", ending{open: short, err: ErrEnded}, 2, 2},
		{"its file is not the right one", ending{err: faulty{errKilled, coins.NoFault}}, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.end.failures(c.before); got != c.want {
				t.Errorf("got %d failures in a row, want %d", got, c.want)
			}
		})
	}
}

func TestParkedAfterFiveFailures(t *testing.T) {
	for name, c := range map[string]struct {
		open func(n int) error
		lie  bool
		want error
	}{
		"that do not start": {func(int) error { return errCrash }, false, errCrash},
		"that lie":          {func(int) error { return nil }, true, ErrBadWork},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := startWith(t, Options{}, c.open)
				defer g.stop()
				for n := 1; c.lie && n <= DefaultParkAfter; n++ {
					for g.count() < n {
						g.wait(time.Second)
					}
					if _, parked := g.r.Parked(); parked {
						t.Fatalf("parked after %d failures", n-1)
					}
					lie := template(10)
					lie.Target = [32]byte{0: 0xff}
					g.coin().templates <- lie
					synctest.Wait()
				}
				g.wait(time.Minute)

				p, parked := g.r.Parked()
				if !parked || p.Failures != 5 || !errors.Is(p.Reason, c.want) || p.Open || len(g.driver.opened()) != 5 {
					t.Fatalf("parked %t: %+v after %d openings, want it after 5 for %v", parked, p, len(g.driver.opened()), c.want)
				}
				if h := g.r.Health(); h.State != coins.HealthDown || !strings.Contains(h.Message, "parked after 5 failures") || !strings.Contains(h.Message, "SIGHUP") {
					t.Errorf("health: %+v", h)
				}
				if kinds := g.kinds(); kinds[len(kinds)-1] != Parked || g.r.Restarts() != 5 || !errors.Is(g.r.LastError(), c.want) {
					t.Errorf("events %v, %d restarts, error %v", kinds, g.r.Restarts(), g.r.LastError())
				}
				if g.r.Fresh() || g.r.AuxFresh(time.Now()) {
					t.Error("a parked coin's work is fresh")
				}
				if at := time.Until(p.Next); at > DefaultParkedRetry || at < DefaultParkedRetry-90*time.Second {
					t.Errorf("next attempt in %v", at)
				}
			})
		})
	}
}

func TestAnUnreachableNodeNeverParks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(int) error { return errKilled })
		defer g.stop()
		g.wait(24 * time.Hour)
		if slices.Contains(g.kinds(), Parked) {
			t.Error("parked because its node was down for a day")
		}
		if n := len(g.driver.opened()); n < 24*60 {
			t.Errorf("tried %d times in a day", n)
		}
	})
}

// TestANodeThatIsDownDoesNotParkAgain tries a parked coin whose program was
// mended while its node is down.
func TestANodeThatIsDownDoesNotParkAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(n int) error {
			if n <= 5 {
				return errCrash
			}
			return errKilled
		})
		defer g.stop()
		g.wait(11 * time.Minute)
		before := len(g.driver.opened())
		g.wait(time.Hour)
		if _, parked := g.r.Parked(); parked || len(g.driver.opened()) < before+60 {
			t.Errorf("parked %t, %d attempts in an hour", parked, len(g.driver.opened())-before)
		}
	})
}

// TestAParkedCoinIsTriedRarely sees one attempt every ten minutes, parked again
// at its first failure, and back for good once it works.
func TestAParkedCoinIsTriedRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(n int) error {
			if n <= 8 {
				return errCrash
			}
			return nil
		})
		defer g.stop()
		g.wait(35 * time.Minute)
		if n := len(g.driver.opened()); n != 8 {
			t.Fatalf("%d openings in 35 minutes, want 5 and 3", n)
		}
		if p, _ := g.r.Parked(); p.Failures != 8 {
			t.Errorf("%d failures in a row, want 8", p.Failures)
		}
		g.wait(10 * time.Minute)
		if _, parked := g.r.Parked(); parked || g.count() != 1 {
			t.Fatal("not back though it starts")
		}
		g.coin().templates <- template(10)
		synctest.Wait()
		if !g.r.Fresh() {
			t.Error("its template is not fresh")
		}
		g.coin().crash <- errCrash
		g.wait(time.Second)
		if n := g.count(); n != 2 {
			t.Errorf("opened %d times, want it back at once: it had worked", n)
		}
	})
}

func TestAnotherProgramIsTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(n int) error {
			if n <= 5 {
				return errCrash
			}
			return nil
		})
		defer g.stop()
		g.wait(time.Minute)
		if n := len(g.driver.opened()); n != 5 {
			t.Fatalf("%d openings, want 5", n)
		}
		g.driver.replace("a better one")
		g.wait(stampEvery)
		if _, parked := g.r.Parked(); parked || g.count() != 1 {
			t.Error("the other program was not tried")
		}
	})
}

// TestParkedCoinDeliversFoundBlocks submits a block of a coin that was parked
// while it waited. The coin is opened for that, without its streams, and closed.
func TestParkedCoinDeliversFoundBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(int) error { return nil })
		defer g.stop()
		for range DefaultParkAfter {
			g.coin().crash <- errLie
			g.wait(10 * time.Second)
		}
		if _, parked := g.r.Parked(); !parked {
			t.Fatal("not parked")
		}
		if _, err := g.r.ValidateAddress(t.Context(), "a"); !errors.Is(err, ErrDown) {
			t.Errorf("an address: got %v, want ErrDown: a login is no reason to open it", err)
		}
		opened := g.count()
		for _, call := range []func() error{
			func() error {
				v, err := g.r.SubmitBlock(t.Context(), &coins.Block{})
				if v.Code != coins.Received {
					t.Errorf("got verdict %v", v.Code)
				}
				return err
			},
			func() error { _, err := g.r.SubmitAux(t.Context(), &coins.AuxProof{}); return err },
			func() error { _, err := g.r.BlockStatus(t.Context(), coins.Hash{}, 0); return err },
		} {
			if err := call(); err != nil {
				t.Errorf("got %v, want the parked coin to be opened", err)
			}
		}
		if n := g.count(); n != opened+1 {
			t.Errorf("opened %d times for three calls, want once", n-opened)
		}
		p, parked := g.r.Parked()
		if !parked || !p.Open || g.r.PID() != 4321 {
			t.Errorf("parked %t, open %t, pid %d", parked, p.Open, g.r.PID())
		}
		select {
		case g.coin().templates <- template(10):
			t.Error("its templates are streamed")
		default:
		}

		g.wait(DefaultCallIdle + 2*time.Second)
		select {
		case <-g.coin().closed:
		default:
			t.Error("not closed though no call came")
		}
		if p, parked := g.r.Parked(); !parked || p.Open {
			t.Errorf("parked %t, open %t, want parked and closed", parked, p.Open)
		}
		if _, err := g.r.BlockStatus(t.Context(), coins.Hash{}, 0); err != nil {
			t.Errorf("a later call: %v", err)
		}
	})
}

// TestCallsDoNotKeepAParkedCoinFromBeingTried looks a block up for ever.
func TestCallsDoNotKeepAParkedCoinFromBeingTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(int) error { return nil })
		defer g.stop()
		for range DefaultParkAfter {
			g.coin().crash <- errLie
			g.wait(10 * time.Second)
		}
		opened := g.count()
		for range 40 {
			if _, err := g.r.BlockStatus(t.Context(), coins.Hash{}, 0); err != nil {
				t.Fatal(err)
			}
			g.wait(15 * time.Second)
		}
		if _, parked := g.r.Parked(); parked || g.count() != opened+2 {
			t.Errorf("parked %t after %d openings, want one for the calls and one to try it", parked, g.count()-opened)
		}
	})
}

func TestCallsDoNotKeepAnotherProgramFromBeingTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(int) error { return nil })
		defer g.stop()
		for range DefaultParkAfter {
			g.coin().crash <- errLie
			g.wait(10 * time.Second)
		}
		for i := range 30 {
			if _, err := g.r.BlockStatus(t.Context(), coins.Hash{}, 0); err != nil {
				t.Fatal(err)
			}
			if i == 10 {
				g.driver.replace("a better one")
			}
			g.wait(time.Second)
		}
		if _, parked := g.r.Parked(); parked {
			t.Error("the other program was not tried")
		}
	})
}

// TestCallsOfACoinThatCannotBeOpened end with ErrDown, and are no flood of
// openings.
func TestCallsOfACoinThatCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startWith(t, Options{}, func(int) error { return errCrash })
		defer g.stop()
		g.wait(time.Minute)
		opened, begin := len(g.driver.opened()), time.Now()
		for time.Since(begin) < 5*time.Minute {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if _, err := g.r.SubmitBlock(ctx, &coins.Block{}); !errors.Is(err, ErrDown) {
				t.Fatalf("got %v, want ErrDown", err)
			}
			cancel()
			g.wait(100 * time.Millisecond)
		}
		if n := len(g.driver.opened()) - opened; n < 10 || n > 30 {
			t.Errorf("opened %d times in five minutes, want it ever more slowly", n)
		}
	})
}

// TestACallWaitsNoLongerThanItsContext while the coin opens slowly, and the end
// of the Runner wakes nobody to a closed coin.
func TestACallWaitsNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{})
		g := startWith(t, Options{}, func(n int) error {
			if n > 5 {
				<-slow
			}
			return errCrash
		})
		g.wait(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if _, err := g.r.SubmitBlock(ctx, &coins.Block{}); !errors.Is(err, ErrDown) || time.Since(begin) > time.Second {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		close(slow)
		g.stop()
	})
}
