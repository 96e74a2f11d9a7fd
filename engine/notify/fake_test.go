package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeSource is a pool that says what a test has it say.
type fakeSource struct {
	mu       sync.Mutex
	snapshot Snapshot
	workers  []Worker
	blocks   map[string]Block
	order    []string
	behind   bool // the ledger does not answer
	payments []Payment
	best     map[string]float64
	ready    chan struct{}
}

func newSource() *fakeSource {
	s := &fakeSource{blocks: map[string]Block{}, best: map[string]float64{}, ready: make(chan struct{})}
	close(s.ready)
	s.snapshot = Snapshot{
		Pools: []Pool{{Name: "btc"}},
		Coins: []Coin{{Name: "bitcoin", State: "ready", Nodes: []Node{{Name: "a:1", State: "ready"}, {Name: "b:1", State: "ready"}}}},
	}
	return s
}

func (s *fakeSource) Ready() <-chan struct{} { return s.ready }

func (s *fakeSource) Look() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.snapshot
	out.Pools = append([]Pool(nil), out.Pools...)
	out.Coins = append([]Coin(nil), out.Coins...)
	for i := range out.Coins {
		out.Coins[i].Nodes = append([]Node(nil), out.Coins[i].Nodes...)
	}
	return out
}

func (s *fakeSource) Workers(wanted func(pool, account string) bool) (out []Worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workers {
		if wanted(w.Pool, w.Account) {
			out = append(out, w)
		}
	}
	return out
}

func (s *fakeSource) Block(_ context.Context, chain string, hash [32]byte) (Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.blocks[blockKey(&Block{Chain: chain, Hash: hash})]
	if !ok || s.behind {
		return Block{}, errors.New("not counted yet")
	}
	return b, nil
}

func (s *fakeSource) Blocks(_ context.Context, since time.Time, limit int) (out []Block, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind {
		return nil, errors.New("not counted yet")
	}
	for i := len(s.order) - 1; i >= 0 && len(out) < limit; i-- {
		if b := s.blocks[s.order[i]]; !b.Found.Before(since) {
			out = append(out, b)
		}
	}
	return out, nil
}

func (s *fakeSource) Payments(int) ([]Payment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Payment(nil), s.payments...), nil
}

func (s *fakeSource) Best(pool, account string) (float64, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.best[pool+" "+account], time.Now(), nil
}

func (s *fakeSource) set(change func(*fakeSource)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// block puts a block into the ledger, or changes its state, and returns it.
func (s *fakeSource) block(number byte, state string) Block {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().Truncate(time.Millisecond)
	b := Block{Chain: "bitcoin", Pool: "btc", Hash: [32]byte{number}, HashText: fmt.Sprintf("00%02x", number), Height: 870000 + uint64(number), Account: "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzf3t4", Worker: "rig1", Reward: "3.125 BTC", Effort: 0.42, Found: now}
	key := blockKey(&b)
	if old, ok := s.blocks[key]; ok {
		b = old
	} else {
		s.order = append(s.order, key)
	}
	if state == "received" {
		b.Received = b.Found.Add(12 * time.Millisecond)
	}
	b.State, b.Changed = state, now
	s.blocks[key] = b
	return b
}

// fakeSender remembers what it was given.
type fakeSender struct {
	mu       sync.Mutex
	got      []Message
	attempts int
	answer   func(*Message) error // nil: taken
}

func (s *fakeSender) String() string { return "fake://" }

func (s *fakeSender) Send(ctx context.Context, m *Message) (string, error) {
	s.mu.Lock()
	answer := s.answer
	s.attempts++
	s.mu.Unlock()
	if answer != nil {
		if err := answer(m); err != nil {
			return "", err
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, *m)
	return "ok", nil
}

func (s *fakeSender) answers(f func(*Message) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// take returns the notices that came since the last call, as "kind: text".
func (s *fakeSender) take() (kinds []Kind, notices []Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		notices = append(notices, m.Notices...)
	}
	s.got = nil
	for _, n := range notices {
		kinds = append(kinds, n.Kind)
	}
	return kinds, notices
}

// expect compares the kinds of what came since the last call.
func (s *fakeSender) expect(t *testing.T, what string, want ...Kind) []Notice {
	t.Helper()
	got, notices := s.take()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v %+v, want %v", what, got, notices, want)
	}
	return notices
}

// bench is a Notifier in a bubble of synctest.
type bench struct {
	t      *testing.T
	file   string
	source *fakeSource
	n      *Notifier
	cancel context.CancelFunc
	done   chan struct{}
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, file: filepath.Join(t.TempDir(), "hooks.json"), source: newSource()}
	time.Sleep(time.Hour) // the bubble's clock begins long before files do
	return b
}

func (b *bench) start(hooks ...Hook) {
	b.t.Helper()
	for i := range hooks {
		if hooks[i].Name == "" {
			hooks[i].Name = fmt.Sprintf("hook%d", i)
		}
		if hooks[i].PerHour == 0 {
			hooks[i].PerHour = 3600
		}
	}
	b.n = New(Options{Logger: slog.New(slog.DiscardHandler), File: b.file, Source: b.source, Hooks: hooks})
	ctx, cancel := context.WithCancel(b.t.Context())
	b.cancel, b.done = cancel, make(chan struct{})
	go func() {
		defer close(b.done)
		if err := b.n.Run(ctx); err != nil {
			b.t.Error(err)
		}
	}()
	b.pass(time.Second)
}

func (b *bench) stop() { b.cancel(); <-b.done }

// pass lets time pass and everybody finish.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// changed changes a block and lets it be told.
func (b *bench) changed(number byte, state string) {
	b.n.Block(b.source.block(number, state))
	b.pass(time.Second)
}
