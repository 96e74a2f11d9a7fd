package stats

import (
	"math"
	"time"
)

const (
	maxPoints  = 5000 // of one history
	minutesRun = 120  // minutes that every Keep has at least, where it keeps two hours
)

// Series is all that is known of one name.
type Series struct {
	live   Live
	levels [Levels][]entry
}

// NewSeries puts a name's parts together. Errors are ErrDamaged.
func NewSeries(live *Live, s Store) (*Series, error) {
	out := &Series{live: *live}
	for l := range out.levels {
		var err error
		if out.levels[l], err = parseRow(s.Get(Level(l))); err != nil {
			return nil, err
		}
	}
	open := append([]entry(nil), live.pending...)
	if !live.before.IsZero() {
		open = append(open, entry{live.clock - 1, live.before})
	}
	if !live.now.IsZero() {
		open = append(open, entry{live.clock, live.now})
	}
	out.levels[Minutes] = inOrder(append(out.levels[Minutes], open...))
	return out, nil
}

// Total is everything ever counted.
func (s *Series) Total() (sum Tally) {
	for _, level := range s.levels {
		for i := range level {
			sum.Add(&level[i].Tally)
		}
	}
	return sum
}

// RoundBest is the largest share in the present round of a chain, 0 if there is
// none.
func (s *Series) RoundBest(r *Rounds, chain string) float64 { return s.live.RoundBest(r, chain) }

// Sum is what was done from one time to another, the latter left out. What is
// rolled up counts at the beginning of its hour or day; what is older than all
// days does not count.
func (s *Series) Sum(from, to time.Time) (sum Tally) {
	a, b := from.Unix(), to.Unix()
	for l := Minutes; l < Older; l++ {
		for i := range s.levels[l] {
			e := &s.levels[l][i]
			if at := int64(e.slot) * l.seconds(); at >= a && at < b {
				sum.Add(&e.Tally)
			}
		}
	}
	return sum
}

// Last is what was done in the whole minutes before the one that now is in, and
// how long that was: span minutes, or where minutes are no longer kept for so
// long, less by what begins before a whole hour.
func (s *Series) Last(now time.Time, span time.Duration) (Tally, time.Duration) {
	to := now.Truncate(time.Minute)
	from := to.Add(-span.Truncate(time.Minute))
	if to.Sub(from) > minutesRun*time.Minute {
		if hour := from.Truncate(time.Hour); hour.Before(from) {
			from = hour.Add(time.Hour)
		}
	}
	return s.Sum(from, to), to.Sub(from)
}

// HashRate is the hash rate over Last, in hashes a second; see Tally.HashRate. Who
// has come within that time, after nothing for as long before or an hour if that is
// longer, is measured from its first share until now, the running minute with it: that
// share starts the clock and is not counted, so that few shares do not make a rate too
// large. A single one counts over the whole span.
func (s *Series) HashRate(now time.Time, span time.Duration, hashes float64) float64 {
	t, length := s.Last(now, span)
	to := now.Truncate(time.Minute)
	began, rolled := s.began(to.Add(-length), now, max(span, time.Hour))
	if began.IsZero() || length <= 0 {
		return t.HashRate(length, hashes)
	}
	t = s.Sum(began, to.Add(time.Minute))
	rate := t.HashRate(max(now.Sub(began), time.Minute), hashes)
	switch {
	case rolled:
		return rate
	case t.Accepted < 2:
		return t.HashRate(length, hashes)
	}
	return rate * float64(t.Accepted-1) / float64(t.Accepted)
}

// began is the minute in which somebody came after so long a pause, or is new, and
// that is not before from; zero where nobody has. Where that minute is rolled up, it is
// the end of its hour or day, which is left out as a whole.
func (s *Series) began(from, now time.Time, pause time.Duration) (at time.Time, rolled bool) {
	first, before, level := int64(math.MaxInt64), int64(math.MinInt64), Minutes
	for l := Minutes; l < Older; l++ {
		for i := range s.levels[l] {
			e := &s.levels[l][i]
			if start := int64(e.slot) * l.seconds(); e.Accepted > 0 && start >= from.Unix() && start < first {
				first, level = start, l
			}
		}
	}
	for l := Minutes; l < Older; l++ {
		for i := range s.levels[l] {
			e := &s.levels[l][i]
			if start := int64(e.slot) * l.seconds(); e.Accepted > 0 && start < first {
				before = max(before, start+l.seconds())
			}
		}
	}
	if before > 0 && first-before < int64(pause/time.Second) {
		return time.Time{}, false
	}
	if rolled = level > Minutes; rolled {
		first += level.seconds()
	}
	if first > now.Unix() {
		return time.Time{}, false
	}
	return time.Unix(first, 0), rolled
}

// Point is what was done in one minute, hour or day.
type Point struct {
	Start time.Time // UTC
	Tally
}

// History is a chart: a point for each minute, hour or day from the one that from
// is in to the one that to is in, zero where nothing was done, at most the 5,000
// newest. A level that no longer reaches back shows what is rolled up at the
// beginning of its hour or day.
func (s *Series) History(l Level, from, to time.Time) []Point {
	step := min(l, Days).seconds()
	first, last := slotAt(from, step), slotAt(to, step)
	if last < first {
		return nil
	}
	first = max(first, last-maxPoints+1)
	points := make([]Point, last-first+1)
	for i := range points {
		points[i].Start = time.Unix((first+int64(i))*step, 0).UTC()
	}
	for l := Minutes; l < Older; l++ {
		for i := range s.levels[l] {
			e := &s.levels[l][i]
			if at := int64(e.slot) * l.seconds() / step; at >= first && at <= last {
				points[at-first].Add(&e.Tally)
			}
		}
	}
	return points
}

// slotAt is the slot that a time is in, of those that can be stored.
func slotAt(t time.Time, step int64) int64 {
	return min(max(t.Unix(), 0), math.MaxUint32*60+59) / step
}
