package nodes

import (
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
	"github.com/motherlode-pool/motherlode/internal/freeport"
)

// TestBlocksThatWereNotAnnouncedAreCounted: one that asking finds counts once its
// announcement stays away.
func TestBlocksThatWereNotAnnouncedAreCounted(t *testing.T) {
	n := mustFake(t)
	events := make(chan []byte)
	s := mustSet(t, func(c *Config) {
		c.Poll = settings.Duration(20 * time.Millisecond)
		c.Nodes[0].ZMQ = zmqServer(t, events)
	}, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	mustHealth(t, s, "zmq", news("zmq"))

	n.set(func(n *fakeNode) { n.height = 101 })
	if got := r.next(t, "found by asking", at(102)); got.Source != "poll" {
		t.Errorf("source: got %q, want poll", got.Source)
	}
	h := mustHealth(t, s, "a block that was not announced", func(h coins.Health) bool { return h.Nodes[0].Missed > 0 })
	if h.Nodes[0].Missed != 1 || h.Nodes[0].Tip != tipAt(101, 0) {
		t.Errorf("got %+v, want one missed, tip %s", h.Nodes[0], tipAt(101, 0))
	}
}

// TestWhatIsNoMissedNews: a late announcement, a tip that was soon gone, and a node
// that announces nothing anyway.
func TestWhatIsNoMissedNews(t *testing.T) {
	yes, no := true, false
	tip, other := tipAt(101, 0), tipAt(101, 1)
	for _, tt := range []struct {
		name   string
		zmq    string
		ws     *bool
		btcd   bool
		heard  coins.Hash // announced after it was found
		now    coins.Hash // the tip when it is looked at
		passed time.Duration
		want   uint64
	}{
		{name: "not announced", zmq: "tcp://x", now: tip, passed: newsGrace, want: 1},
		{name: "not announced by websocket", ws: &yes, now: tip, passed: newsGrace, want: 1},
		{name: "not announced by btcd", btcd: true, now: tip, passed: newsGrace, want: 1},
		{name: "announced late", zmq: "tcp://x", heard: tip, now: tip, passed: newsGrace},
		{name: "another announced", zmq: "tcp://x", heard: other, now: tip, passed: newsGrace, want: 1},
		{name: "too soon to say", zmq: "tcp://x", now: tip, passed: newsGrace / 2},
		{name: "gone again", zmq: "tcp://x", now: other, passed: newsGrace},
		{name: "a node that is only asked", now: tip, passed: newsGrace},
		{name: "websocket switched off", ws: &no, btcd: true, now: tip, passed: newsGrace},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustSet(t, nil, mustFake(t))
			m := s.members[0]
			m.node.ZMQ, m.node.WebSocket, m.btcd = tt.zmq, tt.ws, tt.btcd
			s.expectNews(m, tip)
			if !tt.heard.IsZero() {
				s.heardOf(m, tt.heard)
			}
			now := m.foundAt.Add(tt.passed)
			s.countMissed(m, tt.now, now)
			s.countMissed(m, tt.now, now) // once is enough
			if got := m.state.Missed; got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestDeafEarIsTold: who set up ZMQ and is not heard would think that all is well.
func TestDeafEarIsTold(t *testing.T) {
	address, err := freeport.TCP()
	if err != nil {
		t.Fatal(err)
	}
	n := mustFake(t)
	s := mustSet(t, func(c *Config) { c.Nodes[0].ZMQ = "tcp://" + address }, n)
	mustRun(t, s).next(t, "work all the same", at(101))
	h := mustHealth(t, s, "the trouble", func(h coins.Health) bool { return h.State == coins.HealthDegraded })
	if !strings.Contains(h.Message, "zmq is not heard") || !strings.Contains(h.Message, n.name()) {
		t.Errorf("got %q, want the node and that zmq is not heard", h.Message)
	}
}
