package notify

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stuckSender never answers.
type stuckSender struct{ calls int }

func (s *stuckSender) String() string { return "stuck://" }
func (s *stuckSender) Send(ctx context.Context, _ *Message) (string, error) {
	s.calls++
	<-ctx.Done()
	return "", ctx.Err()
}

// A hook that hangs keeps neither the others nor the end waiting.
func TestStuckHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, stuck := newBench(t), &fakeSender{}, &stuckSender{}
		b.start(Hook{Sender: stuck}, Hook{Sender: s})
		b.changed(1, "received")
		s.expect(t, "the other hook", BlockFound)
		b.pass(10 * time.Minute)
		v := b.n.View()
		if v[0].Problem == "" || v[0].Waiting != 1 || v[0].Failed == 0 || v[1].Sent != 1 || v[1].Waiting != 0 || v[1].Problem != "" {
			t.Errorf("got %+v", v)
		}
		begin := time.Now()
		b.stop()
		if took := time.Since(begin); took > endWait {
			t.Errorf("took %v to end, want at most %v", took, endWait)
		}
	})
}

// A receiver that is away is tried again, blocks for a day and states for an hour.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		s.answers(func(*Message) error { return errors.New("no route") })
		b.start(Hook{Sender: s})
		b.changed(1, "received")
		b.source.set(func(f *fakeSource) { f.snapshot.Pools[0].NoWork = "no template" })
		b.pass(2 * time.Hour)
		if s.attempts < 10 || s.attempts > 40 {
			t.Errorf("got %d attempts in two hours, want 10 to 40", s.attempts)
		}
		if v := b.n.View()[0]; v.Problem != "no route" || v.Waiting != 1 || v.GivenUp != 1 || v.TooOld != 1 {
			t.Errorf("got %+v, want the block waiting and the state given up", v)
		}
		if v := b.n.View()[0]; v.Failed != uint64(s.attempts) || v.Retries != v.Failed-1 || v.Messages != 0 || v.Refused != 0 ||
			time.Since(v.Oldest) < 2*time.Hour || time.Since(v.Oldest) > 2*time.Hour+time.Minute {
			t.Errorf("got %+v, want %d attempts of a block that waits for two hours", v, s.attempts)
		}
		s.answers(nil)
		b.pass(15 * time.Minute)
		s.expect(t, "back", BlockFound)
		if v := b.n.View()[0]; v.Problem != "" || v.Sent != 1 || v.Messages != 1 || v.Retries != v.Failed || !v.Oldest.IsZero() {
			t.Errorf("got %+v", v)
		}
		s.answers(func(*Message) error { return errors.New("no route") })
		b.changed(2, "received")
		b.pass(26 * time.Hour)
		s.answers(nil)
		b.pass(time.Hour)
		s.expect(t, "a day later")
		b.stop()
	})
}

// A receiver that says when to come again is left alone until then.
func TestLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		s.answers(func(*Message) error { return &Later{50 * time.Minute, "answered 429"} })
		b.start(Hook{Sender: s})
		b.changed(1, "received")
		b.pass(49 * time.Minute)
		if s.attempts != 1 {
			t.Errorf("got %d attempts, want 1", s.attempts)
		}
		s.answers(nil)
		b.pass(2 * time.Minute)
		s.expect(t, "later", BlockFound)
		b.stop()
	})
}

// One notice that a receiver will not take takes no other with it.
func TestRefusedNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		s.answers(func(m *Message) error {
			for _, n := range m.Notices {
				if n.Height == 870001 {
					return &Refused{"answered 400"}
				}
			}
			return nil
		})
		b.start(Hook{Sender: s})
		b.changed(1, "received")
		for i := byte(2); i < 20; i++ {
			b.changed(i, "received")
		}
		b.pass(time.Hour)
		if _, got := s.take(); len(got) != 18 {
			t.Errorf("got %d notices, want the other 18", len(got))
		}
		if v := b.n.View()[0]; v.GivenUp != 1 || v.TooOld != 0 || v.Waiting != 0 || v.Refused != maxRefusals || v.Failed != maxRefusals || v.Retries != maxRefusals-1 {
			t.Errorf("got %+v", v)
		}
		b.stop()
	})
}

// What is more than the limit goes together, and nothing of it is left out.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s, PerHour: 8})
		for i := range byte(60) {
			b.changed(i, "received")
		}
		b.pass(2 * time.Hour)
		s.mu.Lock()
		messages := len(s.got)
		last := s.got[2]
		s.mu.Unlock()
		if messages < 3 || messages > 6 {
			t.Errorf("got %d messages, want 3 to 6", messages)
		}
		if title := last.Title(); !strings.HasSuffix(title, "found, and 49 more") || strings.Count(last.Text(20), "\n") != 20 || !strings.HasSuffix(last.Text(20), "\nand 30 more") {
			t.Errorf("got %q, %q", title, last.Text(20))
		}
		if _, got := s.take(); len(got) != 60 {
			t.Errorf("got %d notices, want 60", len(got))
		}
		b.stop()
	})
}

// A queue that is full says how many it has left out, and blocks go last.
func TestFullQueue(t *testing.T) {
	var q queue
	now := time.Now()
	q.push(now, Notice{ID: "block", Kind: BlockFound})
	for i := range maxQueue + 16 {
		if fit := q.push(now, Notice{ID: idOf("n", string(rune(i))), Kind: NodeDown}); fit != (i < maxQueue-1) {
			t.Errorf("notice %d: there was room: %t", i, fit)
		}
	}
	if len(q.Waiting) != maxQueue || q.Left != 17 || q.Waiting[0].Notice.ID != "block" {
		t.Errorf("got %d waiting, %d left out, first %v", len(q.Waiting), q.Left, q.Waiting[0].Notice)
	}
	if fit := q.push(now, Notice{ID: "block", Kind: BlockFound}); !fit || q.Left != 17 {
		t.Error("one that waits already was queued again")
	}
}

// What has no room is counted, for the hook that it is of.
func TestNoRoomIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.start(Hook{Sender: &stuckSender{}}, Hook{Sender: &fakeSender{}})
		b.n.mu.Lock()
		for i := range maxQueue + 7 {
			b.n.tell(time.Now(), Notice{ID: idOf("n", string(rune(i))), Kind: NodeDown})
		}
		b.n.mu.Unlock()
		b.pass(time.Minute)
		if v := b.n.View(); v[0].NoRoom != 7 || v[0].Waiting != maxQueue || v[1].Sent != maxQueue || v[1].Waiting != 0 {
			t.Errorf("got %+v", v)
		}
		b.stop()
	})
}

func TestFilters(t *testing.T) {
	for _, c := range []struct {
		name   string
		hook   Hook
		notice Notice
		want   bool
	}{
		{"usual", Hook{}, Notice{Kind: BlockFound}, true},
		{"not usual", Hook{}, Notice{Kind: BlockMatured}, false},
		{"chosen", Hook{Events: []string{"block_matured"}}, Notice{Kind: BlockMatured}, true},
		{"not chosen", Hook{Events: []string{"block_matured"}}, Notice{Kind: BlockFound}, false},
		{"back goes with down", Hook{Events: []string{"node_down"}}, Notice{Kind: NodeBack}, true},
		{"other pool", Hook{Pools: []string{"a"}}, Notice{Kind: NoWork, Pool: "b"}, false},
		{"pool of no chain", Hook{Chains: []string{"x"}}, Notice{Kind: NoWork, Pool: "b"}, true},
		{"other chain", Hook{Chains: []string{"x"}}, Notice{Kind: BlockFound, Pool: "b", Chain: "y"}, false},
		{"no accounts", Hook{}, Notice{Kind: WorkerDown, Account: "me"}, false},
		{"all accounts", Hook{Accounts: []string{"*"}}, Notice{Kind: WorkerBack, Account: "me"}, true},
		{"another account", Hook{Accounts: []string{"me"}}, Notice{Kind: WorkerDown, Account: "you"}, false},
		{"account with addresses of other chains", Hook{Accounts: []string{"me"}}, Notice{Kind: WorkerDown, Account: "me/doge:D1"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hook{Hook: c.hook}
			if got := h.wants(&c.notice); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

// A file that cannot be used is kept, and nothing of the past is told.
func TestDamagedMemory(t *testing.T) {
	for name, text := range map[string]string{"cut off": `{"version":1,"blo`, "newer": `{"version":99}`, "empty": ""} {
		path := filepath.Join(t.TempDir(), "hooks.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		m, err := loadMemory(path, now)
		if err == nil || m == nil || !m.Since.Equal(now) || m.Blocks == nil {
			t.Errorf("%s: got %+v, %v; want an empty memory and an error", name, m, err)
		}
		if kept, err := os.ReadFile(path + ".damaged"); err != nil || string(kept) != text {
			t.Errorf("%s: kept %q, %v", name, kept, err)
		}
	}
	path := filepath.Join(t.TempDir(), "hooks.json")
	if err := os.WriteFile(path, []byte(`{"version":1,"watches":{"a":null},"workers":{"b":null}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := loadMemory(path, time.Now()); err != nil || len(m.Watches)+len(m.Workers) != 0 || m.Payments == nil {
		t.Errorf("got %+v, %v", m, err)
	}
}

// What is remembered does not grow for ever, and what was forgotten is not told anew.
func TestForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s, Events: Events()})
		b.changed(1, "received")
		b.changed(1, "mature")
		s.expect(t, "first", BlockFound, BlockMatured)
		b.pass(10 * 24 * time.Hour)
		b.n.mu.Lock()
		left := len(b.n.memory.Blocks)
		b.n.mu.Unlock()
		if left != 0 {
			t.Errorf("%d blocks are remembered after ten days, want none", left)
		}
		b.stop()
		b.start(Hook{Sender: s, Events: Events()})
		b.pass(time.Minute)
		s.expect(t, "after a restart")
		b.stop()
	})
}
