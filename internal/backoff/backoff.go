package backoff

import (
	"math/rand/v2"
	"time"
)

// The defaults: quick enough that a coin whose process was killed is back
// within a second, slow enough that a node that is down for hours is left alone.
const (
	DefaultFirst   = 250 * time.Millisecond
	DefaultMax     = 30 * time.Second
	DefaultHealthy = time.Minute
)

// Options are the limits of a Backoff. A zero field means its default.
type Options struct {
	First   time.Duration  // delay after the first failure, and the least of all
	Max     time.Duration  // longest delay
	Healthy time.Duration  // an attempt that was healthy this long starts the count anew
	Rand    func() float64 // source of the jitter, in [0,1); nil means math/rand
}

// Backoff counts failures in a row. It is not safe for concurrent use. The zero
// value works with the defaults.
type Backoff struct {
	o    Options
	step time.Duration // upper end of the last delay, 0 before the first failure
}

// New makes a Backoff with o's limits.
func New(o Options) *Backoff {
	return &Backoff{o: o}
}

// Next is how long to wait after a failure. Healthy is how long the attempt that
// just ended had worked, zero when it never did. The first delay is exact; each
// later one is drawn evenly from the upper half of a range whose end doubles, so
// that many who failed together do not return together. It lies within First
// and Max always.
func (b *Backoff) Next(healthy time.Duration) time.Duration {
	first, longest, reset, random := b.limits()
	if healthy >= reset {
		b.step = 0
	}
	switch {
	case b.step == 0:
		b.step = first
		return first
	case b.step > longest/2:
		b.step = longest
	default:
		b.step *= 2
	}
	low := max(b.step/2, first)
	return low + time.Duration(random()*float64(b.step-low))
}

// Reset forgets the failures: the next delay is the first one again.
func (b *Backoff) Reset() { b.step = 0 }

func (b *Backoff) limits() (first, longest, healthy time.Duration, random func() float64) {
	first, longest, healthy, random = b.o.First, b.o.Max, b.o.Healthy, b.o.Rand
	if first <= 0 {
		first = DefaultFirst
	}
	if longest <= 0 {
		longest = DefaultMax
	}
	if healthy <= 0 {
		healthy = DefaultHealthy
	}
	if random == nil {
		random = rand.Float64
	}
	return first, max(first, longest), healthy, random
}
