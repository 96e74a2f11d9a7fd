package chain

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestLatestWinsAndSubscribersHear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent, coins.RoleAux)
		defer g.stop()
		one, cancelOne := g.r.Subscribe()
		two, _ := g.r.Subscribe()
		for h := range uint64(100) {
			g.coin().templates <- template(h + 1) // nobody reads: the coin is not made to wait
		}
		g.coin().works <- auxWork(7)
		if got, _ := g.r.Latest(); got == nil || got.Height < 20 || got.Height == 100 {
			t.Errorf("at once: got %+v, want height 20 or so", got)
		}
		g.wait(2 * workPace[0].spacing)

		if got, at := g.r.Latest(); got == nil || got.Height != 100 || at.IsZero() {
			t.Errorf("Latest: got %+v at %s, want height 100", got, at)
		}
		if got, _ := g.r.LatestAux(); got == nil || got.Height != 7 {
			t.Errorf("LatestAux: got %+v, want height 7", got)
		}
		if !g.r.Fresh() || !g.r.AuxFresh(time.Now()) {
			t.Error("work of the open coin is not fresh")
		}
		for name, ch := range map[string]<-chan struct{}{"one": one, "two": two, "Changed": g.r.Changed()} {
			if len(ch) != 1 {
				t.Errorf("subscriber %s: got %d notifications, want them coalesced into one", name, len(ch))
			}
		}
		<-one
		cancelOne()
		g.coin().templates <- template(101)
		synctest.Wait()
		if len(one) != 0 {
			t.Error("a cancelled subscription was notified")
		}
	})
}

func TestCrashIsBackWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent, coins.RoleAux)
		defer g.stop()
		first := g.coin()
		first.templates <- template(10)
		first.works <- auxWork(20)
		synctest.Wait()
		killed := time.Now()
		first.crash <- errKilled
		synctest.Wait()

		select {
		case <-first.closed:
		default:
			t.Error("the coin that crashed was not closed")
		}
		if got, _ := g.r.Latest(); got == nil || g.r.Fresh() {
			t.Errorf("after a crash: got template %v, fresh %t, want the old one, not fresh", got, g.r.Fresh())
		}
		if !g.r.AuxFresh(time.Now()) {
			t.Error("aux work was dropped at once, want it kept for the grace")
		}
		if h := g.r.Health(); h.State != coins.HealthDown {
			t.Errorf("health: got %s, want down", h.State)
		}
		if _, err := g.r.SubmitBlock(context.Background(), &coins.Block{}); !errors.Is(err, ErrDown) {
			t.Errorf("SubmitBlock while down: got %v, want ErrDown", err)
		}
		if !errors.Is(g.r.LastError(), errKilled) || g.r.Restarts() != 1 {
			t.Errorf("got error %v and %d restarts, want that it was killed, once", g.r.LastError(), g.r.Restarts())
		}

		g.wait(time.Second)
		if took := g.driver.opened()[1].Sub(killed); took > time.Second {
			t.Errorf("opened again after %s, want within a second", took)
		}
		if g.r.Fresh() {
			t.Error("the old template became fresh by opening the coin")
		}
		g.coin().templates <- template(11)
		synctest.Wait()
		if !g.r.Fresh() {
			t.Error("a template of the new coin is not fresh")
		}
		if want := []EventKind{Opened, Lost, Opened}; !slices.Equal(g.kinds(), want) {
			t.Errorf("events: got %v, want %v", g.kinds(), want)
		}
	})
}

func TestAuxWorkIsDroppedAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{AuxGrace: 10 * time.Second}, coins.RoleAux)
		defer g.stop()
		g.coin().works <- auxWork(20)
		synctest.Wait()
		g.coin().healths <- coins.Health{State: coins.HealthDown}
		synctest.Wait()
		<-g.r.Changed()
		g.wait(9 * time.Second)
		if !g.r.AuxFresh(time.Now()) {
			t.Error("dropped before the grace was over")
		}
		g.wait(2 * time.Second)
		if g.r.AuxFresh(time.Now()) {
			t.Error("still fresh after the grace")
		}
		if len(g.r.Changed()) != 1 {
			t.Error("nobody was told that the grace ended")
		}
		g.coin().healths <- coins.Health{State: coins.HealthReady}
		synctest.Wait()
		if !g.r.AuxFresh(time.Now()) {
			t.Error("not fresh though the same coin's nodes are back")
		}
	})
}

func TestAnyStreamThatEndsReopensTheCoin(t *testing.T) {
	for _, c := range []struct {
		name string
		end  error
		want error
	}{
		{"with a reason", errKilled, errKilled},
		{"without one", nil, ErrEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := start(t, Options{}, coins.RoleParent)
				defer g.stop()
				g.coin().crash <- c.end
				synctest.Wait()
				if !errors.Is(g.r.LastError(), c.want) {
					t.Errorf("got %v, want %v", g.r.LastError(), c.want)
				}
				g.wait(time.Second)
				if n := g.count(); n != 2 {
					t.Errorf("opened %d times, want 2", n)
				}
			})
		})
	}
}

func TestBackOffGrowsAndResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &rig{t: t, done: make(chan error, 1)}
		g.driver = &fakeDriver{make: func(n int) (coins.Coin, error) {
			if n <= 12 {
				return nil, errKilled
			}
			c := newFakeCoin()
			g.add(c)
			return c, nil
		}, roles: []coins.Role{coins.RoleParent}}
		g.run(Options{})
		defer g.stop()
		g.wait(10 * time.Minute)
		opens := g.driver.opened()
		if len(opens) != 13 {
			t.Fatalf("opened %d times in 10 minutes, want 13", len(opens))
		}
		if first, last := opens[1].Sub(opens[0]), opens[12].Sub(opens[11]); first > time.Second || last < 10*time.Second || last > 30*time.Second {
			t.Errorf("first delay %s, last %s, want 250 ms and up to 30 s", first, last)
		}
		g.coin().crash <- errKilled // after minutes of health
		g.wait(300 * time.Millisecond)
		if g.count() != 2 {
			t.Error("a coin that was healthy for minutes was not opened at once")
		}
	})
}

// A coin whose node is down ends its streams when it has waited a while. A node
// that comes back meanwhile is not left alone because it was away for long.
func TestCoinThatWaitsForItsNodesIsHardlyEverClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		const waits = 10 * time.Second
		for range 12 {
			g.wait(waits)
			ended := time.Now()
			g.coin().crash <- errors.New("no node answers")
			g.wait(2 * time.Second)
			opens := g.driver.opened()
			if closed := opens[len(opens)-1].Sub(ended); closed <= 0 || closed > time.Second {
				t.Fatalf("opening %d came %s after the coin had ended, want within a second", len(opens), closed)
			}
		}
	})
}

func TestWrongSettings(t *testing.T) {
	problems := coins.Problems{{Path: "nodes", Message: "none"}}
	t.Run("at first are fatal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &rig{t: t, done: make(chan error, 1)}
			g.driver = &fakeDriver{make: func(int) (coins.Coin, error) { return nil, problems }}
			g.run(Options{})
			err := <-g.done
			var got coins.Problems
			if !errors.Is(err, ErrSettings) || !errors.As(err, &got) || len(got) != 1 {
				t.Errorf("got %v, want ErrSettings with the problems", err)
			}
		})
	})
	t.Run("later are not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &rig{t: t, done: make(chan error, 1)}
			g.driver = &fakeDriver{roles: []coins.Role{coins.RoleParent}, make: func(n int) (coins.Coin, error) {
				if n == 2 {
					return nil, problems
				}
				c := newFakeCoin()
				g.add(c)
				return c, nil
			}}
			g.run(Options{})
			defer g.stop()
			<-g.r.Opened()
			g.coin().crash <- errKilled
			g.wait(time.Minute)
			if n := len(g.driver.opened()); n != 3 {
				t.Errorf("opened %d times, want 3", n)
			}
		})
	})
}

func TestParentTipReachesEverySession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent, coins.RoleAux)
		defer g.stop()
		for h := range uint64(5) {
			g.r.SetParent(coins.ParentTip{Height: h + 1})
			g.r.SetParent(coins.ParentTip{Height: h + 1}) // the same again is no news
		}
		synctest.Wait()
		var last coins.ParentTip
		told := len(g.coin().parents)
		for range told {
			last = <-g.coin().parents
		}
		if last.Height != 5 || told > 5 {
			t.Errorf("told %d times, at last of height %d, want 5 times at most and 5", told, last.Height)
		}
		g.coin().crash <- errKilled
		g.wait(time.Second)
		if len(g.coin().parents) != 1 {
			t.Fatal("the new coin was not told of the parent's tip")
		}
		if got := <-g.coin().parents; got.Height != 5 {
			t.Errorf("the new coin was told of height %d, want 5", got.Height)
		}
	})
}

func TestRolesThatAreOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{Roles: []coins.Role{coins.RoleAux}}, coins.RoleParent, coins.RoleAux)
		defer g.stop()
		select {
		case g.coin().templates <- template(1):
			t.Error("templates are streamed though only aux was asked for")
		default:
		}
		g.coin().works <- auxWork(1)
	})
}

func TestAnnouncedRoleThatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &rig{t: t, done: make(chan error, 1)}
		g.driver = &fakeDriver{roles: []coins.Role{coins.RoleAux}, make: func(int) (coins.Coin, error) {
			return struct{ coins.Coin }{newFakeCoin()}, nil
		}}
		g.run(Options{})
		defer g.stop()
		if !errors.Is(g.r.LastError(), ErrRole) {
			t.Errorf("got %v, want ErrRole", g.r.LastError())
		}
	})
}

func TestHungCoinDoesNotHoldUpTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		g := start(t, Options{StopGrace: 2 * time.Second}, coins.RoleParent)
		hung := g.coin()
		hung.ignoreCtx = release
		hung.crash <- errKilled
		g.wait(10 * time.Second)
		if g.count() != 2 {
			t.Errorf("opened %d times, want 2", g.count())
		}
		g.stop()
		close(release)
		synctest.Wait()
	})
}

func TestStaleTemplatesAreReported(t *testing.T) {
	for _, c := range []struct {
		name   string
		health coins.Health
		after  time.Duration
		want   bool
	}{
		{"silence though ready", coins.Health{State: coins.HealthReady}, 4 * time.Minute, true},
		{"silence while down", coins.Health{State: coins.HealthDown}, 4 * time.Minute, false},
		{"template behind the tip", coins.Health{State: coins.HealthReady, Height: 10}, 20 * time.Second, true},
		{"template on the tip", coins.Health{State: coins.HealthReady, Height: 9}, 20 * time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := start(t, Options{}, coins.RoleParent)
				defer g.stop()
				g.coin().templates <- template(10)
				g.coin().healths <- c.health
				g.wait(c.after)
				if got := slices.Contains(g.kinds(), Stale); got != c.want {
					t.Fatalf("reported: got %t, want %t", got, c.want)
				}
				if !c.want {
					return
				}
				g.coin().templates <- template(11)
				g.wait(2 * time.Second)
				kinds := g.kinds()
				if kinds[len(kinds)-1] != Recovered {
					t.Errorf("events: got %v, want Recovered at the end", kinds)
				}
			})
		})
	}
}

// panicky panics in a stream, as a coin in this process may.
type panicky struct{ *fakeCoin }

func (panicky) Health(context.Context, chan<- coins.Health) error { panic("no such luck") }

func TestPanicOfACoinIsACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &rig{t: t, done: make(chan error, 1)}
		g.driver = &fakeDriver{make: func(int) (coins.Coin, error) { return panicky{newFakeCoin()}, nil }}
		g.run(Options{})
		defer g.stop()
		if !errors.Is(g.r.LastError(), ErrPanic) {
			t.Errorf("got %v, want ErrPanic", g.r.LastError())
		}
	})
}

func TestCallsPassThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		ctx := context.Background()
		g.coin().submit = func() (coins.Verdict, error) { return coins.Verdict{Code: coins.Stale, Reason: "late"}, nil }
		if v, err := g.r.SubmitBlock(ctx, &coins.Block{}); err != nil || v.Code != coins.Stale || v.Reason != "late" {
			t.Errorf("SubmitBlock: got %+v, %v, want the coin's verdict", v, err)
		}
		g.coin().submit = func() (coins.Verdict, error) { return coins.Verdict{}, nil }
		if _, err := g.r.SubmitAux(ctx, &coins.AuxProof{}); !errors.Is(err, ErrBadWork) {
			t.Errorf("a verdict that is none: got %v, want ErrBadWork", err)
		}
		if st, err := g.r.BlockStatus(ctx, coins.Hash{}, 0); err != nil || st.State != coins.BlockBestChain {
			t.Errorf("BlockStatus: got %+v, %v", st, err)
		}
		if p, err := g.r.ValidateAddress(ctx, ""); !errors.Is(err, ErrBadWork) {
			t.Errorf("a valid address without a script: got %+v, %v, want ErrBadWork", p, err)
		}
		if info, ok := g.r.Info(); !ok || info.Maturity != 100 {
			t.Errorf("Info: got %+v, %t", info, ok)
		}
	})
}

func TestHeightFollowsTheNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		for _, step := range []struct {
			send func()
			want uint64
		}{
			{func() {}, 0},
			{func() { g.coin().templates <- template(10) }, 9},
			{func() { g.coin().healths <- coins.Health{State: coins.HealthReady, Height: 12} }, 12},
			{func() { g.coin().templates <- templateAt(13, 11) }, 10},
			{func() { g.coin().templates <- templateAt(14, 6) }, 5}, // a reorganisation
			{func() { g.coin().healths <- coins.Health{State: coins.HealthDown} }, 5},
		} {
			step.send()
			synctest.Wait()
			if got := g.r.Height(); got != step.want {
				t.Errorf("got height %d, want %d", got, step.want)
			}
		}
	})
}

// A loss that comes again and again is warned of once in a while, and another one at once.
func TestTheSameLossIsWarnedOfNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		late := time.Now().Add(25 * time.Minute)
		g := startWith(t, Options{Logger: slog.New(slog.NewTextHandler(&out, nil))}, func(int) error {
			if time.Now().After(late) {
				return errors.New("another node")
			}
			return errKilled
		})
		g.wait(26 * time.Minute)
		g.stop()
		lines := strings.Split(out.String(), "\n")
		lines = slices.DeleteFunc(lines, func(l string) bool { return !strings.Contains(l, "coin lost") })
		if len(lines) != 4 || strings.Contains(lines[0], "times_meanwhile") || !strings.Contains(lines[2], "times_meanwhile=") ||
			!strings.Contains(lines[3], "another node") {
			t.Errorf("the log warns with\n%s\nwant the loss at once, after 10 and 20 minutes, and then the other one", strings.Join(lines, "\n"))
		}
	})
}
