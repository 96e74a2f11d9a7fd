package ckpoolfiles

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func accountAt(name string, at time.Time, workers ...string) *Account {
	a := &Account{Name: name, LastShare: at.UnixMilli(), Authorised: at.UnixMilli(), Shares: 10}
	for _, w := range workers {
		a.Workers = append(a.Workers, Worker{Name: name + "." + w, LastShare: at.UnixMilli(), Shares: 10})
	}
	return a
}

func TestFilesFollowWhatIsDone(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(accountAt("alice", time.Now(), "rig1", "rig2"))
		f.active = []string{"alice", "newcomer"}
		b := mustWriter(t, filepath.Join(dir, "logs"), f)
		defer b.end()
		if got := b.list("users"); !slices.Equal(got, []string{"alice"}) {
			t.Errorf("users: %q", got)
		}
		if got := b.list("workers"); !slices.Equal(got, []string{"alice.rig1", "alice.rig2"}) {
			t.Errorf("workers: %q", got)
		}
		b.mustHave(b.read("pool", "pool.status"), fmt.Sprintf(`"lastupdate": %d,`, time.Now().Unix()))

		// One worker does something: its file and its account's change, the other's does not.
		started := time.Now().Unix()
		f.set("alice", func(a *Account) { a.Shares, a.Workers[0].Shares = 11, 11 })
		b.rounds(1)
		b.mustHave(b.read("users", "alice"), `"shares": 11,`)
		b.mustHave(b.read("workers", "alice.rig1"), `"shares": 11,`)
		if old := b.read("workers", "alice.rig1"); strings.Contains(old, fmt.Sprint(started)) {
			t.Errorf("the worker's file has the old time: %s", old)
		}
		b.mustHave(b.read("workers", "alice.rig2"), fmt.Sprintf(`"lastupdate": %d,`, started))

		b.mustHave(b.read("pool", "pool.status"), fmt.Sprintf(`"lastupdate": %d,`, time.Now().Truncate(every).Add(after).Unix()))

		// A worker that is told of no more has no file.
		f.set("alice", func(a *Account) { a.Workers = a.Workers[:1] })
		b.rounds(1)
		if got := b.list("workers"); !slices.Equal(got, []string{"alice.rig1"}) {
			t.Errorf("workers: %q", got)
		}
		// An account that has long been idle goes away, and is seen once more at once.
		f.set("alice", func(a *Account) { a.LastShare = time.Now().Add(-5 * time.Hour).UnixMilli() })
		b.rounds(1)
		f.mu.Lock()
		f.active = nil
		f.accounts["alice"].Sessions = 7
		f.mu.Unlock()
		b.rounds(1)
		b.mustHave(b.read("users", "alice"), `"workers": 7,`)
	})
}

// Names that come from the network have their files in the folder or none.
func TestNamesStayInTheFolder(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		f := newFake(
			accountAt("../../escaped", now, "x"), accountAt("/etc/passwd", now), accountAt("..", now), accountAt("nul\x00", now),
			accountAt(strings.Repeat("l", 300), now), accountAt("bc1q/namecoin:N1", now, "../../y"),
		)
		b := mustWriter(t, filepath.Join(dir, "a", "b"), f)
		defer b.end()
		if got := b.list(); !slices.Equal(got, []string{"pool", "users", "workers"}) {
			t.Errorf("got %q", got)
		}
		want := []string{"%2E.", "%2E.%2F..%2Fescaped", "%2Fetc%2Fpasswd", "bc1q%2Fnamecoin:N1", "nul%00"}
		if got := b.list("users"); !slices.Equal(got, want) {
			t.Errorf("users: got %q, want %q", got, want)
		}
		if got := b.list("workers"); !slices.Equal(got, []string{"%2E.%2F..%2Fescaped.x", "bc1q%2Fnamecoin:N1...%2F..%2Fy"}) {
			t.Errorf("workers: %q", got)
		}
		if n := b.logs.count("level="); n != 0 {
			t.Errorf("%d lines were logged", n)
		}
	})
}

// After a restart everything of late is written again, what has become too old in
// between gets its last numbers, and what is older stays untouched.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		f := newFake(accountAt("new", now, "r"), accountAt("aged", now, "r"), accountAt("old", now.Add(-idleAccount), "r"))
		first := mustWriter(t, dir, f)
		first.end()
		if got := first.list("users"); !slices.Equal(got, []string{"aged", "new"}) {
			t.Fatalf("users: %q", got)
		}
		if err := os.WriteFile(first.path("users", "old"), []byte("of ckpool"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"aged", "new", "old"} { // files have the real clock's times
			if err := os.Chtimes(first.path("users", name), now, now); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(idleAccount + time.Hour)
		f.set("new", func(a *Account) { *a = *accountAt("new", time.Now(), "r") })
		f.set("aged", func(a *Account) { a.Workers, a.Gone, a.Shares = nil, []string{"aged.r", "aged.older"}, 12 })
		b := mustWriter(t, dir, f)
		defer b.end()
		b.mustHave(b.read("users", "aged"), `"shares": 12,`)
		b.mustHave(b.read("users", "aged"), `"worker": []`)
		if got := b.read("users", "old"); got != "of ckpool" {
			t.Errorf("got %q", got)
		}
		if got := b.list("workers"); !slices.Equal(got, []string{"new.r"}) {
			t.Errorf("workers: %q", got)
		}
		if asked := f.times("aged"); asked != 2 {
			t.Errorf("asked %d times", asked)
		}
		b.rounds(60)
		if asked := f.times("aged"); asked != 2 {
			t.Errorf("an account that is over was asked about %d times", asked)
		}
	})
}

// The longer an account has been idle the less often it is looked at, until its rates
// are 0.
func TestIdleAccounts(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(accountAt("alice", time.Now()))
		w := New(dir, f, nil)
		if err := w.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			span          time.Duration
			least, atMost int
		}{{16 * time.Minute, 15, 16}, {time.Hour, 20, 40}, {23 * time.Hour, 40, 60}, {7 * 24 * time.Hour, 20, 40}, {30 * 24 * time.Hour, 0, 1}} {
			before := f.times("alice")
			for range c.span / every {
				time.Sleep(every)
				for _, name := range w.dueAt(time.Now()) {
					if err := w.account(name, time.Now()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n := f.times("alice") - before; n < c.least || n > c.atMost {
				t.Errorf("in %s it was asked about %d times, want %d to %d", c.span, n, c.least, c.atMost)
			}
		}
		if len(w.known) != 0 {
			t.Errorf("%d accounts are still looked at", len(w.known))
		}
		if _, err := os.Stat(filepath.Join(dir, "users", "alice")); err != nil {
			t.Error(err)
		}
	})
}

// What cannot be written is said once, tried again, and said once when it works.
func TestFailures(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(accountAt("alice", time.Now()))
		root := filepath.Join(dir, "file")
		if err := os.WriteFile(root, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		b := mustWriter(t, root, f)
		defer b.end()
		b.rounds(5)
		if n := b.logs.count("level=ERROR"); n != 1 {
			t.Errorf("%d errors were logged, want 1", n)
		}
		if err := os.Remove(root); err != nil {
			t.Fatal(err)
		}
		b.rounds(1)
		b.mustHave(b.read("users", "alice"), `"shares": 10,`)
		b.rounds(2)
		if n := b.logs.count("level=INFO"); n != 1 {
			t.Errorf("%d lines say that it works, want 1", n)
		}
	})
}

// A file that cannot be replaced keeps no other from being written.
func TestOneBadFile(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(accountAt("alice", time.Now()), accountAt("bob", time.Now(), "r"), accountAt("carol", time.Now()))
		if err := os.MkdirAll(filepath.Join(dir, "users", "bob", "kept"), 0o700); err != nil {
			t.Fatal(err)
		}
		b := mustWriter(t, dir, f)
		defer b.end()
		b.mustHave(b.read("users", "alice"), `"shares": 10,`)
		b.mustHave(b.read("users", "carol"), `"shares": 10,`)
		b.mustHave(b.read("workers", "bob.r"), `"shares": 10,`)
		b.mustHave(b.read("pool", "pool.status"), `"runtime": `)
		if n := b.logs.count("level=ERROR"); n != 1 {
			t.Errorf("%d errors were logged, want 1", n)
		}
		if got := b.list("users"); !slices.Equal(got, []string{"alice", "bob", "carol"}) {
			t.Errorf("users: %q", got) // nothing half made is left
		}
	})
}

// Files that can never be replaced come last, however many there are.
func TestManyBadFiles(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(accountAt("zed", time.Now()))
		for i := range maxFailures {
			name := fmt.Sprint("bad", i)
			f.accounts[name] = accountAt(name, time.Now())
			if err := os.MkdirAll(filepath.Join(dir, "users", name, "kept"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for name := range f.accounts {
			f.active = append(f.active, name)
		}
		b := mustWriter(t, dir, f)
		defer b.end()
		for n := range int64(3) {
			b.rounds(1)
			f.set("zed", func(a *Account) { a.Shares = float64(100 + n) })
			b.rounds(1)
			b.mustHave(b.read("users", "zed"), fmt.Sprintf(`"shares": %d,`, 100+n))
		}
	})
}

// When the accounts of the past cannot be read, the next round reads them.
func TestSourceFails(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(accountAt("alice", time.Now()))
		f.broken = errors.New("database is away")
		b := mustWriter(t, dir, f)
		defer b.end()
		if n := b.logs.count("database is away"); n != 1 {
			t.Errorf("%d errors were logged, want 1", n)
		}
		f.mu.Lock()
		f.broken = nil
		f.mu.Unlock()
		b.rounds(1)
		b.mustHave(b.read("users", "alice"), `"shares": 10,`)
	})
}

// A round has an end: what it did not come to is first in the next.
func TestRoundsAreBounded(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		f := newFake()
		for i := range n {
			name := fmt.Sprintf("a%03d", i)
			f.accounts[name] = accountAt(name, time.Now())
			f.active = append(f.active, name)
		}
		f.slow = 700 * time.Millisecond
		b := mustWriter(t, dir, f)
		defer b.end()
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if got := len(b.list("users")); got < 40 || got > 60 {
			t.Errorf("%d files after one round, want those of %s", got, roundTime)
		}
		b.mustHave(b.read("pool", "pool.status"), `"runtime": `)
		b.rounds(3)
		if got := len(b.list("users")); got != n {
			t.Errorf("%d files, want %d", got, n)
		}
		for name := range f.accounts {
			if asked := f.times(name); asked > 3 {
				t.Errorf("%s was asked about %d times while others waited", name, asked)
			}
		}
	})
}

// A round rests for half of its time.
func TestRoundsRest(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for i := range 2 * restEach {
			name := fmt.Sprintf("a%03d", i)
			f.accounts[name] = accountAt(name, time.Now())
		}
		f.slow = 50 * time.Millisecond
		w := New(dir, f, nil)
		start := time.Now()
		if err := w.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(start), 4*restEach*f.slow; got != want {
			t.Errorf("a round took %s, want %s", got, want)
		}
	})
}
