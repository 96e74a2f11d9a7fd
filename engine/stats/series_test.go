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
		{"an hour of a new miner", 15 * time.Minute, 0, time.Hour, rate * 89. / 90},
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

// Who is new, or comes back, has its own rate at once; a pause within the span counts.
func TestHashRateOfWhoComes(t *testing.T) {
	type mined struct{ from, to time.Duration } // before now
	const rate = 6                              // difficulty a second, a share each ten seconds
	week := 7 * 24 * time.Hour
	for _, c := range []struct {
		name  string
		now   time.Duration // after noon
		mined []mined
		span  time.Duration
		want  float64
	}{
		{"twenty seconds", 30 * time.Second, []mined{{30 * time.Second, 0}}, time.Hour, 3 * 60. / 60 * 2 / 3},
		{"a minute's rate after ninety seconds", 30 * time.Second, []mined{{90 * time.Second, 0}}, time.Minute, rate * 8. / 9},
		{"ten minutes, by the hour", 0, []mined{{10 * time.Minute, 0}}, time.Hour, rate * 59. / 60},
		{"ten minutes, by the day", 0, []mined{{10 * time.Minute, 0}}, 24 * time.Hour, rate * 59. / 60},
		{"ten minutes after a week", 0, []mined{{2 * week, week}, {10 * time.Minute, 0}}, time.Hour, rate * 59. / 60},
		{"ten minutes after a week, by the day", 0, []mined{{2 * week, week}, {10 * time.Minute, 0}}, 24 * time.Hour, rate * 59. / 60},
		{"ten minutes after two hours", 0, []mined{{week, 2 * time.Hour}, {10 * time.Minute, 0}}, time.Hour, rate * 59. / 60},
		{"ten minutes after two hours, by the day", 0, []mined{{week, 2 * time.Hour}, {10 * time.Minute, 0}}, 24 * time.Hour, rate * (24*60 - 110.) / (24 * 60)},
		{"half an hour after half an hour", 0, []mined{{week, time.Hour}, {30 * time.Minute, 0}}, time.Hour, rate / 2.},
		{"new, and gone again", 0, []mined{{40 * time.Minute, 20 * time.Minute}}, time.Hour, rate / 2. * 119 / 120},
		{"five hours, of which the first is rolled up", 0, []mined{{5*time.Hour - 7*time.Minute, 0}}, 24 * time.Hour, rate},
		{"one share", 0, []mined{{90 * time.Second, 80 * time.Second}}, time.Hour, 60. / 3600},
		{"one share each two hours", 0, []mined{{4 * time.Hour, 4*time.Hour - 10*time.Second}, {2 * time.Hour, 2*time.Hour - 10*time.Second}, {time.Minute, 50 * time.Second}}, time.Hour, 60. / 3600},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l Live
			if err := l.Parse(nil, &Keep{Minutes: 2, Hours: 24 * 14, Days: 400}); err != nil {
				t.Fatal(err)
			}
			rows, now := memory{}, noon.Add(c.now)
			for _, m := range c.mined {
				for at := now.Add(-m.from); at.Before(now.Add(-m.to)); at = at.Add(10 * time.Second) {
					l.mustTake(t, &event{at: at.UnixMilli(), work: work.Of(60)}, &Rounds{}, rows)
				}
			}
			got := rows.mustSeries(t, &l).HashRate(now, c.span, 1)
			if got < c.want*0.999999 || got > c.want*1.000001 {
				t.Errorf("got %v, want %v", got, c.want)
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
