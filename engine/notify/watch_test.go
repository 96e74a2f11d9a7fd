package notify

import (
	"testing"
	"time"
)

// What comes and goes is told seldom; what stays is told once.
func TestWatch(t *testing.T) {
	const after = time.Minute
	for _, c := range []struct {
		name       string
		down, up   time.Duration // by turns
		span       time.Duration
		downs, ups [2]int // told, at least and at most
	}{
		{"down for good", time.Hour, 0, time.Hour, [2]int{1, 1}, [2]int{}},
		{"down for a short while", 50 * time.Second, 10 * time.Hour, 10 * time.Hour, [2]int{}, [2]int{}},
		{"down once", 10 * time.Minute, 10 * time.Hour, 9 * time.Hour, [2]int{1, 1}, [2]int{1, 1}},
		{"flaps fast", 10 * time.Second, 10 * time.Second, 24 * time.Hour, [2]int{1, 1}, [2]int{}},
		{"flaps slowly", 2 * time.Minute, 2 * time.Minute, 24 * time.Hour, [2]int{1, 4}, [2]int{1, 3}},
		{"flaps with an hour between", 5 * time.Minute, 61 * time.Minute, 24 * time.Hour, [2]int{3, 8}, [2]int{3, 8}},
		{"once a day", 10 * time.Minute, 24 * time.Hour, 10 * 24 * time.Hour, [2]int{9, 10}, [2]int{9, 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w watch
			now := time.Unix(1_000_000, 0)
			var downs, ups int
			for end, turn := now.Add(c.span), now; now.Before(end); now = now.Add(5 * time.Second) {
				if now.Sub(turn) >= c.down+c.up {
					turn = now
				}
				switch w.look(now, now.Sub(turn) < c.down, after) {
				case wentDown:
					downs++
				case cameBack:
					ups++
				}
			}
			if downs < c.downs[0] || downs > c.downs[1] || ups < c.ups[0] || ups > c.ups[1] {
				t.Errorf("got %d times down and %d times back, want %v and %v", downs, ups, c.downs, c.ups)
			}
		})
	}
}

// A machine that was suspended has not seen a node down for all that time.
func TestWatchAfterSuspension(t *testing.T) {
	var w watch
	now := time.Unix(1_000_000, 0)
	w.look(now, true, 5*time.Minute)
	if got := w.look(now.Add(8*time.Hour), true, 5*time.Minute); got != nothing {
		t.Errorf("got %v after a suspension, want nothing", got)
	}
}
