package histogram

import (
	"sync/atomic"
	"time"
)

// Bounds are the upper bounds of the classes; a longer time is in none of them and
// only in the count. They reach from a notify in a process to a node that takes its
// time over a block, each two to two and a half times the one before.
var Bounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// Histogram counts durations. The zero value is ready; its methods may be called
// by any goroutine.
type Histogram struct {
	in  [len(Bounds) + 1]atomic.Uint64 // by class, the last for what is above all bounds
	sum atomic.Int64                   // nanoseconds
}

// Observe counts one duration. One below zero, of a clock that was set, counts as 0.
func (h *Histogram) Observe(d time.Duration) { h.ObserveAll(d, 1) }

// ObserveAll counts n things that took the same time together.
func (h *Histogram) ObserveAll(d time.Duration, n int) {
	d = max(d, 0)
	class := 0
	for class < len(Bounds) && d > Bounds[class] {
		class++
	}
	h.sum.Add(int64(d) * int64(n))
	h.in[class].Add(uint64(n))
}

// Counts are what a Histogram has counted.
type Counts struct {
	Count uint64
	Sum   time.Duration
	Up    [len(Bounds)]uint64 // how many took no longer than each of Bounds
}

// Counts is what was counted so far. Count and Up agree with each other; Sum may
// hold a duration more, of an Observe that is under way.
func (h *Histogram) Counts() (c Counts) {
	for i := range h.in {
		c.Count += h.in[i].Load()
		if i < len(c.Up) {
			c.Up[i] = c.Count
		}
	}
	c.Sum = time.Duration(h.sum.Load())
	return c
}
