package chain

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// flooder sends good templates as fast as it may, perSecond at most.
type flooder struct {
	*fakeCoin
	perSecond int
	size      int          // bytes of transactions in each
	sent      atomic.Int64 // that were taken off its hands
}

func (c *flooder) Templates(ctx context.Context, out chan<- *coins.Template) error {
	blob := make([]byte, c.size)
	for {
		n := uint64(c.sent.Load()) + 1
		t := templateAt(n, 100+n/100)
		if c.size > 0 {
			t.Tree.TxCount, t.Tree.TxBlob, t.Tree.Branch = 1, blob, make([]coins.Hash, 1)
		}
		select {
		case out <- t:
			c.sent.Add(1)
		case <-ctx.Done():
			return ctx.Err()
		}
		time.Sleep(time.Second / time.Duration(c.perSecond))
	}
}

// startFlooder runs a Runner with a coin that floods.
func startFlooder(t *testing.T, perSecond, size int) (*rig, *flooder) {
	g := &rig{t: t, done: make(chan error, 1)}
	c := &flooder{fakeCoin: newFakeCoin(), perSecond: perSecond, size: size}
	g.driver = &fakeDriver{roles: []coins.Role{coins.RoleParent}, make: func(int) (coins.Coin, error) { return c, nil }}
	g.run(Options{})
	return g, c
}

// TestFloodOfTemplates sends good templates much faster than a chain makes them.
// Few changes pass, each of them is the newest there was, and nobody else waits.
func TestFloodOfTemplates(t *testing.T) {
	for _, c := range []struct {
		name      string
		perSecond int
		size      int
		least     int64 // templates taken in ten seconds
		most      int64
		floods    string
	}{
		{"a lively chain", 10, 0, 95, 101, ""},
		{"a flood that is read", 500, 0, 4900, 5001, "sends 500 templates a second; only the latest is used"},
		{"a flood that is held back", 5000, 0, 9000, 10*readRate + readBurst + 1, "templates a second and is made to wait; only the latest is used"},
		{"a flood of large ones", 5000, 2 << 20, 250, 10*readRate/33 + readBurst/33 + 2, "sends 46 templates a second and is made to wait; only the latest is used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, coin := startFlooder(t, c.perSecond, c.size)
				defer g.stop()
				passed, behind := 0, int64(0)
				end := time.After(10 * time.Second)
				for done := false; !done; {
					select {
					case <-g.r.Changed():
						passed++
						m, _ := g.r.Latest()
						if m != nil {
							behind = max(behind, coin.sent.Load()-int64(m.ID))
						}
					case <-end:
						done = true
					}
				}
				if most := 20 + 10*20 + 2; passed > most {
					t.Errorf("%d changes passed, want at most %d", passed, most)
				}
				if n := coin.sent.Load(); n < c.least || n > c.most {
					t.Errorf("%d templates were taken off its hands in ten seconds, want %d to %d", n, c.least, c.most)
				}
				if behind > readRate/20+readBurst {
					t.Errorf("the latest was %d templates old", behind)
				}
				synctest.Wait()
				flows := g.r.Flows()
				if len(flows) != 1 || flows[0].Stream != "templates" || flows[0].Received != uint64(coin.sent.Load()) {
					t.Fatalf("flows: %+v, sent %d", flows, coin.sent.Load())
				}
				if got := flows[0].Problem(); c.floods == "" && got != "" || !strings.Contains(got, c.floods) {
					t.Errorf("got %q, want %q", got, c.floods)
				}
				if told := slices.Contains(g.kinds(), Floods); told != (c.floods != "") {
					t.Errorf("events: %v", g.kinds())
				}
				if g.r.Restarts() != 0 {
					t.Errorf("the coin was lost: %v", g.r.LastError())
				}
				t.Logf("%d sent, %d changes passed, %d unused", coin.sent.Load(), passed, flows[0].Unused)
			})
		})
	}
}

func TestTheLastOfAFloodIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		for h := range uint64(400) {
			g.coin().templates <- template(h + 1)
		}
		g.wait(2 * workPace[0].spacing)
		if m, _ := g.r.Latest(); m.Height != 400 {
			t.Errorf("height %d, want 400", m.Height)
		}
		f := g.r.Flows()[0]
		if f.Received != 400 || f.Unused < 370 || f.Unused > 380 {
			t.Errorf("%d received, %d of them unused", f.Received, f.Unused)
		}
		g.wait(2 * time.Second)
		if !slices.Contains(g.kinds(), Floods) {
			t.Errorf("nobody was told: %v", g.kinds())
		}
		g.wait(floodMemory * time.Second)
		if kinds := g.kinds(); kinds[len(kinds)-1] != Calmed || g.r.Flows()[0].Problem() != "" {
			t.Errorf("the flood does not end: %v", kinds)
		}
	})
}

// TestAuxWorkThatNeverRests sees a burst pass and then one piece a second: each
// is a job of another chain's miners.
func TestAuxWorkThatNeverRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleAux)
		defer g.stop()
		var passed []int // in each five seconds
		var last *coins.AuxWork
		for i := range 3000 {
			if i%500 == 0 {
				passed = append(passed, 0)
			}
			g.coin().works <- auxWork(uint64(i + 1))
			synctest.Wait()
			if w, _ := g.r.LatestAux(); w != last {
				passed[len(passed)-1]++
				last = w
			}
			time.Sleep(10 * time.Millisecond)
		}
		if first, then := passed[0], passed[3:]; first < 110 || first > 125 || slices.Max(then) > 6 || slices.Min(then) < 4 {
			t.Errorf("pieces that passed in each five seconds: %v, want some 120 and then 5", passed)
		}
	})
}

// TestHealthThatFlaps sends a new state at every turn: few of them are events,
// each of which may be a line in the log.
func TestHealthThatFlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		for i := range 400 {
			g.coin().healths <- coins.Health{State: coins.HealthDown + coins.HealthState(i%2)}
			time.Sleep(10 * time.Millisecond)
		}
		g.wait(statePace[0].spacing)
		events := 0
		for _, k := range g.kinds() {
			if k == HealthNow {
				events++
			}
		}
		if most := 20 + 4*2 + 2; events > most {
			t.Errorf("%d events, want at most %d", events, most)
		}
	})
}

func TestACoinThatIsHeldBackStillEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := startFlooder(t, 100_000, 0)
		g.wait(3 * time.Second)
		begin := time.Now()
		g.stop()
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the end took %v", took)
		}
	})
}

func TestFloodOfLogLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent)
		defer g.stop()
		g.driver.logs(90, 0) // a lively start
		g.wait(2 * time.Second)
		if slices.Contains(g.kinds(), Floods) {
			t.Error("lines that are kept are called a flood")
		}
		g.driver.logs(40_000, 39_000)
		g.wait(2 * time.Second)
		f := g.r.Flows()[0]
		if want := "writes 40000 log lines a second; most are dropped and counted"; f.Problem() != want || f.Received != 40_090 || f.Unused != 39_000 {
			t.Errorf("got %+v: %q, want %q", f, f.Problem(), want)
		}
		g.wait(floodMemory * time.Second)
		if want := []EventKind{Opened, Floods, Calmed}; !slices.Equal(g.kinds(), want) {
			t.Errorf("events: got %v, want %v", g.kinds(), want)
		}
	})
}
