package vardiff

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// known is a session of a device that has been there for 20 minutes.
func known(t testing.TB, d device, seed uint64, patient bool) (s *sim, ideal float64) {
	t.Helper()
	p, work, ideal := d.profileOf(t)
	s = newSim(ours(p), seed, work, p.Start, patient)
	s.run(simWarmUp)
	s.shares, s.changes = 0, 0
	return s, ideal
}

// until runs s until its difficulty is near ideal and returns the seconds that it
// took, at most limit.
func (s *sim) until(ideal float64, limit time.Duration) float64 {
	from := s.now
	for far(s.present, ideal) > simNearest && s.now.Sub(from) < limit {
		s.run(100 * time.Millisecond)
	}
	return s.now.Sub(from).Seconds()
}

var (
	rig   = device{"rented rig", 110e12, "sha256d", Rental, 0}
	s19   = device{"S19", 110e12, "sha256d", Normal, 0}
	proxy = device{"proxy of 1,000 Bitaxe", 1.2e15, "sha256d", Normal, 0}
	esp32 = device{"ESP32", 50e3, "sha256d", Low, 0.04}
)

// TestEvents is what happens to sessions in their lives. The bounds hold for the
// middle one and, wider, for every one.
func TestEvents(t *testing.T) {
	var table strings.Builder
	table.WriteString("| event | device takes a difficulty | right again after s, median (worst) | shares in the first minute of it, median (worst) |\n|---|---|---|---|\n")
	for _, c := range []struct {
		name           string
		happens        func(t *testing.T, seed uint64, patient bool) (seconds, shares float64)
		seconds, worst float64 // bounds for devices that take a difficulty at once
		flood          float64 // bound on the shares of the first minute
	}{
		{"a rented rig becomes 100 times as fast", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			s, ideal := known(t, rig, seed, patient)
			s.work *= 100
			return s.after(100 * ideal)
		}, 10, 120, 120},
		{"an S19 becomes 100 times as slow", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			s, ideal := known(t, s19, seed, patient)
			s.work /= 100
			return s.after(ideal / 100)
		}, 200, 600, 5},
		{"an S19 stops for 10 minutes and comes back", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			s, ideal := known(t, s19, seed, patient)
			s.off = true
			s.run(10 * time.Minute)
			s.off = false
			return s.after(ideal)
		}, 10, 30, 150},
		{"an S19 stops for a night and comes back", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			s, ideal := known(t, s19, seed, patient)
			s.off = true
			s.run(8 * time.Hour)
			s.off = false
			return s.after(ideal)
		}, 10, 30, 150},
		{"a proxy of 1,000 Bitaxe loses nine of ten", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			s, ideal := known(t, proxy, seed, patient)
			s.work /= 10
			return s.after(ideal / 10)
		}, 180, 600, 10},
		{"an ESP32 that begins at a share an hour", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			p, work, ideal := esp32.profileOf(t)
			s := newSim(ours(p), seed, work, p.Start, patient)
			return s.after(ideal)
		}, 1300, 3600, 3},
		{"an S19 restarts and suggests what it had", func(t *testing.T, seed uint64, patient bool) (float64, float64) {
			s, ideal := known(t, s19, seed, patient)
			p, _, _ := s19.profileOf(t)
			s.restart(ours(p), s.present)
			return s.after(ideal)
		}, 1, 60, 45},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, patient := range []bool{false, true} {
				var seconds, shares []float64
				for seed := range uint64(simSeeds) {
					a, b := c.happens(t, seed, patient)
					seconds, shares = append(seconds, a), append(shares, b)
				}
				when := "at once"
				if patient {
					when = "with the next job"
				}
				fmt.Fprintf(&table, "| %s | %s | %.0f (%.0f) | %.0f (%.0f) |\n", c.name, when,
					quantile(seconds, 0.5), quantile(seconds, 1), quantile(shares, 0.5), quantile(shares, 1))
				if got := quantile(seconds, 0.5); got > c.seconds {
					t.Errorf("%s: half of the sessions are right after %.0f s, want %.0f", when, got, c.seconds)
				}
				if got := quantile(seconds, 1); got > c.worst {
					t.Errorf("%s: the last session is right after %.0f s, want %.0f", when, got, c.worst)
				}
				if got := quantile(shares, 0.5); !patient && got > c.flood {
					t.Errorf("%s: %.0f shares in the first minute, want %.0f", when, got, c.flood)
				}
			}
		})
	}
	t.Log("\n" + table.String())
}

// after is how long it takes from now on until the difficulty is near ideal, and
// the shares of the first minute.
func (s *sim) after(ideal float64) (seconds, shares float64) {
	from := s.now
	s.shares = 0
	seconds = s.until(ideal, 2*time.Hour)
	if left := time.Minute - s.now.Sub(from); left > 0 {
		s.run(left)
	}
	return seconds, float64(s.shares)
}

// A miner that is known keeps its difficulty over a pause: silence lowers it, and
// the first shares bring back what there was, in one step.
func TestAPauseIsTakenBackInOneStep(t *testing.T) {
	s, ideal := known(t, s19, 1, false)
	before := s.present
	s.off = true
	s.run(10 * time.Minute)
	if f := before / s.present; f < 256 || f > 4096 {
		t.Errorf("10 minutes of silence lowered the difficulty %g times, want 256 to 4096", f)
	}
	s.off = false
	s.changes = 0
	s.until(ideal, time.Minute)
	if s.changes != 1 || far(s.present, before) > band {
		t.Errorf("after %d changes at %g, want one and about %g", s.changes, s.present, before)
	}
}
