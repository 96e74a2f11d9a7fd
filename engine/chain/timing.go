package chain

import (
	"slices"
	"sync"
	"time"
)

// TimingBounds are the upper bounds of the classes that a Timing counts in. They
// are closest where a pool wants to be: below 50 ms.
var TimingBounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// timingKept is how many of the last durations the percentiles are of.
const timingKept = 256

// Timing gathers how long something took. The zero value is ready; its methods
// may be called concurrently.
type Timing struct {
	mu     sync.Mutex
	times  Times
	recent [timingKept]time.Duration
}

// Times is what a Timing has gathered.
type Times struct {
	Count    uint64
	Sum      time.Duration
	Last     time.Duration
	P50, P99 time.Duration             // of the last 256
	Up       [len(TimingBounds)]uint64 // how many took no longer than each of TimingBounds
}

// Add takes a duration. One below zero, of two clocks that differ, counts as 0.
func (t *Timing) Add(d time.Duration) {
	d = max(d, 0)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recent[t.times.Count%timingKept] = d
	t.times.Count++
	t.times.Sum += d
	t.times.Last = d
	for i, bound := range TimingBounds {
		if d <= bound {
			t.times.Up[i]++
		}
	}
}

// Times is what was gathered so far.
func (t *Timing) Times() Times {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.times
	if n := int(min(out.Count, timingKept)); n > 0 {
		sorted := slices.Sorted(slices.Values(t.recent[:n]))
		out.P50, out.P99 = sorted[(n-1)/2], sorted[(n*99+99)/100-1]
	}
	return out
}
