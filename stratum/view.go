package stratum

import "time"

// epoch is what was frozen into the jobs from one on.
type epoch struct {
	from       uint64 // Seq of the first job it holds for
	turn       int    // how often that job was sent before, in other epochs
	at         time.Time
	difficulty float64
	target     [32]byte // big-endian
	mask       uint32
	extranonce [extranonce1Size]byte
}

// view is what a submission is judged by. It is immutable: the session's own
// goroutine reads it while a writer, giving out a job, may publish the next.
type view struct {
	difficulty float64 // the session's present one
	target     [32]byte
	epochs     []epoch // in order of from, never empty
}

// epochOf is the epoch in which the job of seq was sent, for the turn-th time
// from 0 on. A job that is older than all counts as of the first: a resumed
// session may still work on it.
func (v *view) epochOf(seq uint64, turn int) *epoch {
	for i := len(v.epochs) - 1; i > 0; i-- {
		if e := &v.epochs[i]; e.from < seq || e.from == seq && e.turn <= turn {
			return &v.epochs[i]
		}
	}
	return &v.epochs[0]
}

// with is the view after the job e.from was given out under e.
func (v *view) with(e epoch) *view {
	old := v.epochs
	last := &old[len(old)-1]
	if last.at.IsZero() {
		old = nil // the stand-in from before the first job
	} else if last.difficulty == e.difficulty && last.mask == e.mask && last.extranonce == e.extranonce {
		return v
	}
	// An epoch can go when its successor is older than any job lives.
	for len(old) > 1 && (len(old) >= epochLimit || e.at.Sub(old[1].at) > epochLife) {
		old = old[1:]
	}
	n := *v
	n.epochs = append(append(make([]epoch, 0, len(old)+1), old...), e)
	return &n
}
