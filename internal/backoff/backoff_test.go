package backoff

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestNext(t *testing.T) {
	high := func() float64 { return 0.999999 }
	low := func() float64 { return 0 }
	for _, c := range []struct {
		name    string
		o       Options
		healthy []time.Duration // one attempt each
		want    []time.Duration // rounded to a millisecond
	}{
		{"upper end doubles to the cap", Options{Rand: high}, make([]time.Duration, 9),
			[]time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 8000 * ms, 16000 * ms, 30000 * ms, 30000 * ms}},
		{"lower end is half of it, never under the first", Options{Rand: low}, make([]time.Duration, 9),
			[]time.Duration{250 * ms, 250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 8000 * ms, 15000 * ms, 15000 * ms}},
		{"a healthy minute starts anew", Options{Rand: high}, []time.Duration{0, 0, 0, 59 * time.Second, time.Minute, 0},
			[]time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 250 * ms, 500 * ms}},
		{"own limits", Options{First: ms, Max: 3 * ms, Healthy: time.Second, Rand: high}, []time.Duration{0, 0, 0, 2 * time.Second},
			[]time.Duration{ms, 2 * ms, 3 * ms, ms}},
		{"cap under the first", Options{First: 5 * ms, Max: ms, Rand: high}, []time.Duration{0, 0}, []time.Duration{5 * ms, 5 * ms}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := New(c.o)
			for i, h := range c.healthy {
				if got := b.Next(h).Round(ms); got != c.want[i] {
					t.Errorf("attempt %d: got %s, want %s", i, got, c.want[i])
				}
			}
		})
	}
}

func TestZeroValueAndReset(t *testing.T) {
	var b Backoff
	if got := b.Next(0); got != DefaultFirst {
		t.Errorf("first delay: got %s, want %s", got, DefaultFirst)
	}
	for range 1000 {
		if got := b.Next(0); got < DefaultFirst || got > DefaultMax {
			t.Fatalf("got %s, want within %s and %s", got, DefaultFirst, DefaultMax)
		}
	}
	b.Reset()
	if got := b.Next(0); got != DefaultFirst {
		t.Errorf("after Reset: got %s, want %s", got, DefaultFirst)
	}
}

func TestJitterSpreads(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for range 100 {
		b := New(Options{})
		for range 5 {
			b.Next(0)
		}
		seen[b.Next(0)] = true
	}
	if len(seen) < 50 {
		t.Errorf("got %d different sixth delays of 100, want most", len(seen))
	}
}
