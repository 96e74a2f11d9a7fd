package sharelog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// mustDays follows a log until the test ends.
func mustDays(t *testing.T, l *Log) *Days {
	t.Helper()
	d := NewDays(l)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return d
}

func mustList(t *testing.T, d *Days) []Day {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	all, err := d.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustBytes(t *testing.T, s *Section) []byte {
	t.Helper()
	raw, err := io.ReadAll(s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return raw
}

// Days are those of a naive model, at every moment, for one that follows the log
// and for one that reads it at once; and put behind each other they are the log.
func TestDaysEqualModel(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 3))
		l := mustOpen(t, t.TempDir(), Options{SegmentSize: minSegmentSize})
		follower := mustDays(t, l)
		var want []Day
		now := time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
		for step := range 60 {
			now = now.Add(time.Duration(rng.IntN(7)-2) * time.Hour) // and back now and then
			if rng.IntN(20) == 0 {
				now = now.AddDate(0, 0, rng.IntN(4))
			}
			start := l.End()
			var b Batch
			first := now.UnixMilli()
			if rng.IntN(3) == 0 {
				b.Job(&Job{ID: 1, Time: first, Pool: "p"})
				first = now.Add(24 * time.Hour).UnixMilli() // of a record behind the first: it counts for nothing
			}
			for range 1 + rng.IntN(20) {
				s := testShare(rng.Uint64())
				s.Time = first
				b.Share(s)
			}
			if err := l.Append(&b); err != nil {
				t.Fatal(err)
			}
			date := now.Format(time.DateOnly)
			if n := len(want); n == 0 || date > want[n-1].Date {
				if n > 0 {
					want[n-1].Ended = true
				}
				want = append(want, Day{Date: date, First: start})
			}
			last := &want[len(want)-1]
			last.Size = int64(l.End() - last.First)
			if step%7 == 0 || step == 59 {
				for i := range want {
					want[i].SHA256 = sha256.Sum256(mustBytes(t, l.Section(want[i].First, want[i].First+Position(want[i].Size))))
				}
				if got := mustList(t, follower); !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, step %d: got %+v, want %+v", seed, step, got, want)
				}
			}
		}
		again := mustDays(t, l)
		if got := mustList(t, again); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, read at once: got %+v, want %+v", seed, got, want)
		}
		var all []byte
		for i := range want {
			all = append(all, mustBytes(t, again.Section(&want[i]))...)
		}
		if whole := mustBytes(t, l.Section(0, l.End())); !bytes.Equal(all, whole) {
			t.Errorf("seed %d: the days have %d bytes, the log %d, or others", seed, len(all), len(whole))
		}
		if len(want) < 3 {
			t.Errorf("seed %d: %d days only", seed, len(want))
		}
	}
}

// A log larger than a read is one day, and a record larger than a read is in it.
func TestDaysOfLargeRecords(t *testing.T) {
	l := mustOpen(t, t.TempDir(), Options{})
	for i := range 5 {
		var b Batch
		b.Payment(&Payment{ID: uint64(i), Time: 1_700_000_000_000, Raw: make([]byte, 900<<10)})
		b.Share(testShare(uint64(i)))
		if err := l.Append(&b); err != nil {
			t.Fatal(err)
		}
	}
	all := mustList(t, mustDays(t, l))
	if len(all) != 1 || all[0].Size != int64(l.End()) || all[0].SHA256 != sha256.Sum256(mustBytes(t, l.Section(0, l.End()))) || all[0].Date != "2023-11-14" {
		t.Errorf("got %+v, want one day of %d bytes", all, l.End())
	}
}

// What was retired is not offered, nor a day without its beginning: neither by the
// process that retired it nor after a restart.
func TestDaysOfARetiredStart(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{SegmentSize: minSegmentSize})
	d := mustDays(t, l)
	for day := range 3 {
		for i := range 40 {
			var b Batch
			s := testShare(uint64(i))
			s.Time += int64(day) * 24 * time.Hour.Milliseconds()
			b.Share(s)
			if err := l.Append(&b); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := mustList(t, d)
	if len(all) != 3 {
		t.Fatalf("got %+v, want 3 days", all)
	}
	if err := l.Retire(all[1].First); err != nil || l.Start() == 0 {
		t.Fatalf("retire: start %d, %v", l.Start(), err)
	}
	if got := mustList(t, d); !reflect.DeepEqual(got, all[1:]) {
		t.Errorf("got %+v, want the last two", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, Options{SegmentSize: minSegmentSize})
	d = mustDays(t, l)
	if got := mustList(t, d); !reflect.DeepEqual(got, all[1:]) {
		t.Errorf("after a restart: got %+v, want the last two, as before", got)
	}
	if err := l.Retire(all[2].First); err != nil || l.Start() <= all[1].First {
		t.Fatalf("retire: start %d, %v", l.Start(), err)
	}
	for _, again := range []*Days{d, mustDays(t, l)} {
		if got := mustList(t, again); !reflect.DeepEqual(got, all[2:]) {
			t.Errorf("got %+v, want the last one", got)
		}
	}
}

// Damage is said to whoever asks.
func TestDaysOfDamage(t *testing.T) {
	fs := newMemFS()
	l := mustOpen(t, "", Options{FS: fs})
	if err := l.Append(numbered(0, 10)); err != nil {
		t.Fatal(err)
	}
	f, err := fs.Modify(l.segments[0].name())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0xff}, 200); err != nil {
		t.Fatal(err)
	}
	d := NewDays(l)
	if err := d.Run(t.Context()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Run: got %v, want ErrCorrupt", err)
	}
	if _, err := d.List(t.Context()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("List: got %v, want ErrCorrupt", err)
	}
}
