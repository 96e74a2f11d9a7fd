package nodes

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

func TestReasonsAndIDs(t *testing.T) {
	n := mustFake(t)
	r := mustRun(t, mustSet(t, nil, n))
	first := r.next(t, "the first", at(101))
	if first.Reason != coins.NewTip || first.Source != "start" || first.ID != 1 || first.Node != n.name() {
		t.Errorf("first: got %s by %s, id %d of %s", first.Reason, first.Source, first.ID, first.Node)
	}
	second := r.next(t, "a refresh", func(*coins.Template) bool { return true })
	if second.Reason != coins.Refresh || second.ID != 2 {
		t.Errorf("second: got %s, id %d, want refresh, 2", second.Reason, second.ID)
	}
	n.set(func(n *fakeNode) { n.reward++ })
	r.next(t, "new transactions", func(t *coins.Template) bool { return t.Reason == coins.NewTxs && t.Reward == 5001 })
	n.set(func(n *fakeNode) { n.height++ })
	if tip := r.next(t, "a new tip", at(102)); tip.Reason != coins.NewTip || tip.Source != "poll" {
		t.Errorf("new tip: got %s by %s", tip.Reason, tip.Source)
	}

	// A reorganisation to a lower height is followed: it is the node's chain.
	n.set(func(n *fakeNode) { n.height, n.branch = 100, 7 })
	if back := r.next(t, "a reorganisation", at(101)); back.Reason != coins.NewTip || back.PrevHash != tipAt(100, 7) {
		t.Errorf("reorganisation: got %s on %s", back.Reason, back.PrevHash)
	}
}

func TestFaultyNodeIsLeftForAnother(t *testing.T) {
	for _, fault := range []string{"hang", "busy", "credentials", "empty", "garbage", "warmup"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			a, b := mustFake(t), mustFake(t)
			s := mustSet(t, nil, a, b)
			r := mustRun(t, s)
			r.next(t, "the preferred node", from(a))
			began := time.Now()
			a.set(func(n *fakeNode) { n.fault = fault })
			r.next(t, "the other node", from(b))
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("took %s, want about a second", took)
			}
			mustHealth(t, s, "degraded", func(h coins.Health) bool {
				return h.State == coins.HealthDegraded && strings.Contains(h.Message, a.name())
			})

			// Back when it is well, but not at once.
			began = time.Now()
			a.set(func(n *fakeNode) { n.fault = "" })
			r.next(t, "the preferred node again", from(a))
			if took := time.Since(began); took < 200*time.Millisecond {
				t.Errorf("back after %s, want not before the hold-off", took)
			}
			mustHealth(t, s, "ready", func(h coins.Health) bool { return h.State == coins.HealthReady && h.Message == "" })
		})
	}
}

func TestPreferredNodeThatLagsIsNotFollowed(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	r := mustRun(t, mustSet(t, nil, a, b))
	r.next(t, "the preferred node", from(a))
	b.set(func(n *fakeNode) { n.height = 105 })
	r.next(t, "the higher tip", at(106))
	refreshes := 0
	timeout := time.After(600 * time.Millisecond) // three hold-offs
	for done := false; !done; {
		select {
		case tmpl := <-r.c:
			refreshes++
			if tmpl.Height < 106 {
				t.Fatalf("went back to height %d of %s", tmpl.Height, tmpl.Node)
			}
		case <-timeout:
			done = true
		}
	}
	if refreshes < 2 {
		t.Errorf("got %d refreshes of the higher tip, want them to go on", refreshes)
	}
	a.set(func(n *fakeNode) { n.height = 105 })
	r.next(t, "the preferred node, level again", from(a))
}

func TestCompetingTipOfAnotherNodeIsIgnored(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	r := mustRun(t, mustSet(t, nil, a, b))
	r.next(t, "the preferred node", from(a))
	b.set(func(n *fakeNode) { n.branch = 9 })
	timeout := time.After(500 * time.Millisecond)
	for {
		select {
		case tmpl := <-r.c:
			if tmpl.PrevHash != tipAt(100, 0) {
				t.Fatalf("left %s for %s of the same height", tipAt(100, 0), tmpl.PrevHash)
			}
			continue
		case <-timeout:
		}
		break
	}
	if n := b.asked("getblocktemplate"); n > 3 {
		t.Errorf("the other node was asked for %d templates, want a few at most", n)
	}
}

func TestNodeOfAnotherNetworkIsNotUsed(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	a.set(func(n *fakeNode) { n.genesis, n.height = coins.Hash{0xbb}, 900 })
	s := mustSet(t, nil, a, b)
	r := mustRun(t, s)
	r.next(t, "the right network", from(b))
	h := mustHealth(t, s, "degraded", func(h coins.Health) bool { return h.State == coins.HealthDegraded })
	if !strings.Contains(h.Message, "which is not Fake main") {
		t.Errorf("health: got %q", h.Message)
	}
	if v, err := s.Submit(t.Context(), []byte{1}); err != nil || v.Node != b.name() || a.asked("submitblock") != 0 {
		t.Errorf("submit: got %+v, %v; the other network was asked %d times", v, err, a.asked("submitblock"))
	}
}

func TestNoNodeEndsTheStream(t *testing.T) {
	for fault, kind := range map[string]error{"hang": rpc.ErrTimeout, "credentials": rpc.ErrCredentials, "warmup": rpc.ErrWarmup} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			n := mustFake(t)
			n.set(func(n *fakeNode) { n.fault = fault })
			s := mustSet(t, func(c *Config) { c.Patience = 2 * pollTimeout }, n)
			if err := mustRun(t, s).end(t); !errors.Is(err, kind) {
				t.Errorf("got %v, want kind %q", err, kind)
			}
		})
	}
	t.Run("lost later", func(t *testing.T) {
		t.Parallel()
		n := mustFake(t)
		r := mustRun(t, mustSet(t, func(c *Config) { c.Patience = 3 * time.Second }, n))
		r.next(t, "the first", at(101))
		began := time.Now()
		n.server.CloseClientConnections()
		n.set(func(n *fakeNode) { n.fault = "busy" })
		if err := r.end(t); !errors.Is(err, ErrNoNode) || !errors.Is(err, rpc.ErrBusy) {
			t.Errorf("got %v, want kinds %q and %q", err, ErrNoNode, rpc.ErrBusy)
		}
		if took := time.Since(began); took < 2900*time.Millisecond {
			t.Errorf("gave up after %s, want patience", took)
		}
	})
}

// A chain that gives no work for a while keeps the last job, and says why.
func TestNodeWithoutWork(t *testing.T) {
	n := mustFake(t)
	s := mustSet(t, func(c *Config) { c.MaxTemplateAge = settings.Duration(2500 * time.Millisecond) }, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	n.set(func(n *fakeNode) { n.work = "Bitcoin is downloading blocks..." })
	h := mustHealth(t, s, "syncing", func(h coins.Health) bool { return h.State == coins.HealthSyncing })
	if !strings.Contains(h.Message, "downloading blocks") {
		t.Errorf("health: got %q, want the node's words", h.Message)
	}
	n.set(func(n *fakeNode) { n.work = ""; n.height++ })
	r.next(t, "work again", at(102))
	mustHealth(t, s, "ready", func(h coins.Health) bool { return h.State == coins.HealthReady })

	n.set(func(n *fakeNode) { n.work = "never again" })
	err := r.end(t)
	if !errors.Is(err, ErrNoWork) || !strings.Contains(err.Error(), "never again") {
		t.Errorf("got %v, want kind %q with the node's words", err, ErrNoWork)
	}
}

func TestRefusedProposalStopsTheCoin(t *testing.T) {
	n := mustFake(t)
	n.set(func(n *fakeNode) { n.proposal = "bad-cb-amount" })
	s := mustSet(t, nil, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	if err := r.end(t); !errors.Is(err, ErrProposal) || !strings.Contains(err.Error(), "bad-cb-amount") {
		t.Errorf("got %v, want kind %q with the reason", err, ErrProposal)
	}
	mustHealth(t, s, "down", func(h coins.Health) bool {
		return h.State == coins.HealthDown && strings.Contains(h.Message, "bad-cb-amount")
	})

	// Opened again it sends nothing until a template passes.
	again := mustRun(t, s)
	if err := again.end(t); !errors.Is(err, ErrProposal) || len(again.c) != 0 {
		t.Errorf("again: got %v and %d templates, want kind %q and none", err, len(again.c), ErrProposal)
	}
	n.set(func(n *fakeNode) { n.proposal = nil })
	well := mustRun(t, s)
	well.next(t, "a template that passes", at(101))
	mustHealth(t, s, "ready", func(h coins.Health) bool { return h.State == coins.HealthReady })
}

// One node that refuses the blocks of its own templates does not stop the coin while
// another one is well. It is not followed at a new tip either.
func TestNodeThatRefusesItsTemplatesIsLeft(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	a.set(func(n *fakeNode) { n.proposal = "bad-txns-vin-empty" })
	s := mustSet(t, nil, a, b)
	first := mustRun(t, s)
	first.next(t, "work of the preferred node", from(a))
	if err := first.end(t); !errors.Is(err, ErrProposal) {
		t.Fatalf("got %v, want kind %q", err, ErrProposal)
	}
	r := mustRun(t, s)
	for range 4 {
		r.next(t, "work of the other node", func(tmpl *coins.Template) bool {
			if tmpl.Node != b.name() {
				t.Errorf("got a template of %s", tmpl.Node)
			}
			return true
		})
	}
	for _, n := range []*fakeNode{a, b} {
		n.set(func(n *fakeNode) { n.height = 101 })
	}
	r.next(t, "the new tip of the other node", func(tmpl *coins.Template) bool { return tmpl.Height == 102 && tmpl.Node == b.name() })
	mustHealth(t, s, "words about the node, and no more than that", func(h coins.Health) bool {
		return h.State == coins.HealthDegraded && h.Nodes[1].State == coins.HealthReady && strings.Contains(h.Nodes[0].Message, "bad-txns-vin-empty")
	})
}

func TestProposalOfAnotherTipIsNoFailure(t *testing.T) {
	for _, answer := range []any{"bad-prevblk", "inconclusive-not-best-prevblk", "duplicate", fakeError{-1, "help"}} {
		n := mustFake(t)
		n.set(func(n *fakeNode) { n.proposal = answer })
		r := mustRun(t, mustSet(t, nil, n))
		for range 4 {
			r.next(t, "work all the same", at(101))
		}
		r.cancel()
		if err := r.end(t); errors.Is(err, ErrProposal) {
			t.Errorf("%v: got %v", answer, err)
		}
	}
}

func TestCloseEndsStreams(t *testing.T) {
	s := mustSet(t, nil, mustFake(t))
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	s.Close()
	if err := r.end(t); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want kind %q", err, ErrClosed)
	}
	if _, err := s.Submit(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("submit after Close: got %v, want kind %q", err, ErrClosed)
	}
	if err := s.Templates(t.Context(), TemplateSource{}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("templates after Close: got %v, want kind %q", err, ErrClosed)
	}
}

// When the node with the highest tip is lost, one that is behind gets a while to
// catch up before its older work is taken, and is not asked all the time.
func TestLowerNodeIsBelievedOnlyAfterAWhile(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	a.set(func(n *fakeNode) { n.height = 105 })
	r := mustRun(t, mustSet(t, nil, a, b))
	r.next(t, "the higher node", at(106))
	asked := b.asked("getblocktemplate")
	began := time.Now()
	a.set(func(n *fakeNode) { n.fault = "busy" })
	r.next(t, "the lower node", at(101))
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("taken after %s, want not before the hold-off", took)
	}
	if more := b.asked("getblocktemplate") - asked; more > 5 {
		t.Errorf("the lower node was asked %d times meanwhile, want a few", more)
	}
}

// TestProposalWaitsForTheJob: the block of a template is written only when its
// job has had time to go out; of templates that came meanwhile it is the last's.
func TestProposalWaitsForTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Settings: DefaultSettings()}
		cfg.Nodes = []Node{{URL: "http://127.0.0.1:1", User: "u", Password: "p"}}
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		proposed, release := make(chan uint64), make(chan struct{})
		p := newTester(s, TemplateSource{Propose: func(t *coins.Template) []byte {
			proposed <- t.ID
			<-release
			return nil
		}})
		began := time.Now()
		for id := range uint64(3) {
			p.after(s.members[0], &coins.Template{ID: id})
			synctest.Wait()
		}
		id := <-proposed
		if after := time.Since(began); id != 2 || after != proposalPause {
			t.Errorf("template %d is proposed after %v, want 2 after %v", id, after, proposalPause)
		}
		p.cancel() // nobody is asked
		close(release)
		p.stop()

		// The end of the stream does not wait for the pause.
		p = newTester(s, TemplateSource{Propose: func(*coins.Template) []byte {
			t.Error("proposed after the end")
			return nil
		}})
		p.after(s.members[0], &coins.Template{})
		synctest.Wait()
		began = time.Now()
		if p.stop(); time.Since(began) != 0 {
			t.Errorf("the end took %v", time.Since(began))
		}
	})
}

// A node that names a new tip and still makes the old one's template, as behind a
// proxy that keeps replies, is asked again long before the next refresh.
func TestTemplateOfTheTipBeforeIsAskedForAgain(t *testing.T) {
	n := mustFake(t)
	r := mustRun(t, mustSet(t, slowRefresh, n))
	r.next(t, "the first", at(101))
	n.set(func(n *fakeNode) { n.height, n.lagging = 101, true })
	r.next(t, "the old tip's again", at(101))
	n.set(func(n *fakeNode) { n.lagging = false })
	r.next(t, "the new tip's", at(102))
}

// A node that names its tips in time but takes long over templates is left for one
// that is as high, and not for one that is behind it.
func TestNodeThatIsSlowWithTemplatesIsLeft(t *testing.T) {
	a, b := mustFake(t), mustFake(t)
	s := mustSet(t, func(c *Config) { c.Timeout = settings.Duration(time.Minute) }, a, b)
	r := mustRun(t, s)
	r.next(t, "the preferred node", from(a))
	hold := make(chan struct{})
	defer close(hold)
	a.set(func(n *fakeNode) { n.hold, n.height = hold, 101 })
	mustWait(t, "the slow node's new tip", func() bool { return s.tipOf(s.members[0]) == tipAt(101, 0) })
	b.set(func(n *fakeNode) { n.height = 101 })
	if got := r.next(t, "the new tip", at(102)); got.Node != b.name() {
		t.Errorf("got the template of %s", got.Node)
	}
}
