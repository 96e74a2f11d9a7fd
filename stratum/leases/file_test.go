package leases

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/stratum"
)

func one(n byte, until int64) stratum.Lease {
	return stratum.Lease{Session: [8]byte{n, 1, 2, 3, 4, 5, 6, 7}, Extranonce: [4]byte{n, 9, 8, 7}, Until: until}
}

func mustLoad(t *testing.T, path string) stratum.Kept {
	t.Helper()
	s := New(path)
	defer s.Close()
	k, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustKeep(t *testing.T, s *File, c stratum.Changes) {
	t.Helper()
	if err := s.Keep(c); err != nil {
		t.Fatal(err)
	}
}

// leasesOf are the leases by their first byte.
func leasesOf(k stratum.Kept) map[byte]stratum.Lease {
	m := map[byte]stratum.Lease{}
	for _, l := range k.Leases {
		m[l.Session[0]] = l
	}
	return m
}

func TestKeptAndLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "leases")
	if k := mustLoad(t, path); k.Known || len(k.Leases) != 0 {
		t.Fatalf("without a file: %+v, want nothing", k)
	}
	s := New(path)
	if _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	mustKeep(t, s, stratum.Changes{Mark: 7, Put: []stratum.Lease{one(1, 0), one(2, 100), one(3, 0)}})
	mustKeep(t, s, stratum.Changes{Mark: 8, Put: []stratum.Lease{one(1, 200)}, Ended: [][8]byte{one(3, 0).Session}})
	// No Close: the process was killed.
	for range 2 { // the second reads what the first has written anew
		k := mustLoad(t, path)
		want := map[byte]stratum.Lease{1: one(1, 200), 2: one(2, 100)}
		if got := leasesOf(k); !k.Known || k.Mark != 8 || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want mark 8 and %v", k, want)
		}
	}
}

// Wherever the file is cut or damaged, the batches before that hold.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "whole")
	s := New(path)
	mustKeep(t, s, stratum.Changes{Mark: 1, Put: []stratum.Lease{one(1, 0)}})
	first, _ := os.ReadFile(path)
	mustKeep(t, s, stratum.Changes{Mark: 2, Put: []stratum.Lease{one(2, 0)}})
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, b []byte, mark uint32, leases int) {
		t.Helper()
		p := filepath.Join(dir, "damaged")
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if k := mustLoad(t, p); k.Mark != mark || k.Known != (mark > 0) || len(k.Leases) != leases {
			t.Errorf("%s: got %+v, want mark %d and %d leases", name, k, mark, leases)
		}
		// And it goes on from there.
		s := New(p)
		if _, err := s.Load(); err != nil {
			t.Fatal(err)
		}
		mustKeep(t, s, stratum.Changes{Mark: 9, Put: []stratum.Lease{one(9, 0)}})
		s.Close()
		if k := mustLoad(t, p); k.Mark != 9 || len(k.Leases) != leases+1 {
			t.Errorf("%s, gone on: got %+v", name, k)
		}
	}
	for n := 0; n < len(whole); n += 3 {
		switch {
		case n < len(first):
			check(fmt.Sprintf("cut at %d", n), whole[:n], 0, 0)
		default:
			check(fmt.Sprintf("cut at %d", n), whole[:n], 1, 1)
		}
		b := append([]byte(nil), whole...)
		b[n] ^= 0x10
		if n < len(first) {
			check(fmt.Sprintf("flipped at %d", n), b, 0, 0)
		} else {
			check(fmt.Sprintf("flipped at %d", n), b, 1, 1)
		}
	}
	check("something else", []byte("this was never a file of leases, but somebody put it here"), 0, 0)
}

func TestFileIsWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leases")
	s := New(path)
	defer s.Close()
	var put []stratum.Lease
	for n := range 250 {
		put = append(put, one(byte(n), 0))
	}
	for n := range 1000 {
		for i := range put {
			put[i].Until = int64(n)
		}
		mustKeep(t, s, stratum.Changes{Mark: 5, Put: put})
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > rewriteMin+int64(len(put)*leaseSize) {
		t.Errorf("%d bytes after 5 MB of changes to %d leases", info.Size(), len(put))
	}
	k := mustLoad(t, path)
	if got := leasesOf(k); len(got) != 250 || got[7] != one(7, 999) || k.Mark != 5 {
		t.Errorf("got %d leases, of which one is %+v", len(got), got[7])
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("files left beside it: %v, %v", entries, err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(filepath.Join(file, "leases"))
	if _, err := s.Load(); err == nil {
		t.Error("Load of a path below a file says nothing")
	}
	if err := s.Keep(stratum.Changes{Mark: 1}); err == nil {
		t.Error("Keep at a path below a file says nothing")
	}
	// It mends itself once it can be written.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	mustKeep(t, s, stratum.Changes{Mark: 3, Put: []stratum.Lease{one(1, 0)}})
	s.Close()
	if k := mustLoad(t, s.path); k.Mark != 3 || len(k.Leases) != 1 {
		t.Errorf("got %+v after it could be written", k)
	}
}

func FuzzNext(f *testing.F) {
	f.Add(batch(stratum.Changes{Mark: 1, Put: []stratum.Lease{one(1, 0)}, Ended: [][8]byte{{1}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		st := state{leases: map[[8]byte]stratum.Lease{}}
		for {
			body, rest, err := next(b)
			if err != nil {
				return
			}
			st.apply(body)
			if len(rest) >= len(b) {
				t.Fatal("no progress")
			}
			b = rest
		}
	})
}
