package ckpoolfiles

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a pool whose accounts are set by the test.
type fake struct {
	mu       sync.Mutex
	pool     Pool
	accounts map[string]*Account
	active   []string
	asked    map[string]int
	slow     time.Duration // that an account takes
	broken   error
}

func newFake(accounts ...*Account) *fake {
	f := &fake{accounts: map[string]*Account{}, asked: map[string]int{}}
	for _, a := range accounts {
		f.accounts[a.Name] = a
	}
	return f
}

func (f *fake) Pool(time.Time) (Pool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pool, nil
}

func (f *fake) Past(visit func(string, time.Time) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return f.broken
	}
	for name, a := range f.accounts {
		if err := visit(name, time.UnixMilli(a.LastShare)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Active(time.Time) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.active)
}

func (f *fake) Account(name string, _ time.Time) (Account, error) {
	if f.slow > 0 {
		time.Sleep(f.slow) // of a bubble
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[name]++
	a := f.accounts[name]
	if a == nil {
		return Account{}, ErrUnknown
	}
	out := *a
	out.Workers = slices.Clone(a.Workers)
	return out, nil
}

// times is how often an account was asked about.
func (f *fake) times(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[name]
}

// set changes an account.
func (f *fake) set(name string, change func(*Account)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f.accounts[name])
}

// bench is a Writer that runs in a bubble.
type bench struct {
	t    *testing.T
	dir  string
	f    *fake
	logs *lines
	stop context.CancelFunc
	done chan error
}

// mustWriter starts a Writer and waits for its first round.
func mustWriter(t *testing.T, dir string, f *fake) *bench {
	t.Helper()
	time.Sleep(10 * time.Second) // from the start of a minute
	ctx, cancel := context.WithCancel(t.Context())
	b := &bench{t, dir, f, &lines{}, cancel, make(chan error, 1)}
	w := New(dir, f, slog.New(slog.NewTextHandler(b.logs, nil)))
	go func() { b.done <- w.Run(ctx) }()
	synctest.Wait()
	return b
}

// end stops it and waits.
func (b *bench) end() {
	b.t.Helper()
	b.stop()
	if err := <-b.done; err != nil {
		b.t.Errorf("Run: %v", err)
	}
}

// rounds lets time pass until the n-th round from now has ended.
func (b *bench) rounds(n int) {
	now := time.Now()
	next := now.Truncate(every).Add(after + time.Second)
	if !next.After(now) {
		next = next.Add(every)
	}
	time.Sleep(next.Sub(now) + time.Duration(n-1)*every)
	synctest.Wait()
}

func (b *bench) path(elements ...string) string {
	return filepath.Join(append([]string{b.dir}, elements...)...)
}

// read is a file, "" where there is none.
func (b *bench) read(elements ...string) string {
	b.t.Helper()
	raw, err := os.ReadFile(b.path(elements...))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.t.Fatal(err)
	}
	return string(raw)
}

// list are the names in a folder.
func (b *bench) list(elements ...string) []string {
	b.t.Helper()
	entries, err := os.ReadDir(b.path(elements...))
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// mustHave fails where a text does not hold a part.
func (b *bench) mustHave(text, part string) {
	b.t.Helper()
	if !strings.Contains(text, part) {
		b.t.Errorf("got %q, want something with %q", text, part)
	}
}

// lines is what was logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}
