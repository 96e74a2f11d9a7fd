package stats

import (
	"errors"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/work"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// steady is a series of a share of difficulty 60 each ten seconds up to noon, for
// some time.
func steady(t testing.TB, keep *Keep, d time.Duration) *Series {
	t.Helper()
	var l Live
	if err := l.Parse(nil, keep); err != nil {
		t.Fatal(err)
	}
	rows := memory{}
	for at := noon.Add(-d); at.Before(noon); at = at.Add(10 * time.Second) {
		l.mustTake(t, &event{at: at.UnixMilli(), work: work.Of(60)}, &Rounds{}, rows)
	}
	return rows.mustSeries(t, &l)
}

func TestHashRate(t *testing.T) {
	keep := Keep{Minutes: 2, Hours: 7, Days: 400}
	const rate = 6 // difficulty a second
	for _, c := range []struct {
		name string
		past time.Duration // of shares
		now  time.Duration // after noon
		span time.Duration
		want float64
	}{
		{"a minute", 48 * time.Hour, 0, time.Minute, rate},
		{"five minutes, within a minute", 48 * time.Hour, 59 * time.Second, 5 * time.Minute, rate},
		{"an hour", 48 * time.Hour, 0, time.Hour, rate},
		{"a day", 48 * time.Hour, 0, 24 * time.Hour, rate},
		{"a day, some minutes later", 48 * time.Hour, 30 * time.Minute, 24 * time.Hour, rate * 23. / 23.5},
		{"an hour of a new miner", 15 * time.Minute, 0, time.Hour, rate / 4.},
		{"five minutes, two after the end", 48 * time.Hour, 2 * time.Minute, 5 * time.Minute, rate * 3. / 5},
		{"long after the end", 48 * time.Hour, 100 * time.Hour, 24 * time.Hour, 0},
		{"no time", time.Hour, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := steady(t, &keep, c.past).HashRate(noon.Add(c.now), c.span, 1<<32)
			if want := c.want * (1 << 32); got < want*0.999999 || got > want*1.000001 {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestHistory(t *testing.T) {
	s := steady(t, &Keep{Minutes: 2, Hours: 7, Days: 400}, 20*24*time.Hour)
	for _, c := range []struct {
		name     string
		level    Level
		from, to time.Duration // before noon
		points   int
		each     uint64 // shares of all points but the last
		last     uint64
	}{
		{"minutes, the last one not begun", Minutes, time.Hour, 0, 61, 6, 0},
		{"hours", Hours, 48 * time.Hour, 0, 49, 360, 0},
		{"days, the last one a half", Days, 14 * 24 * time.Hour, 0, 15, 8640, 4320},
		{"after the end", Minutes, -time.Hour, -2 * time.Hour, 61, 0, 0},
		{"to before from", Minutes, 0, time.Hour, 0, 0, 0},
		{"no more than can be drawn", Minutes, 4000 * time.Hour, -4000 * time.Hour, maxPoints, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.History(c.level, noon.Add(-c.from), noon.Add(-c.to))
			if len(got) != c.points {
				t.Fatalf("got %d points, want %d", len(got), c.points)
			}
			for i, p := range got {
				want := c.each
				if i == len(got)-1 {
					want = c.last
				}
				if p.Accepted != want {
					t.Errorf("%v: got %d shares, want %d", p.Start, p.Accepted, want)
				}
			}
		})
	}
}

func TestClassOf(t *testing.T) {
	for reason, want := range map[string]Class{
		"stale": Stale, "job-not-found": Stale, "duplicate": Duplicate, "low-difficulty": Low,
		"malformed": Invalid, "time-too-old": Invalid, "": Invalid,
	} {
		if got := ClassOf(reason); got != want {
			t.Errorf("%q: got %v, want %v", reason, got, want)
		}
	}
}

// A clock in the far future does harm to its own minutes only.
func TestClockThatJumps(t *testing.T) {
	keep := Keep{Minutes: 2, Hours: 7, Days: 400}
	var l Live
	if err := l.Parse(nil, &keep); err != nil {
		t.Fatal(err)
	}
	rows := memory{}
	share := func(at time.Time) {
		l.mustTake(t, &event{at: at.UnixMilli(), work: work.Of(1)}, &Rounds{}, rows)
	}
	share(noon.AddDate(10, 0, 0))
	for i := range 10 {
		share(noon.Add(time.Duration(i) * time.Minute))
	}
	s := rows.mustSeries(t, &l)
	if got, _ := s.Last(noon.Add(10*time.Minute), 10*time.Minute); got.Accepted != 10 {
		t.Errorf("after the jump: got %d shares in ten minutes, want 10", got.Accepted)
	}
	if got := s.Total(); got.Accepted != 11 {
		t.Errorf("in all: got %d, want 11", got.Accepted)
	}
}

func TestDamagedRows(t *testing.T) {
	for name, row := range map[string][]byte{
		"short":               {1, 2, 3},
		"no tally":            {0, 0, 0, 1, 0, 0, 0, 1},
		"unknown flag":        {0, 0, 0, 1, 0, 0, 0, 1, 0x80},
		"ends too early":      {0, 0, 0, 1, 0, 0, 0, 9, 1, 1},
		"distance of nothing": {0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1},
	} {
		if _, err := NewSeries(&Live{}, memory{Minutes: row}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
	}
}

func TestShareAllocatesNothing(t *testing.T) {
	var l Live
	if err := l.Parse(nil, &Keep{}); err != nil {
		t.Fatal(err)
	}
	r := Rounds{Generation: 1, Starts: map[string]uint64{"c": 1}}
	at, w := noon.UnixMilli(), work.Of(16384)
	l.Best(&r, 2)
	if n := testing.AllocsPerRun(100, func() {
		at++
		l.Best(&r, 1)
		l.Share(at, w)
		l.Refuse(at, Stale, 1)
	}); n != 0 {
		t.Errorf("a share allocates %v times", n)
	}
}
