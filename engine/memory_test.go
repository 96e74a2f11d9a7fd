package engine

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/stratum"
)

// anyNames takes every name.
func anyNames() *accounts {
	return newAccounts(job.NewPayee("pool", make([]byte, 22)), true, nil)
}

// mustLogIn is one session's login.
func (a *accounts) mustLogIn(tb testing.TB, user string) *worker {
	tb.Helper()
	w, err := a.authorize(context.Background(), user)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// mine takes an accepted share of w, and reports whether it is remembered by.
func (w *worker) mine(at time.Time) bool {
	m := w.memory(true)
	if m != nil {
		m.lastUse.Store(at.Unix())
		m.lastWork.Store(at.Unix())
	}
	return m != nil
}

func TestNamesThatOnlyLogInAreNotRemembered(t *testing.T) {
	a := anyNames()
	for i := range 1000 {
		a.mustLogIn(t, fmt.Sprintf("account%d.rig", i))
	}
	if got := a.memories.all(); len(got) != 0 {
		t.Fatalf("%d names are remembered, want none", len(got))
	}

	// Two sessions of one worker that logged in before its first share are one.
	one, two := a.mustLogIn(t, "farm.rig"), a.mustLogIn(t, "farm.rig")
	p := &pool{accounts: a}
	p.Rejected(one, stratum.Stale)
	p.Rejected(two, stratum.Stale)
	got := a.memories.all()
	if len(got) != 1 || got[0].account != "farm" || got[0].worker != "rig" || got[0].rejected[stratum.Stale].Load() != 2 {
		t.Errorf("two sessions that were refused a share each are remembered as %+v", got)
	}
}

func TestWorkersAreForgotten(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		mined bool
		idle  time.Duration
		want  bool
	}{
		"mined lately":             {true, time.Minute, true},
		"mined hours ago":          {true, 23 * time.Hour, true},
		"mined yesterday":          {true, 25 * time.Hour, false},
		"refused lately":           {false, time.Minute, true},
		"refused half an hour ago": {false, 31 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := anyNames()
			w := a.mustLogIn(t, "farm.rig")
			if c.mined {
				w.mine(now)
			} else {
				w.memory(false)
			}
			a.memories.sweep(now.Add(c.idle))
			if got := w.known() != nil; got != c.want || got != (len(a.memories.of) == 1) {
				t.Errorf("remembered: %v, want %v", got, c.want)
			}
			// It is still connected, and submits again.
			if !w.mine(now) || len(a.memories.of) != 1 || w.known() != a.memories.of[name2{"farm", "rig"}] {
				t.Errorf("a share after that is not counted")
			}
		})
	}
}

// TestTooManyWorkersForgetsTheIdle has a farm, miners that rest, and somebody with a
// weak machine who mines one share each under names that he makes up.
func TestTooManyWorkersForgetsTheIdle(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of thousands of names")
	}
	a, now := anyNames(), time.Now()
	var farm, resting []*worker
	for i := range 10_000 {
		farm = append(farm, a.mustLogIn(t, fmt.Sprintf("farm.%d", i)))
		farm[i].mine(now.Add(-time.Minute))
	}
	for i := range 1000 {
		resting = append(resting, a.mustLogIn(t, fmt.Sprintf("home%d.rig", i)))
		resting[i].mine(now.Add(-20 * time.Hour))
	}
	taken := 0
	for i := range roomWorkers {
		if a.mustLogIn(t, fmt.Sprintf("weak.%d", i)).mine(now) {
			taken++
		}
	}
	if want := roomWorkers - len(farm) - len(resting); taken != want {
		t.Errorf("%d made-up names are remembered, want %d", taken, want)
	}
	if a.mustLogIn(t, "late.rig").mine(now) {
		t.Error("a name is remembered for which there is no room")
	}

	a.memories.sweep(now)
	if n := len(a.memories.of); n != keepWorkers {
		t.Errorf("%d are remembered after the sweep, want %d", n, keepWorkers)
	}
	for _, w := range append(farm, resting...) {
		if w.known() == nil {
			t.Fatalf("%s is forgotten in favour of names beyond %d of one account", w.full, keepCrowd)
		}
	}
	if !a.mustLogIn(t, "late.rig").mine(now) {
		t.Error("there is no room after the sweep")
	}
}

func TestTooMany(t *testing.T) {
	now := time.Unix(1_800_000_000, 0).Unix()
	one := func(account, name string, ago int64) remembered {
		return remembered{name2{account, name}, &memory{}, now - ago}
	}
	all := func() []remembered {
		return []remembered{one("a", "1", 5), one("b", "1", 300), one("a", "2", 4), one("a", "3", 100), one("c", "1", 200), one("a", "4", 3)}
	}
	for name, c := range map[string]struct {
		n, crowd int
		want     string
	}{
		"room for all":                    {6, 1, "[]"},
		"the idle":                        {4, 4, "[{c 1} {b 1}]"},
		"those beyond of one account":     {4, 2, "[{a 1} {a 3}]"},
		"these first, and then the idle":  {3, 2, "[{a 1} {a 3} {b 1}]"},
		"all but one, an account of many": {1, 1, "[{a 2} {a 1} {a 3} {c 1} {b 1}]"},
	} {
		t.Run(name, func(t *testing.T) {
			names := []name2{}
			for _, r := range tooMany(all(), c.n, c.crowd) {
				names = append(names, r.name2)
			}
			if got := fmt.Sprint(names); got != c.want {
				t.Errorf("forgotten %s, want %s", got, c.want)
			}
		})
	}
}

// TestRefusedNamesTakeNoRoomFromMiners: a refused share costs its sender nothing.
func TestRefusedNamesTakeNoRoomFromMiners(t *testing.T) {
	a, now := anyNames(), time.Now()
	p := &pool{accounts: a}
	w := a.mustLogIn(t, "home.rig")
	w.mine(now)
	refuse := func() {
		for i := range maxRefused + 1000 {
			p.Rejected(a.mustLogIn(t, fmt.Sprintf("junk%d.rig", i)), stratum.UnknownJob)
		}
	}
	for i := range 2 { // what comes after a sweep finds no more room than before
		refuse()
		if n := len(a.memories.of); n != maxRefused+1 {
			t.Errorf("round %d: %d are remembered, want %d", i, n, maxRefused+1)
		}
		p.Rejected(w, stratum.Stale)
		if w.known() == nil || !a.mustLogIn(t, fmt.Sprint("new.", i)).mine(now) {
			t.Error("miners are forgotten, or not remembered, because of refused shares")
		}
		delete(a.memories.of, name2{"new", fmt.Sprint(i)})
		a.memories.sweep(now)
	}
	if n := w.known().rejected[stratum.Stale].Load(); n != 2 {
		t.Errorf("the miner's own refusals are counted as %d, want 2", n)
	}
}

// BenchmarkWorkerMemory prints what a remembered worker takes, with names of a usual
// length, and what a sweep of too many takes.
func BenchmarkWorkerMemory(b *testing.B) {
	for range b.N {
		a, now := anyNames(), time.Now()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range roomWorkers {
			a.mustLogIn(b, fmt.Sprintf("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq.%016x", i)).mine(now)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/roomWorkers, "B/worker")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		began := time.Now()
		a.memories.sweep(now)
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/sweep")
	}
}
