package notify

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBlockIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s, Events: Events()})
		b.changed(1, "pending")
		s.expect(t, "before a verdict")
		b.changed(1, "received")
		got := s.expect(t, "received", BlockFound)
		const want = "Block 870001 of bitcoin found by bc1q…f3t4.rig1, effort 42 %, reward 3.125 BTC, after 12ms at the node"
		if got[0].Text != want || got[0].Pool != "btc" || got[0].EffortPct != 42 || got[0].SubmittedMS != 12 || len(got[0].ID) != 24 {
			t.Errorf("got %+v, want %q", got[0], want)
		}
		b.changed(1, "received")
		b.changed(1, "accepted")
		s.expect(t, "accepted")
		b.changed(1, "orphaned")
		s.expect(t, "orphaned", BlockOrphaned)
		b.changed(1, "accepted")
		s.expect(t, "back", BlockBack)
		b.changed(1, "orphaned")
		s.expect(t, "orphaned once more", BlockOrphaned)
		b.changed(1, "mature")
		s.expect(t, "mature", BlockBack, BlockMatured)
		b.changed(2, "refused")
		s.expect(t, "refused", BlockRefused)
		b.changed(2, "received") // another solution of it was taken
		s.expect(t, "taken after all", BlockFound)
		b.changed(3, "lost")
		s.expect(t, "lost", BlockLost)
		b.stop()
	})
}

// What happened while nobody looked is told after a start, once; what was there
// before hooks were is not.
func TestBlocksOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.source.block(1, "accepted")
		b.source.block(2, "accepted")
		b.pass(time.Minute)
		hook := Hook{Sender: s, Events: Events()}
		b.start(hook)
		b.pass(time.Minute)
		s.expect(t, "first start")
		b.changed(3, "received")
		s.expect(t, "found", BlockFound)
		b.stop()

		b.source.block(3, "accepted") // told already that it was found
		b.source.block(4, "received")
		b.source.block(1, "orphaned") // found before there were hooks
		b.start(hook)
		b.pass(time.Minute)
		s.expect(t, "second start", BlockOrphaned, BlockFound)
		b.stop()
		b.start(hook)
		b.pass(time.Minute)
		s.expect(t, "third start")
		b.stop()

		// One that could not be delivered waits for the next start.
		s.answers(func(*Message) error { return errors.New("no route") })
		b.start(hook)
		b.changed(5, "received")
		b.stop()
		s.expect(t, "unreachable")
		s.answers(nil)
		b.start(hook)
		b.pass(time.Minute)
		s.expect(t, "reachable again", BlockFound)
		b.stop()
	})
}

// A ledger that is behind holds no block back for long, and the block is not told
// twice when it has come up.
func TestBlockWithoutLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s})
		b.source.set(func(f *fakeSource) { f.behind = true })
		now := time.Now()
		b.n.Block(Block{Chain: "bitcoin", Pool: "btc", Hash: [32]byte{1}, Height: 7, State: "received", Account: "me", Found: now, Changed: now})
		b.pass(10 * time.Second)
		s.expect(t, "soon")
		b.pass(20 * time.Second)
		s.expect(t, "later", BlockFound)
		b.source.set(func(f *fakeSource) { f.behind = false })
		b.changed(1, "received")
		s.expect(t, "ledger is there", nil...)
		b.stop()
	})
}

// A pool was killed when it had found a block, and its ledger has not counted that yet
// at the next start: it is told when it has, though nothing more happens to it.
func TestBlockThatIsCountedAfterTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s})
		b.stop()
		b.source.block(1, "received")
		b.source.set(func(f *fakeSource) { f.behind = true })
		b.start(Hook{Sender: s})
		b.pass(5 * time.Minute)
		s.expect(t, "while the ledger counts")
		b.source.set(func(f *fakeSource) { f.behind = false })
		b.pass(10 * time.Second)
		s.expect(t, "counted", BlockFound)
		b.stop()
	})
}

// More blocks at one time than anybody looks at are all told.
func TestManyBlocksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBench(t), &fakeSender{}
		b.start(Hook{Sender: s})
		for i := range byte(200) {
			b.n.Block(b.source.block(i, "received"))
		}
		b.pass(time.Minute)
		seen := map[string]bool{}
		_, notices := s.take()
		for _, n := range notices {
			if seen[n.Hash] {
				t.Errorf("%s came twice", n.Hash)
			}
			seen[n.Hash] = true
		}
		if len(seen) != 200 {
			t.Errorf("got %d blocks, want 200", len(seen))
		}
		b.stop()
	})
}

// Names of miners and words of nodes are others' input.
func TestTextsAreClean(t *testing.T) {
	b := Block{Chain: "bitcoin", Height: 1, Account: "me", Worker: "x\r\nBcc: you@example.org\x1b[31m\u202e", Reason: "no\nway", Found: time.Unix(0, 0)}
	raw := blockNotice(&b, BlockOrphaned, time.Unix(0, 0))
	n := raw.finish()
	for _, s := range []string{n.Title, n.Text, n.Worker, n.Reason} {
		if strings.ContainsAny(s, "\r\n\x1b\u202e") {
			t.Errorf("got %q, want no control characters", s)
		}
	}
	if !strings.Contains(n.Text, "me.x??Bcc: you@example.org") {
		t.Errorf("got %q", n.Text)
	}
}
