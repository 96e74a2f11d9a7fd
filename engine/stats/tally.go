package stats

import (
	"time"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// Class is a kind of refusal, as statistics tell them apart.
type Class uint8

// The classes.
const (
	Stale     Class = iota // of work that is over, or no longer known
	Duplicate              // sent before
	Low                    // the hash did not meet the share target
	Invalid                // all else
	classes
)

// String is the class as the share log's reasons have it.
func (c Class) String() string {
	switch c {
	case Stale:
		return "stale"
	case Duplicate:
		return "duplicate"
	case Low:
		return "low-difficulty"
	}
	return "invalid"
}

// ClassOf is the class of a reason in the share log.
func ClassOf(reason string) Class {
	switch reason {
	case "stale", "job-not-found":
		return Stale
	case "duplicate":
		return Duplicate
	case "low-difficulty":
		return Low
	}
	return Invalid
}

// Tally is what was done in some time. The zero value is nothing.
type Tally struct {
	Accepted uint64    // shares
	Work     work.Work // of the accepted shares
	Refused  [classes]uint64
}

// Add adds o.
func (t *Tally) Add(o *Tally) {
	t.Accepted += o.Accepted
	t.Work = t.Work.Add(o.Work)
	for c, n := range o.Refused {
		t.Refused[c] += n
	}
}

// IsZero reports whether nothing was done.
func (t *Tally) IsZero() bool { return *t == Tally{} }

// HashRate is the work as hashes per second over a span of time, where hashes is
// the mean number of hashes behind a difficulty of 1 (2^32 for Bitcoin, 2^16 for
// Litecoin).
func (t *Tally) HashRate(span time.Duration, hashes float64) float64 {
	if span <= 0 {
		return 0
	}
	return t.Work.Difficulty() * hashes / span.Seconds()
}
