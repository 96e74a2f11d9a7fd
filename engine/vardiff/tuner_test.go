package vardiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// tuner is what package stratum asks for.
var _ interface {
	Share(time.Time, float64)
	Next(time.Time, float64) float64
	Floor(float64)
} = (*Tuner)(nil)

// miner is a simulated session: Poisson arrivals at a hash rate.
type miner struct {
	t       *Tuner
	rng     *rand.Rand
	now     time.Time
	present float64
	work    float64 // difficulty per second that it can do
	changes []change
	shares  int
}

type change struct {
	at         time.Time
	difficulty float64
}

// run simulates d; the server looks at every share and once a second.
func (m *miner) run(d time.Duration) {
	end := m.now.Add(d)
	nextTick := m.now.Add(time.Second)
	for m.now.Before(end) {
		wait := time.Duration(m.rng.ExpFloat64() * m.present / m.work * float64(time.Second))
		if at := m.now.Add(min(wait, time.Hour)); at.Before(nextTick) {
			m.now = at
			m.t.Share(m.now, m.present)
			m.shares++
		} else {
			m.now = nextTick // arrivals have no memory: draw again from here
			nextTick = nextTick.Add(time.Second)
		}
		if next := m.t.Next(m.now, m.present); next != m.present {
			m.present = next
			m.changes = append(m.changes, change{m.now, next})
		}
	}
}

// hashRates in hashes per second; one difficulty is 2^32 hashes.
var hashRates = []float64{50e3, 1e6, 500e6, 1e12, 120e12, 500e12}

// seeds is how many sessions are simulated at each hash rate.
const seeds = 12

func eachMiner(t *testing.T, factor float64, check func(t *testing.T, seed int, ideal float64, m *miner)) {
	for i, rate := range hashRates {
		t.Run(fmt.Sprintf("%.0e", rate), func(t *testing.T) {
			for seed := range seeds {
				work := rate / (1 << 32)
				ideal := work / (18.0 / 60)
				m := &miner{
					t: New(Options{SharesPerMinute: 18}), rng: rand.New(rand.NewPCG(uint64(seed), uint64(i))),
					now: begin, present: ideal * factor, work: work,
				}
				check(t, seed, ideal, m)
			}
		})
	}
}

// far is the factor between two difficulties, 1 or more.
func far(a, b float64) float64 { return math.Exp(math.Abs(math.Log(a / b))) }

// The bounds are statistical and the seeds fixed: five sessions of six must be
// inside the dead band and a quarter more, and none further out than loose.
const (
	near  = band * 1.25
	loose = 3.0
)

func converges(t *testing.T, factor float64, within time.Duration) {
	out := 0
	eachMiner(t, factor, func(t *testing.T, seed int, ideal float64, m *miner) {
		m.run(within)
		f := far(m.present, ideal)
		if f > loose {
			t.Errorf("seed %d: after %s difficulty %g, want about %g", seed, within, m.present, ideal)
		}
		if f > near {
			out++
		}
	})
	if all := seeds * len(hashRates); out > all/6 {
		t.Errorf("after %s %d of %d sessions are off by more than a factor of %.2f", within, out, all, near)
	}
}

func TestConvergesFromFarTooLow(t *testing.T)  { converges(t, 1.0/100, 30*time.Second) }
func TestConvergesFromFarTooHigh(t *testing.T) { converges(t, 100, 3*time.Minute) }

func TestStaysOnceItIsThere(t *testing.T) {
	changes, sessions, wild := 0, 0, 0
	eachMiner(t, 1.0/100, func(t *testing.T, seed int, ideal float64, m *miner) {
		m.run(5 * time.Minute)
		m.changes = nil
		m.run(2 * time.Hour)
		sessions++
		changes += len(m.changes)
		for _, c := range m.changes {
			if f := far(c.difficulty, ideal); f > near {
				wild++
				t.Logf("seed %d: difficulty %g after %s, want about %g", seed, c.difficulty, c.at.Sub(begin), ideal)
			}
		}
	})
	t.Logf("%d changes in %d sessions of 2 hours, %d of them wild", changes, sessions, wild)
	if changes > 2*sessions {
		t.Errorf("%d changes in %d sessions of 2 hours, want fewer than two each", changes, sessions)
	}
	if wild > sessions/20 {
		t.Errorf("%d changes by more than a factor of %.2f in %d sessions", wild, near, sessions)
	}
}

func TestBringsTheWantedRate(t *testing.T) {
	total, minutes := 0, 0
	eachMiner(t, 1, func(t *testing.T, _ int, _ float64, m *miner) {
		m.run(10 * time.Minute)
		m.shares = 0
		m.run(30 * time.Minute)
		total += m.shares
		minutes += 30
	})
	if got := float64(total) / float64(minutes); got < 18/1.25 || got > 18*1.25 {
		t.Errorf("%.1f shares a minute on average, want 18 within a quarter", got)
	}
}

func TestFollowsAMinerThatChanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		factor float64
		within time.Duration
	}{
		{"a hundred times faster", 100, 45 * time.Second},
		{"five times faster", 5, 90 * time.Second},
		{"five times slower", 1.0 / 5, 4 * time.Minute},
		{"a hundred times slower", 1.0 / 100, 4 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := 0
			eachMiner(t, 1, func(t *testing.T, seed int, ideal float64, m *miner) {
				m.run(20 * time.Minute)
				m.work *= c.factor
				m.run(c.within)
				if f := far(m.present, ideal*c.factor); f > loose {
					out++
				}
			})
			all := seeds * len(hashRates)
			t.Logf("%d of %d sessions are off by more than a factor of %.0f", out, all, loose)
			if out > all/20 {
				t.Errorf("%d of %d sessions are off by more than a factor of %.0f", out, all, loose)
			}
		})
	}
}

func TestTimeAloneLowers(t *testing.T) {
	tn := New(Options{SharesPerMinute: 18})
	d, now, last := 1024.0, begin, 1024.0
	for range 300 {
		d = tn.Next(now, d)
		if d < last/maxDown-1 || d > last {
			t.Fatalf("step from %g to %g, want down and by %g at most", last, d, maxDown)
		}
		last, now = d, now.Add(time.Second)
	}
	if d > 4 {
		t.Errorf("after 5 silent minutes: got %g, want 4 at most", d)
	}
}

// Each step down of a silence that lasts waits twice as long as the one before,
// from the second on.
func TestALongSilenceIsAPause(t *testing.T) {
	tn := New(Options{SharesPerMinute: 18})
	d := 1e6
	var steps []int
	for second := range 700 {
		if next := tn.Next(begin.Add(time.Duration(second)*time.Second), d); next != d {
			d = next
			steps = append(steps, second)
		}
	}
	if want := []int{20, 40, 80, 160, 320, 640}; !slices.Equal(steps, want) {
		t.Errorf("steps after %v seconds, want %v", steps, want)
	}
}

// A miner that sends some shares, but far too few, need not wait for a silence.
func TestFewSharesLowerBeforeSilenceDoes(t *testing.T) {
	for _, c := range []struct {
		name   string
		shares []int // seconds
		want   int   // second of the step
	}{
		{"none", nil, 20},
		{"one", []int{19}, 37},
		{"two", []int{19, 37}, 46},
		{"as many as wanted", []int{3, 6, 10, 13, 17, 20, 23, 27, 30, 33, 37, 40, 43, 47, 50}, 0},
	} {
		tn := New(Options{SharesPerMinute: 18})
		got := 0
		for second := 0; second <= 52 && got == 0; second++ {
			now := begin.Add(time.Duration(second) * time.Second)
			if slices.Contains(c.shares, second) {
				tn.Share(now, 1000)
			}
			if tn.Next(now, 1000) < 1000 {
				got = second
			}
		}
		if got != c.want {
			t.Errorf("%s: lowered after %d s, want %d", c.name, got, c.want)
		}
	}
}

// A device that takes a new difficulty at once is credited with the old one until
// its next job. What it sends in between says nothing.
func TestNothingIsCountedWhileADifficultySettles(t *testing.T) {
	tn := New(Options{SharesPerMinute: 18})
	d, now := 100.0, begin
	tn.Next(now, d)
	for range burstShares { // 3 a second: ten times too many
		now = now.Add(time.Second / 3)
		tn.Share(now, d)
	}
	raised := tn.Next(now, d)
	if raised < 500 || raised > 2000 {
		t.Fatalf("raised to %g, want about 1000", raised)
	}
	known := tn.shares / tn.exposure
	step := time.Duration(raised / 300 * float64(time.Second))
	for range 9 { // by the new difficulty, judged by the old
		now = now.Add(step)
		tn.Share(now, d)
		if next := tn.Next(now, raised); next != raised {
			t.Fatalf("changed to %g while it settles", next)
		}
	}
	if got := tn.shares / tn.exposure; got != known {
		t.Errorf("estimate went from %g to %g, want none made", known, got)
	}
	for range 30 {
		now = now.Add(step)
		tn.Share(now, raised)
	}
	if got := tn.shares / tn.exposure; far(got, 300) > 1.1 || tn.shares < 30 {
		t.Errorf("estimate of %g from %g shares after it has settled, want 300", got, tn.shares)
	}
}

// Shares of jobs that were sent with the old difficulty keep coming for a while
// after a step up: they are worth less, and must not drive it further.
func TestSharesOfOldJobsDoNotOvershoot(t *testing.T) {
	tn := New(Options{SharesPerMinute: 18})
	d, now := 1.0, begin
	tn.Next(now, d)
	for range 300 { // 30 a second at difficulty 1, whatever is given out
		now = now.Add(time.Second / 30)
		tn.Share(now, 1)
		d = tn.Next(now, d)
	}
	if d < 50 || d > 200 {
		t.Errorf("got %g for 30 shares of difficulty 1 a second, want about 100", d)
	}
}

func TestFloorAndCeiling(t *testing.T) {
	for _, c := range []struct {
		name    string
		o       Options
		floors  []float64
		present float64
		want    float64
	}{
		{"inside", Options{Min: 1, Max: 100}, nil, 50, 50},
		{"below the minimum", Options{Min: 64}, nil, 50, 64},
		{"above the maximum", Options{Max: 40}, nil, 50, 40},
		{"floor raised", Options{Min: 1}, []float64{200.5}, 50, 200.5},
		{"floor never lowers", Options{Min: 64}, []float64{2}, 50, 64},
		{"maximum wins", Options{Max: 40}, []float64{90}, 50, 40},
		{"floor that is no number", Options{Min: 1}, []float64{math.NaN(), -5, math.Inf(1), 0}, 50, 50},
		{"present that is no number", Options{Min: 8}, nil, math.NaN(), 8},
		{"present of zero", Options{}, nil, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			tn := New(c.o)
			for _, f := range c.floors {
				tn.Floor(f)
			}
			if got := tn.Next(begin, c.present); got != c.want {
				t.Errorf("got %g, want %g", got, c.want)
			}
		})
	}
}

func TestFloorHoldsInSilence(t *testing.T) {
	tn := New(Options{Min: 16})
	d := 1024.0
	for i := range 3600 {
		d = tn.Next(begin.Add(time.Duration(i)*time.Second), d)
	}
	if d != 16 {
		t.Errorf("after an hour of silence: got %g, want the floor 16", d)
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct{ in, want float64 }{
		{4.6566e-10, 4.7e-10}, {0.0123, 0.012}, {0.98, 0.98}, {0.996, 1}, {1.4, 1}, {1.6, 2},
		{999.6, 1000}, {1234, 1230}, {123456, 123000}, {8.6e12, 8.6e12},
	} {
		if got := round(c.in); got != c.want {
			t.Errorf("round(%g): got %g, want %g", c.in, got, c.want)
		}
	}
}

func TestTimeThatGoesBackIsHarmless(t *testing.T) {
	tn := New(Options{})
	d := 100.0
	for i := range 1000 {
		now := begin.Add(time.Duration(i%7) * time.Second)
		tn.Share(now, d)
		if d = tn.Next(now, d); math.IsNaN(d) || d <= 0 {
			t.Fatalf("share %d: difficulty %g", i, d)
		}
	}
}

func BenchmarkShareAndNext(b *testing.B) {
	tn := New(Options{})
	now := begin
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(3333 * time.Millisecond)
		tn.Share(now, 1024)
		tn.Next(now, 1024)
	}
}
