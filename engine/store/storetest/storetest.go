package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// Run tries the stores that open opens: the same database each time it is called
// with the same test and name.
func Run(t *testing.T, open func(t testing.TB, name string) (store.Store, error)) {
	o := opener(open)
	for _, c := range []struct {
		name string
		test func(*testing.T, opener)
	}{
		{"rows", testRows},
		{"rollback", testRollback},
		{"buckets", testBuckets},
		{"cursor", testCursor},
		{"locked", testLocked},
		{"snapshot", testSnapshot},
		{"together", testTogether},
		{"large", testLarge},
		{"model", testModel},
		{"read ahead", testAhead},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, o) })
	}
}

type opener func(t testing.TB, name string) (store.Store, error)

func (o opener) must(t testing.TB, name string) store.Store {
	t.Helper()
	s, err := o(t, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustUpdate(t testing.TB, s store.Store, f func(store.Tx) error) {
	t.Helper()
	if err := s.Update(f); err != nil {
		t.Fatal(err)
	}
}

func mustView(t testing.TB, s store.Store, f func(store.Tx)) {
	t.Helper()
	if err := s.View(func(tx store.Tx) error { f(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

var name = []byte("bucket")

// mustFill makes the bucket with rows in it.
func mustFill(t testing.TB, s store.Store, rows ...string) {
	t.Helper()
	mustUpdate(t, s, func(tx store.Tx) error {
		err := tx.MakeBucket(name)
		for _, r := range rows {
			err = errors.Join(err, tx.Bucket(name).Put([]byte(r), []byte("value of "+r)))
		}
		return err
	})
}

func testRows(t *testing.T, o opener) {
	s := o.must(t, "a")
	mustFill(t, s, "kept", "changed", "deleted")
	look := func(when string, b store.Bucket) {
		t.Helper()
		for _, c := range []struct{ key, want string }{
			{"kept", "value of kept"}, {"changed", "new"}, {"none", "<nil>"}, {"deleted", "<nil>"}, {"empty", ""},
			{"\x00\xff", "bytes"}, {"", "<nil>"}, {"kept\x00", "<nil>"}, {"back", "again"},
		} {
			got := "<nil>"
			if v := b.Get([]byte(c.key)); v != nil {
				got = string(v)
			}
			if got != c.want {
				t.Errorf("%s, %q: got %q, want %q", when, c.key, got, c.want)
			}
		}
	}
	mustUpdate(t, s, func(tx store.Tx) error {
		b := tx.Bucket(name)
		err := errors.Join(b.Put([]byte("changed"), []byte("new")), b.Delete([]byte("deleted")), b.Put([]byte("empty"), []byte{}),
			b.Put([]byte("\x00\xff"), []byte("bytes")), b.Delete([]byte("never there")), b.Delete([]byte("kept\x00")),
			b.Put([]byte("back"), []byte("first")), b.Delete([]byte("back")), b.Put([]byte("back"), []byte("again")))
		look("before the commit", b)
		return err
	})
	mustView(t, s, func(tx store.Tx) { look("after it", tx.Bucket(name)) })
	mustUpdate(t, s, func(tx store.Tx) error { look("in the next one", tx.Bucket(name)); return nil })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = o.must(t, "a")
	mustUpdate(t, s, func(tx store.Tx) error { look("opened again", tx.Bucket(name)); return nil })
	mustView(t, s, func(tx store.Tx) { look("opened again, for reading", tx.Bucket(name)) })
}

func testRollback(t *testing.T, o opener) {
	s := o.must(t, "a")
	mustFill(t, s, "a", "b")
	stop := errors.New("stop")
	err := s.Update(func(tx store.Tx) error {
		b := tx.Bucket(name)
		return errors.Join(b.Put([]byte("a"), []byte("x")), b.Delete([]byte("b")), b.Put([]byte("c"), []byte("x")),
			tx.MakeBucket([]byte("other")), tx.Bucket([]byte("other")).Put([]byte("a"), []byte("x")), stop)
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want the function's error", err)
	}
	look := func(tx store.Tx) {
		t.Helper()
		b := tx.Bucket(name)
		if a, b, c := b.Get([]byte("a")), b.Get([]byte("b")), b.Get([]byte("c")); string(a) != "value of a" || string(b) != "value of b" || c != nil {
			t.Errorf("something is left: %q %q %q", a, b, c)
		}
		if tx.Bucket([]byte("other")) != nil {
			t.Error("the new bucket is left")
		}
	}
	mustView(t, s, look)
	mustUpdate(t, s, func(tx store.Tx) error { look(tx); return nil })
	if err := s.View(func(store.Tx) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("View: got %v, want the function's error", err)
	}
}

func testBuckets(t *testing.T, o opener) {
	s := o.must(t, "a")
	names := [][]byte{[]byte("b"), []byte("a"), {0, 0xff}}
	list := func(tx store.Tx) (got []string) {
		t.Helper()
		err := tx.ForEach(func(name []byte, b store.Bucket) error {
			got = append(got, fmt.Sprintf("%q=%s", name, b.Get([]byte("k"))))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return got
	}
	mustUpdate(t, s, func(tx store.Tx) (err error) {
		for _, n := range names {
			err = errors.Join(err, tx.MakeBucket(n), tx.MakeBucket(n), tx.Bucket(n).Put([]byte("k"), n))
		}
		return err
	})
	want := fmt.Sprint([]string{`"\x00\xff"=` + "\x00\xff", `"a"=a`, `"b"=b`})
	mustView(t, s, func(tx store.Tx) {
		if got := fmt.Sprint(list(tx)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if tx.Bucket([]byte("c")) != nil {
			t.Error("a bucket that was not made")
		}
	})
	mustUpdate(t, s, func(tx store.Tx) error {
		err := errors.Join(tx.DeleteBucket([]byte("a")), tx.DeleteBucket([]byte("b")))
		if tx.Bucket([]byte("a")) != nil {
			t.Error("a deleted bucket is there")
		}
		err = errors.Join(err, tx.MakeBucket([]byte("b")))
		if got := tx.Bucket([]byte("b")).Get([]byte("k")); got != nil {
			t.Errorf("a bucket made again has %q", got)
		}
		return errors.Join(err, tx.Bucket([]byte("b")).Put([]byte("l"), nil))
	})
	for range 2 {
		mustUpdate(t, s, func(tx store.Tx) error {
			if got, want := fmt.Sprint(list(tx)), fmt.Sprint([]string{`"\x00\xff"=` + "\x00\xff", `"b"=`}); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if tx.Bucket([]byte("b")).Get([]byte("l")) == nil {
				t.Error("row of the bucket made again is lost")
			}
			return nil
		})
		s.Close()
		s = o.must(t, "a")
	}
}

func testCursor(t *testing.T, o opener) {
	s := o.must(t, "a")
	mustFill(t, s, "b", "d", "f", "h")
	walk := func(when string, b store.Bucket, want string) {
		t.Helper()
		var got, back, each []byte
		c := b.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			got = append(got, k...)
		}
		for k, _ := c.Last(); k != nil; k, _ = c.Prev() {
			back = append(append([]byte{}, k...), back...)
		}
		err := b.ForEach(func(k, v []byte) error { each = append(each, k...); return nil })
		if string(got) != want || string(back) != want || string(each) != want || err != nil {
			t.Errorf("%s: got %s, back %s, each %s (%v), want %s", when, got, back, each, err, want)
		}
		stop := errors.New("stop")
		if err := b.ForEach(func(k, v []byte) error { return stop }); want != "" && !errors.Is(err, stop) {
			t.Errorf("%s: got %v, want the function's error", when, err)
		}
	}
	mustView(t, s, func(tx store.Tx) {
		b := tx.Bucket(name)
		walk("view", b, "bdfh")
		c := b.Cursor()
		for _, m := range []struct {
			move string
			do   func() ([]byte, []byte)
			want string
		}{
			{"seek c", func() ([]byte, []byte) { return c.Seek([]byte("c")) }, "d"},
			{"prev", c.Prev, "b"}, {"next", c.Next, "d"}, {"next", c.Next, "f"}, {"prev", c.Prev, "d"},
			{"seek h", func() ([]byte, []byte) { return c.Seek([]byte("h")) }, "h"}, {"next", c.Next, ""},
			{"seek nothing", func() ([]byte, []byte) { return c.Seek(nil) }, "b"}, {"prev", c.Prev, ""},
			{"seek i", func() ([]byte, []byte) { return c.Seek([]byte("i")) }, ""}, {"last", c.Last, "h"}, {"prev", c.Prev, "f"},
		} {
			k, v := m.do()
			if string(k) != m.want || m.want != "" && string(v) != "value of "+m.want || (k == nil) != (m.want == "") {
				t.Errorf("%s: got %q, %q, want %q", m.move, k, v, m.want)
			}
		}
	})
	mustUpdate(t, s, func(tx store.Tx) error {
		b := tx.Bucket(name)
		walk("update", b, "bdfh")
		err := errors.Join(b.Put([]byte("a"), []byte{}), b.Put([]byte("e"), []byte{}), b.Put([]byte("z"), []byte{}), b.Delete([]byte("d")), b.Delete([]byte("h")))
		walk("update with changes", b, "abefz")
		err = errors.Join(err, b.Delete([]byte("a")), b.Put([]byte("d"), []byte{}), b.Delete([]byte("z")))
		walk("update with more changes", b, "bdef")
		return err
	})
	mustView(t, s, func(tx store.Tx) { walk("after the commit", tx.Bucket(name), "bdef") })
}

func testLocked(t *testing.T, o opener) {
	s := o.must(t, "a")
	mustFill(t, s, "k")
	other, err := o(t, "a")
	if err == nil { // it connects when it is first used
		err = other.Update(func(store.Tx) error { return nil })
		other.Close()
	}
	if !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	mustFill(t, s, "l")
	s.Close()
	mustFill(t, o.must(t, "a"), "m")
	mustFill(t, o.must(t, "b"), "k") // another database
}

func testSnapshot(t *testing.T, o opener) {
	s := o.must(t, "a")
	mustFill(t, s, "k")
	for _, size := range []int{1 << 20, 0} { // a file that need not grow: bbolt's must not while it is read
		mustUpdate(t, s, func(tx store.Tx) error { return tx.Bucket(name).Put([]byte("room"), make([]byte, size)) })
	}
	mustView(t, s, func(tx store.Tx) {
		b := tx.Bucket(name)
		b.Get([]byte("k"))
		done := make(chan error)
		go func() {
			done <- s.Update(func(tx store.Tx) error { return tx.Bucket(name).Put([]byte("k"), []byte("new")) })
		}()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := b.Get([]byte("k")); string(got) != "value of k" {
			t.Errorf("the View sees %q", got)
		}
		if _, got := b.Cursor().First(); string(got) != "value of k" {
			t.Errorf("its cursor sees %q", got)
		}
	})
	mustView(t, s, func(tx store.Tx) {
		if got := tx.Bucket(name).Get([]byte("k")); string(got) != "new" {
			t.Errorf("a View after the commit sees %q", got)
		}
	})
}

// testLarge has rows of many sizes and more of them than a page.
func testLarge(t *testing.T, o opener) {
	s := o.must(t, "a")
	const rows = 3000
	value := func(i int) []byte {
		return bytes.Repeat([]byte{byte(i)}, []int{0, 10, 1500, 100}[i%4]+i%1000/999*100_000)
	}
	mustUpdate(t, s, func(tx store.Tx) error {
		err := tx.MakeBucket(name)
		for i := range rows {
			err = errors.Join(err, tx.Bucket(name).Put(fmt.Appendf(nil, "%05d", i*7919%rows), value(i*7919%rows)))
		}
		return err
	})
	all := func(b store.Bucket) {
		t.Helper()
		n, c := 0, b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if string(k) != fmt.Sprintf("%05d", n) || !bytes.Equal(v, value(n)) || n%9 == 0 && !bytes.Equal(b.Get(k), v) {
				t.Fatalf("row %d: got %q with %d bytes", n, k, len(v))
			}
			n++
		}
		for k, _ := c.Last(); k != nil; k, _ = c.Prev() {
			n--
		}
		if n != 0 {
			t.Errorf("%d rows more upwards than downwards", n)
		}
	}
	mustUpdate(t, s, func(tx store.Tx) error { all(tx.Bucket(name)); return nil })
	mustView(t, s, func(tx store.Tx) { all(tx.Bucket(name)) })
	s.Close()
	s = o.must(t, "a")
	mustUpdate(t, s, func(tx store.Tx) error { all(tx.Bucket(name)); return nil })
}
