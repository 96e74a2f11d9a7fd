package batch

import "time"

// window is how long the least recent figures of Stats are counted; they cover
// one to two of it.
const window = 10 * time.Second

// Stats is what a Batcher does. Totals are since the start; the rest is of the
// last seconds.
type Stats struct {
	Batches uint64        // that came home with their hashes
	Headers uint64        // in them
	Errors  uint64        // calls that failed, without those that asked nobody
	Refused uint64        // headers that were not hashed in the end
	Wait    time.Duration // of all hashed headers between Submit and the call
	Hashing time.Duration // of all batches' calls

	Queued   int // headers that wait now
	InFlight int // batches

	Rate        float64       // headers a second
	MeanBatch   float64       // headers a batch
	MeanWait    time.Duration // of a header before the call
	MeanHashing time.Duration // of a call

	LastError    error     // of the function; nil when it never failed
	FailingSince time.Time // every call since has failed; zero when the last did not
}

// totals are the sums that only grow.
type totals struct {
	batches, headers uint64
	wait, hashing    time.Duration
}

// counters are guarded by Batcher.mu.
type counters struct {
	totals
	errors, refused uint64
	lastErr         error
	failingSince    time.Time

	older, newer     totals // at the start of the window before this one, and of this one
	olderAt, newerAt time.Time
}

// roll begins a new window when the present one is over.
func (c *counters) roll(now time.Time) {
	switch age := now.Sub(c.newerAt); {
	case c.newerAt.IsZero() || age >= 2*window: // nothing is known of the last seconds
		c.older, c.newer, c.olderAt, c.newerAt = c.totals, c.totals, now, now
	case age >= window:
		c.older, c.olderAt = c.newer, c.newerAt
		c.newer, c.newerAt = c.totals, now
	}
}

// note counts a batch that came home, and reports whether the function has
// begun or ceased to fail. Batcher.mu is held.
func (b *Batcher) note(f *flight, err error, start, now time.Time) (changed bool) {
	c := &b.stats
	c.roll(start)
	switch {
	case err != nil && b.closed:
		return false
	case err != nil:
		if !b.o.Absent(err) {
			c.errors++
		}
		c.lastErr = err
		if changed = c.failingSince.IsZero(); changed {
			c.failingSince = now
		}
	default:
		c.batches++
		c.headers += uint64(len(f.out))
		c.wait += f.wait
		c.hashing += now.Sub(start)
		changed = !c.failingSince.IsZero()
		c.failingSince = time.Time{}
	}
	return changed
}

// say tells the operator that the function has begun or ceased to fail.
func (b *Batcher) say(err error) {
	if err != nil {
		b.o.Logger.Warn("hash function fails, shares wait for it", "coin", b.name, "at_most", b.o.Deadline.String(), "error", err)
		return
	}
	b.o.Logger.Info("hash function works again", "coin", b.name)
}

// Stats says what b does now.
func (b *Batcher) Stats() Stats {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &b.stats
	c.roll(now)
	s := Stats{
		Batches: c.batches, Headers: c.headers, Errors: c.errors, Refused: c.refused, Wait: c.wait, Hashing: c.hashing,
		Queued: b.queued, InFlight: b.flights, LastError: c.lastErr, FailingSince: c.failingSince,
	}
	batches, headers := c.batches-c.older.batches, c.headers-c.older.headers
	if span := now.Sub(c.olderAt).Seconds(); span > 0 {
		s.Rate = float64(headers) / span
	}
	if batches > 0 {
		s.MeanBatch = float64(headers) / float64(batches)
		s.MeanHashing = (c.hashing - c.older.hashing) / time.Duration(batches)
	}
	if headers > 0 {
		s.MeanWait = (c.wait - c.older.wait) / time.Duration(headers)
	}
	return s
}
