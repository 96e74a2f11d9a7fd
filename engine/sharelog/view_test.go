package sharelog

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// viewIDs reads the job ids of all shares of the log at a path.
func viewIDs(path string) (ids []uint64, v *View, err error) {
	if v, err = OpenView(path); err != nil {
		return nil, nil, err
	}
	r := v.Read(v.Start())
	defer r.Close()
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			return ids, v, nil
		}
		if err != nil {
			return ids, v, err
		}
		ids = append(ids, rec.Share.Job)
	}
}

// mustSegments makes a log of n batches of two shares in segments of 4 KiB, and
// returns its folder and the positions after each batch.
func mustSegments(t *testing.T, n int) (dir string, ends []Position) {
	t.Helper()
	dir = t.TempDir()
	l := mustOpen(t, dir, Options{SegmentSize: minSegmentSize})
	for i := range n {
		if err := l.Append(numbered(uint64(2*i), 2)); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, l.End())
	}
	return dir, ends
}

func upTo(n int) (ids []uint64) {
	for i := range n {
		ids = append(ids, uint64(i))
	}
	return ids
}

// A view reads the folder of a log that is open, and its files under other names.
func TestViewReadsWhatTheLogHas(t *testing.T) {
	dir, ends := mustSegments(t, 100)
	ids, v, err := viewIDs(dir)
	if err != nil || !slices.Equal(ids, upTo(200)) || v.End() != ends[99] || v.Torn() != 0 || len(v.Files()) < 3 {
		t.Fatalf("folder: got %d records, %+v, %v; want 200", len(ids), v, err)
	}
	other := t.TempDir()
	for i, name := range v.Files() {
		mustCopy(t, filepath.Join(dir, name), filepath.Join(other, string(rune('z'-i))))
	}
	mustPut(t, filepath.Join(other, "README"), []byte("not a part of the log, and longer than a header"))
	if ids, v, err := viewIDs(other); err != nil || !slices.Equal(ids, upTo(200)) || v.End() != ends[99] {
		t.Errorf("other names: got %d records, %v; want 200", len(ids), err)
	}
	if _, err := OpenView(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("empty folder: got %v, want ErrNone", err)
	}
}

// mustCut writes the frames from one position to another into a file without a
// header, as a day is downloaded.
func mustCut(t *testing.T, dir string, from, to Position, path string) {
	t.Helper()
	v, err := OpenView(dir)
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, to-from)
	s := v.Section(from, to)
	defer s.Close()
	if _, err := io.ReadFull(s, raw); err != nil {
		t.Fatal(err)
	}
	mustPut(t, path, raw)
}

func mustPut(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustCopy(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, to, raw)
}

func TestViewOfDays(t *testing.T) {
	dir, ends := mustSegments(t, 60)
	days := func(t *testing.T, cuts ...int) string {
		out := t.TempDir()
		from := Position(0)
		for i, c := range cuts {
			mustCut(t, dir, from, ends[c], filepath.Join(out, "2026-11-0"+string(rune('1'+i))))
			from = ends[c]
		}
		return out
	}
	t.Run("three days", func(t *testing.T) {
		if ids, _, err := viewIDs(days(t, 9, 30, 59)); err != nil || !slices.Equal(ids, upTo(120)) {
			t.Errorf("got %d records, %v; want 120", len(ids), err)
		}
	})
	t.Run("one file of all", func(t *testing.T) {
		if ids, _, err := viewIDs(filepath.Join(days(t, 59), "2026-11-01")); err != nil || !slices.Equal(ids, upTo(120)) {
			t.Errorf("got %d records, %v; want 120", len(ids), err)
		}
	})
	t.Run("a day is missing", func(t *testing.T) {
		out := days(t, 9, 30, 59)
		os.Remove(filepath.Join(out, "2026-11-02"))
		_, err := OpenView(out)
		if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "2026-11-01 and 2026-11-03") {
			t.Errorf("got %v, want ErrMissing with the days beside it", err)
		}
	})
	t.Run("the first day is missing", func(t *testing.T) {
		out := days(t, 9, 30, 59)
		os.Remove(filepath.Join(out, "2026-11-01"))
		if ids, v, err := viewIDs(out); err != nil || v.Start() != ends[9] || len(ids) != 100 {
			t.Errorf("got %d records, %v; want those from %d on", len(ids), err, ends[9])
		}
	})
	t.Run("a copy and a part of a day beside it", func(t *testing.T) {
		out := days(t, 9, 30, 59)
		mustCopy(t, filepath.Join(out, "2026-11-03"), filepath.Join(out, "again"))
		mustCut(t, dir, ends[9], ends[20], filepath.Join(out, "older"))
		mustCut(t, dir, ends[12], ends[14], filepath.Join(out, "within"))
		if ids, _, err := viewIDs(out); err != nil || !slices.Equal(ids, upTo(120)) {
			t.Errorf("got %d records, %v; want 120", len(ids), err)
		}
	})
	t.Run("days and segments", func(t *testing.T) {
		out := days(t, 30, 59)
		v, err := OpenView(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range v.Files() {
			mustCopy(t, filepath.Join(dir, name), filepath.Join(out, name))
		}
		if ids, _, err := viewIDs(out); err != nil || !slices.Equal(ids, upTo(120)) {
			t.Errorf("got %d records, %v; want 120", len(ids), err)
		}
	})
	t.Run("cut off downloads", func(t *testing.T) {
		whole, err := os.ReadFile(filepath.Join(days(t, 5), "2026-11-01"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "2026-11-01")
		for n := markSize; n <= len(whole); n += 5 {
			mustPut(t, path, whole[:n])
			want := 0
			for _, e := range ends {
				if int(e) <= n {
					want += 2
				}
			}
			ids, v, err := viewIDs(path)
			if err != nil || !slices.Equal(ids, upTo(want)) || v.Torn() != int64(n)-int64(v.End()) {
				t.Fatalf("%d bytes: got %d records, %d torn, %v; want %d", n, len(ids), v.Torn(), err, want)
			}
		}
	})
}

// A byte that is not what was written is found wherever it is, but for the newest
// write, which may look as one that was cut off.
func TestViewFindsFlippedBytes(t *testing.T) {
	dir, ends := mustSegments(t, 5)
	path := filepath.Join(t.TempDir(), "2026-11-01")
	mustCut(t, dir, 0, ends[4], path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 3 {
		bad := slices.Clone(whole)
		bad[at] ^= 0x10
		mustPut(t, path, bad)
		ids, v, err := viewIDs(path)
		lastWrite := Position(at) >= ends[3]
		switch {
		case lastWrite && err == nil && len(ids) == 8 && v.Torn() > 0:
		case errors.Is(err, ErrCorrupt) && strings.Contains(err.Error(), "2026-11-01"):
		default:
			t.Fatalf("byte %d: got %d records, %v; want ErrCorrupt", at, len(ids), err)
		}
	}
}

// In a segment that another follows, each byte counts.
func TestViewFindsFlippedBytesOfASealedSegment(t *testing.T) {
	dir, _ := mustSegments(t, 40)
	v, err := OpenView(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, v.Files()[0])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 29 {
		bad := slices.Clone(whole)
		bad[at] ^= 1
		mustPut(t, path, bad)
		ids, _, err := viewIDs(dir)
		if err == nil {
			t.Fatalf("byte %d: got %d records and no error", at, len(ids))
		}
	}
}

// Only skips what is not asked for, also what a newer version wrote.
func TestOnly(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	var b Batch
	b.Share(testShare(1))
	b.Job(&Job{ID: 7, Pool: "btc"})
	b.begin(99)
	b.str("of a version to come")
	b.finish()
	b.Block(&Block{Chain: "c", State: "found"})
	b.Share(testShare(2))
	if err := l.Append(&b); err != nil {
		t.Fatal(err)
	}
	read := func(r *Reader) (kinds []Kind, err error) {
		defer r.Close()
		for {
			rec, _, err := r.Next()
			if err != nil {
				return kinds, err
			}
			kinds = append(kinds, rec.Kind)
		}
	}
	r := l.Read(0).Only(KindJob, KindBlock)
	if kinds, err := read(r); err != io.EOF || !slices.Equal(kinds, []Kind{KindJob, KindBlock}) {
		t.Errorf("jobs and blocks: got %v, %v", kinds, err)
	}
	if got := r.Unknown(); !slices.Equal(got, []Kind{99}) {
		t.Errorf("unknown: got %v, want 99 alone", got)
	}
	if kinds, err := read(l.Read(0)); !errors.Is(err, ErrCorrupt) || len(kinds) != 2 {
		t.Errorf("all: got %v, %v; want ErrCorrupt at the third", kinds, err)
	}
}
