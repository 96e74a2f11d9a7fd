package stats

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// memory is a Store.
type memory map[Level][]byte

func (m memory) Get(l Level) []byte            { return m[l] }
func (m memory) Put(l Level, row []byte) error { m[l] = row; return nil }
func (m memory) Delete(l Level) error          { delete(m, l); return nil }
func (m memory) equal(o memory) bool           { return maps.EqualFunc(m, o, bytes.Equal) }
func (m memory) mustSeries(t testing.TB, l *Live) *Series {
	t.Helper()
	s, err := NewSeries(l, m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// event is a share, or a refusal where the class is set.
type event struct {
	at       int64
	work     work.Work
	achieved float64
	class    Class
	refused  uint64
	begin    string // a round of this chain starts, and nothing else
}

func (l *Live) mustTake(t testing.TB, e *event, r *Rounds, s Store) {
	t.Helper()
	flush := false
	switch {
	case e.begin != "":
		r.Begin(e.begin)
	case e.refused > 0:
		flush = l.Refuse(e.at, e.class, e.refused)
	default:
		l.Best(r, e.achieved)
		flush = l.Share(e.at, e.work)
	}
	if flush {
		l.mustFlush(t, s)
	}
}

func (l *Live) mustFlush(t testing.TB, s Store) {
	t.Helper()
	if err := l.Flush(s); err != nil {
		t.Fatal(err)
	}
}

// naive is the model: after each event every sum is put where it belongs by the
// rules in the package comment, with nothing held back.
type naive struct {
	keep  Keep
	clock int64 // minute; -1 before the first event
	level [Levels]map[int64]Tally
	best  map[string]float64
}

func newNaive(k Keep) *naive {
	n := &naive{keep: k, clock: -1, best: map[string]float64{}}
	for l := range n.level {
		n.level[l] = map[int64]Tally{}
	}
	return n
}

func (n *naive) take(e *event) {
	if e.begin != "" {
		n.best[e.begin] = 0
		return
	}
	minute := max(e.at, 0) / 60_000
	if minute > n.clock || minute < n.clock-60 {
		n.clock = minute
	}
	t := Tally{Accepted: 1, Work: e.work}
	if e.refused > 0 {
		t = Tally{}
		t.Refused[e.class] = e.refused
	} else {
		for chain, b := range n.best {
			n.best[chain] = max(b, e.achieved)
		}
	}
	n.add(Minutes, minute, t)
	n.roll()
}

func (n *naive) add(l Level, slot int64, t Tally) {
	sum := n.level[l][slot]
	sum.Add(&t)
	n.level[l][slot] = sum
}

func (n *naive) roll() {
	for slot, t := range n.level[Minutes] {
		open := slot == n.clock || slot == n.clock-1
		if hour, now := slot/60, n.clock/60; !open && (hour > now || hour < now-int64(n.keep.Minutes)) {
			delete(n.level[Minutes], slot)
			n.add(Hours, hour, t)
		}
	}
	for slot, t := range n.level[Hours] {
		if day, now := slot/24, n.clock/1440; day > now || day < now-int64(n.keep.Hours) {
			delete(n.level[Hours], slot)
			n.add(Days, day, t)
		}
	}
	for len(n.level[Days]) > n.keep.Days {
		first := slices.Min(slices.Collect(maps.Keys(n.level[Days])))
		n.add(Older, 0, n.level[Days][first])
		delete(n.level[Days], first)
	}
}

func (n *naive) compare(t *testing.T, s *Series) {
	t.Helper()
	for l := range n.level {
		want := n.level[l]
		got := map[int64]Tally{}
		last := int64(-1)
		for _, e := range s.levels[l] {
			if got[int64(e.slot)] = e.Tally; int64(e.slot) <= last {
				t.Fatalf("level %d: slot %d comes after %d", l, e.slot, last)
			}
			last = int64(e.slot)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("level %d at minute %d: got %d entries %v, want %d: %v", l, n.clock, len(got), got, len(want), want)
		}
	}
}

// stream is random events: steady, with gaps, late ones, and clocks that jump.
func stream(rng *rand.Rand, count int) (out []event) {
	at := int64(1_700_000_000_000)
	for range count {
		switch rng.IntN(60) {
		default:
			at += rng.Int64N(40_000)
		case 0:
			at += rng.Int64N(4 * 3600_000)
		case 1:
			at += rng.Int64N(4 * 86400_000)
		case 2:
			at -= rng.Int64N(3 * 3600_000)
		case 3:
			at = rng.Int64N(4_000_000_000_000) - 1_000_000_000_000
		case 4:
			at = 1_700_000_000_000 + rng.Int64N(100*86400_000)
		}
		e := event{at: at, work: work.Of(float64(rng.IntN(9)) * 1.1), achieved: rng.ExpFloat64()}
		switch rng.IntN(12) {
		case 0:
			e.class, e.refused = Class(rng.IntN(int(classes))), 1+rng.Uint64N(500)
		case 1:
			e.at -= rng.Int64N(70 * 60_000)
		case 2:
			e = event{begin: fmt.Sprint("chain", rng.IntN(3))}
		case 3:
			e.achieved = float64(rng.IntN(3)) // equals, and zero
		}
		out = append(out, e)
	}
	return out
}

// Random streams, written and read again at random places, are equal to the
// model after each event; when rows are written changes no byte of them.
func TestSeriesEqualsModel(t *testing.T) {
	keep := Keep{Minutes: 2, Hours: 3, Days: 12}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 5))
			model, total := newNaive(keep), Tally{}
			var live, plain Live
			for _, l := range []*Live{&live, &plain} {
				if err := l.Parse(nil, &keep); err != nil {
					t.Fatal(err)
				}
			}
			var rounds, plainRounds Rounds
			rows, plainRows := memory{}, memory{}
			for i, e := range stream(rng, 3000) {
				live.mustTake(t, &e, &rounds, rows)
				plain.mustTake(t, &e, &plainRounds, plainRows)
				model.take(&e)
				if e.begin == "" && e.refused == 0 {
					total.Add(&Tally{Accepted: 1, Work: e.work})
				} else {
					total.Refused[e.class] += e.refused
				}
				if rng.IntN(4) == 0 { // a transaction ends
					live.mustFlush(t, rows)
					if err := live.Parse(live.Append(nil), &keep); err != nil {
						t.Fatal(err)
					}
				}
				if len(live.bests) > 4 {
					t.Fatalf("%d best shares are kept of 3 chains", len(live.bests))
				}
				if i%50 == 0 || i > 2950 {
					model.compare(t, rows.mustSeries(t, &live))
				}
				for chain, want := range model.best {
					if got := live.RoundBest(&rounds, chain); got != want {
						t.Fatalf("event %d: best in the round of %s: got %v, want %v", i, chain, got, want)
					}
				}
			}
			if got := rows.mustSeries(t, &live).Total(); got != total {
				t.Errorf("sum of all levels: got %+v, want %+v", got, total)
			}
			live.mustFlush(t, rows)
			plain.mustFlush(t, plainRows)
			if a, b := live.Append(nil), plain.Append(nil); !rows.equal(plainRows) || !bytes.Equal(a, b) {
				t.Error("rows depend on when they are written")
			}
		})
	}
}

func TestWorkIsStoredExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		w := work.Work{Hi: rng.Uint64() >> rng.UintN(65), Lo: rng.Uint64() >> rng.UintN(65) << rng.UintN(65)}
		if w.IsZero() {
			continue
		}
		r := reader{raw: appendWork(nil, w)}
		if got := r.work(); got != w || r.bad || len(r.raw) > 0 {
			t.Fatalf("got %v, want %v", got, w)
		}
	}
	if n := len(appendWork(nil, work.Of(16384).Times(18))); n != 2 {
		t.Errorf("18 shares of 16384 take %d bytes, want 2", n)
	}
}

func FuzzParse(f *testing.F) {
	keep := Keep{Minutes: 2, Hours: 3, Days: 12}
	var l Live
	if err := l.Parse(nil, &keep); err != nil {
		f.Fatal(err)
	}
	rows, rounds := memory{}, Rounds{}
	for _, e := range stream(rand.New(rand.NewPCG(1, 2)), 300) {
		l.mustTake(f, &e, &rounds, rows)
	}
	l.mustFlush(f, rows)
	for _, row := range rows {
		f.Add(row, l.Append(nil))
	}
	f.Fuzz(func(t *testing.T, row, live []byte) {
		if entries, err := parseRow(row); err == nil && len(row) > 0 {
			again, err := parseRow(appendEntries(nil, entries))
			if err != nil || !reflect.DeepEqual(again, entries) {
				t.Errorf("row %x: got %v (%v) again, want %v", row, again, err, entries)
			}
		}
		var got, again Live
		if got.Parse(live, &keep) == nil {
			if err := again.Parse(got.Append(nil), &keep); err != nil || !bytes.Equal(again.Append(nil), got.Append(nil)) {
				t.Errorf("live %x: got %+v (%v) again, want %+v", live, again, err, got)
			}
		}
	})
}
