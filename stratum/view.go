package stratum

import (
	"math"
	"slices"
	"time"
)

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
	epochs     []epoch // of the jobs sent here, in order of from; empty before the first
	stand      epoch   // for jobs that are older than all of them
	past       past
}

// past is what was frozen into the jobs that a miner was sent before it came back
// with its session id.
type past struct {
	epochs []epoch
	to     uint64 // Seq of the newest of the jobs
}

// pastEpochs is how many epochs are remembered for a miner that may come back:
// there are few, and many who may.
const pastEpochs = 4

// epochOf is the epoch in which the job of seq was sent, for the turn-th time
// from 0 on.
func (v *view) epochOf(seq uint64, turn int) *epoch {
	if e := latest(v.epochs, seq, turn); e != nil {
		return e
	}
	if e := latest(v.past.epochs, seq, turn); e != nil {
		return e
	}
	return &v.stand
}

// never is an epoch whose jobs are worth nothing.
var never = epoch{difficulty: math.MaxFloat64}

// payingOf is the epoch whose difficulty a share of the job of seq is credited with,
// e being that in which the job was sent here. A job that the miner was sent before
// it came back counts as it did then, also when it is sent again; one that is older
// than what is remembered of that, not at all. Else a miner could have its best
// shares count by the higher difficulty, come back, and have the others count by the
// lower.
func (v *view) payingOf(seq uint64, e *epoch) *epoch {
	if v.past.epochs == nil || seq > v.past.to {
		return e
	}
	if old := latest(v.past.epochs, seq, 0); old != nil {
		return old
	}
	return &never
}

// latest is the last of the epochs that hold for a job, nil where it is older.
func latest(all []epoch, seq uint64, turn int) *epoch {
	for i := len(all) - 1; i >= 0; i-- {
		if e := &all[i]; e.from < seq || e.from == seq && e.turn <= turn {
			return e
		}
	}
	return nil
}

// left is what is remembered of a session when its miner has gone.
func (o *output) left() past {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := o.s.view.Load()
	if !o.sent {
		return v.past
	}
	all := slices.Concat(v.past.epochs, v.epochs)
	for i := len(v.past.epochs); i < len(all); i++ {
		all[i].from = max(all[i].from, v.past.to+1) // the jobs before it are the past's, also if sent again
	}
	return past{slices.Clone(all[max(len(all)-pastEpochs, 0):]), max(o.sentSeq, v.past.to)}
}

// with is the view after the job e.from was given out under e.
func (v *view) with(e epoch) *view {
	old := v.epochs
	if n := len(old); n > 0 {
		if last := &old[n-1]; last.difficulty == e.difficulty && last.mask == e.mask && last.extranonce == e.extranonce {
			return v
		}
	}
	// An epoch can go when its successor is older than any job lives.
	for len(old) > 1 && (len(old) >= epochLimit || e.at.Sub(old[1].at) > epochLife) {
		old = old[1:]
	}
	n := *v
	n.epochs = append(append(make([]epoch, 0, len(old)+1), old...), e)
	return &n
}
