package submit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func sample() []record {
	f, a := parentBlock("a", 1), auxBlock("b", 2, "coinbase")
	f.Time = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	a.Time = f.Time
	f.Paid = &Paid{Operator: 1 << 63, Outputs: []Output{{"x", 7}, {"y", 8}}}
	mark := Found{Chain: "a", Hash: f.Hash, Height: 101}
	return []record{
		foundRecord(f, 1), foundRecord(a, 1), foundRecord(a, 2), markRecord(mark, Accepted, false, 0),
		{kind: kindRow, found: f.head(), state: Mature, final: true, n: 1, taken: 2},
	}
}

func encoded(t testing.TB, records []record) (data []byte, ends []int) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(fileMagic)
	for _, rec := range records {
		w, err := rec.whole()
		if err != nil {
			t.Fatal(err)
		}
		b.Write(w)
		ends = append(ends, b.Len())
	}
	return b.Bytes(), ends
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	want := sample()
	data, _ := encoded(t, want)
	s, err := parse(data)
	if err != nil || len(s.damage) > 0 || s.good != len(data) {
		t.Fatalf("parse: %v, damage %v, %d of %d bytes", err, s.damage, s.good, len(data))
	}
	if !reflect.DeepEqual(s.records, want) {
		t.Errorf("got  %+v\nwant %+v", s.records, want)
	}
}

func TestTornEndAtEveryByte(t *testing.T) {
	data, ends := encoded(t, sample())
	for n := range data {
		s, err := parse(data[:n])
		whole := 0
		for _, e := range ends {
			if e <= n {
				whole++
			}
		}
		if err != nil || len(s.damage) > 0 || len(s.records) != whole {
			t.Fatalf("cut at %d: got %d records, damage %v, %v, want %d whole ones and no damage", n, len(s.records), s.damage, err, whole)
		}
	}
}

func TestDamageCostsOneRecord(t *testing.T) {
	data, ends := encoded(t, sample())
	for at := len(fileMagic); at < len(data); at++ {
		bad := bytes.Clone(data)
		bad[at] ^= 0x55
		s, err := parse(bad)
		if err != nil {
			t.Fatalf("damage at %d: %v", at, err)
		}
		inLast := at >= ends[len(ends)-2]
		if len(s.records) != len(ends)-1 || len(s.damage) == 0 && !inLast {
			t.Fatalf("damage at %d: got %d records and damage %v, want all but one, and told", at, len(s.records), s.damage)
		}
	}
}

func TestOtherFileIsNoJournal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, journalName), []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := New(dir, nil, Options{})
	if err := c.Run(t.Context()); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v, want ErrFormat", err)
	}
}

func TestDamagedJournalIsKeptAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		name := filepath.Join(dir, journalName)
		g := newRig(t, dir, Options{}, map[string]Chain{}).run()
		for id := range byte(3) {
			g.deliver(parentBlock("a", id+1))
		}
		g.cancel()
		<-g.done
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}

		ch := newFakeChain()
		g = newRig(t, dir, Options{}, map[string]Chain{"a": ch}).run()
		g.wait(time.Minute)
		g.stop()
		if n := len(ch.status); n != 2 {
			t.Errorf("%d blocks delivered, want the 2 whose records are whole", n)
		}
		kept, err := os.ReadFile(name + ".1.damaged")
		if err != nil || !bytes.Equal(kept, data) {
			t.Errorf("the damaged file was not kept: %v", err)
		}
		g.journal() // no damage any more: it was rewritten
	})
}

// faultyFile fails or cuts writes after a number of bytes.
type faultyFile struct {
	file
	room *int
}

func (f faultyFile) Write(p []byte) (int, error) {
	if len(p) <= *f.room {
		*f.room -= len(p)
		return f.file.Write(p)
	}
	n, _ := f.file.Write(p[:*f.room])
	*f.room = 0
	return n, errors.New("no space left")
}

func TestFullDiskLosesNoBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch})
		room := 1 << 20
		g.c.journal.wrap = func(f *os.File) file { return faultyFile{f, &room} }
		g.run()
		g.deliver(parentBlock("a", 1))
		g.wait(time.Minute)
		room = 20
		if err := g.c.Deliver(parentBlock("a", 2)); !errors.Is(err, ErrJournal) {
			t.Errorf("Deliver on a full disk: got %v, want ErrJournal", err)
		}
		g.wait(time.Minute)
		room = 1 << 20
		g.deliver(parentBlock("a", 3))
		g.wait(time.Minute)
		g.stop()
		if n := len(ch.status); n != 3 {
			t.Errorf("the node has %d blocks, want 3", n)
		}
		var kept []byte
		for _, rec := range g.journal() { // fails on damage: the half record was cut off
			if rec.kind == kindFound {
				kept = append(kept, rec.found.Hash[0])
			}
		}
		if !slices.Equal(kept, []byte{1, 3}) {
			t.Errorf("blocks in the journal: got %v, want 1 and 3", kept)
		}
	})
}

func TestJournalIsRewrittenWhenItHasGrown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		ch := newFakeChain()
		g := newRig(t, dir, Options{Compact: 64 << 10}, map[string]Chain{"a": ch}).run()
		for id := range byte(100) {
			f := parentBlock("a", id+1)
			f.Block.Raw = make([]byte, 8<<10)
			g.deliver(f)
			g.wait(time.Second)
		}
		ch.set(func() { ch.submit = func(int, string) (coins.Verdict, error) { return coins.Verdict{}, errNoAnswer } })
		last := auxBlock("a", 200, "unsettled")
		g.deliver(last)
		g.wait(time.Second)
		if err := g.c.compact(); err != nil {
			t.Fatal(err)
		}
		g.deliver(auxBlock("a", 200, "another"))
		info, err := os.Stat(filepath.Join(dir, journalName))
		if err != nil || info.Size() > 200<<10 {
			t.Errorf("size: got %d, %v, want far under the 800 KiB that went in", info.Size(), err)
		}
		g.cancel()
		<-g.done

		again := newFakeChain()
		h := newRig(t, dir, Options{}, map[string]Chain{"a": again}).run()
		h.wait(time.Minute)
		h.stop()
		if n := len(h.c.Rows()); n != 101 {
			t.Errorf("%d rows after the restart, want 101", n)
		}
		if got := again.got(); !slices.Equal(got, []string{"u"}) {
			t.Errorf("submitted after the restart: %v, want the unsettled one", got)
		}
	})
}

func TestOldSettledBlocksAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := newFakeChain()
		ch.submit = verdict(coins.Rejected)
		g := newRig(t, t.TempDir(), Options{}, map[string]Chain{"a": ch}).run()
		defer g.stop()
		g.deliver(parentBlock("a", 1))
		g.wait(23 * time.Hour)
		if n := len(g.c.Rows()); n != 1 {
			t.Errorf("after 23 hours: %d rows, want 1", n)
		}
		g.wait(3 * time.Hour)
		if n := len(g.c.Rows()); n != 0 {
			t.Errorf("after 26 hours: %d rows, want none", n)
		}
	})
}

func FuzzParse(f *testing.F) {
	data, ends := encoded(f, sample())
	f.Add(data)
	f.Add(data[:ends[1]+5])
	f.Add(append(bytes.Clone(data[:ends[0]]), data[ends[0]+7:]...))
	f.Add([]byte(fileMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parse(data)
		if err != nil {
			return
		}
		if s.good > len(data) {
			t.Fatalf("good: got %d of %d bytes", s.good, len(data))
		}
		for _, rec := range s.records { // what was read can be written and read again
			w, err := rec.whole()
			if err != nil {
				t.Fatalf("record %+v: %v", rec, err)
			}
			again, err := parse(append([]byte(fileMagic), w...))
			if err != nil || len(again.records) != 1 {
				t.Fatalf("record %+v does not come back: %v", rec, err)
			}
		}
	})
}

func BenchmarkDeliver(b *testing.B) {
	for _, size := range []int{1 << 10, 4 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			c := New(b.TempDir(), func(string) (Chain, bool) { return nil, false }, Options{})
			raw := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				f := parentBlock("a", 1)
				f.Hash[1], f.Hash[2], f.Hash[3] = byte(i), byte(i>>8), byte(i>>16)
				f.Block.Raw = raw
				if err := c.Deliver(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
