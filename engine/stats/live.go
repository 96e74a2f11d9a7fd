package stats

import (
	"math"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/work"
)

const (
	lateMinutes = 60 // a record further behind sets the clock back
	maxPending  = 8  // entries held before the row is written; a minute each, as a rule
)

// Store holds the rows of one name. What Get returns is not changed and valid
// until the next call of Put; Put keeps the row.
type Store interface {
	Get(Level) []byte // nil where there is none
	Put(Level, []byte) error
	Delete(Level) error
}

// Live is the part of a name's series that records change: the minute of the
// clock, the one before, and what is not in the rows of its Store yet. It belongs
// to one goroutine. Parse makes one.
type Live struct {
	keep    *Keep
	begun   bool
	clock   uint32 // minute of the newest record
	now     Tally  // of that minute
	before  Tally  // of the minute before
	pending []entry
	bests   []best
	moved   bool // the clock's hour is another one than at the last Flush
}

// Share counts an accepted share at a time, in Unix milliseconds. Where it
// reports true, Flush comes before the next record.
func (l *Live) Share(at int64, w work.Work) (flush bool) {
	t, flush := l.at(at)
	t.Accepted++
	t.Work = t.Work.Add(w)
	return flush
}

// Refuse counts n refused submissions, as Share does.
func (l *Live) Refuse(at int64, c Class, n uint64) (flush bool) {
	if n == 0 {
		return false
	}
	t, flush := l.at(at)
	t.Refused[min(c, Invalid)] += n
	return flush
}

// at is the tally of a time. It is valid until the next call.
func (l *Live) at(ms int64) (*Tally, bool) {
	minute := minuteOf(ms)
	switch {
	case minute == l.clock && l.begun:
		return &l.now, false
	case !l.begun:
		l.begun, l.clock = true, minute
		return &l.now, false
	case minute > l.clock || l.clock-minute > lateMinutes:
		l.turn(minute)
		return &l.now, l.full()
	case l.clock-minute == 1:
		return &l.before, false
	}
	if n := len(l.pending); n == 0 || l.pending[n-1].slot != minute {
		l.pending = append(l.pending, entry{slot: minute})
	}
	return &l.pending[len(l.pending)-1].Tally, l.full()
}

func (l *Live) full() bool { return l.moved || len(l.pending) >= maxPending }

// turn sets the clock. Minutes that are no longer open wait for Flush.
func (l *Live) turn(to uint32) {
	next := l.clock != math.MaxUint32 && to == l.clock+1
	if !l.before.IsZero() {
		l.pending = append(l.pending, entry{l.clock - 1, l.before})
	}
	l.before = Tally{}
	switch {
	case next:
		l.before = l.now
	case !l.now.IsZero():
		l.pending = append(l.pending, entry{l.clock, l.now})
	}
	l.moved = l.moved || l.clock/60 != to/60
	l.now, l.clock = Tally{}, to
}

// minuteOf is the minute of a time in Unix milliseconds.
func minuteOf(ms int64) uint32 { return uint32(min(max(ms, 0)/60_000, math.MaxUint32)) }

// Waits reports whether there is something for Flush to write.
func (l *Live) Waits() bool { return l.moved || len(l.pending) > 0 }

// Reads reports whether Flush is going to read the row of a level, as far as the row
// of the level before tells; that one may be nil. It is for reading ahead.
func (l *Live) Reads(level Level, before []byte) bool {
	switch {
	case level == Minutes:
		return l.Waits()
	case level == Hours || !l.moved:
		return l.moved
	case level == Older:
		return true // days are read once a day
	}
	first, _, err := bounds(before)
	return err == nil && l.keep.outside(level-1, first, l.clock)
}

// Flush moves the minutes that are over to the rows, and with a new hour what is
// old from each row to the next. When it is called changes nothing in what the
// rows come to hold. After an error the Live is of no use.
func (l *Live) Flush(s Store) error {
	add := inOrder(l.pending)
	for level := Minutes; level < Levels; level++ {
		if len(add) == 0 && (level >= Days || !l.moved) {
			break // only a new hour takes something off a row that gets nothing
		}
		row, gone, changed, err := l.keep.take(level, s.Get(level), add, l.clock)
		switch {
		case err != nil:
			return err
		case changed && len(row) == 0:
			err = s.Delete(level)
		case changed:
			err = s.Put(level, row)
		}
		if err != nil {
			return err
		}
		add = gone
	}
	l.pending, l.moved = l.pending[:0], false
	return nil
}

// Rounds are the starts of rounds of one pool's chains. The zero value has none.
type Rounds struct {
	Generation uint64
	Starts     map[string]uint64 // by chain, the generation that its round began with
}

// Begin starts a round of a chain.
func (r *Rounds) Begin(chain string) {
	if r.Starts == nil {
		r.Starts = map[string]uint64{}
	}
	r.Generation++
	r.Starts[chain] = r.Generation
}

// best is a share that no later one has reached.
type best struct {
	generation uint64
	achieved   float64 // difficulty
}

// Best takes note of what a share has achieved.
func (l *Live) Best(r *Rounds, achieved float64) {
	n := len(l.bests)
	if !(achieved > 0) || n > 0 && l.bests[n-1].generation == r.Generation && achieved <= l.bests[n-1].achieved {
		return
	}
	for n > 0 && l.bests[n-1].achieved <= achieved {
		n--
	}
	l.bests = append(l.bests[:n], best{r.Generation, achieved})
	if n > 0 {
		l.prune(r)
	}
}

// prune drops the shares that are the best of no chain's round.
func (l *Live) prune(r *Rounds) {
	after := uint64(0) // the generation of the share before
	first := true
	l.bests = slices.DeleteFunc(l.bests, func(b best) bool {
		for _, start := range r.Starts {
			if start <= b.generation && (first || start > after) {
				first, after = false, b.generation
				return false
			}
		}
		return true
	})
}

// RoundBest is the largest share in the present round of a chain, 0 if there is
// none.
func (l *Live) RoundBest(r *Rounds, chain string) float64 {
	start, ok := r.Starts[chain]
	for _, b := range l.bests {
		if ok && b.generation >= start {
			return b.achieved
		}
	}
	return 0
}
