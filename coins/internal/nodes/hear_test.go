package nodes

import (
	"net"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/blocknotify"
)

func mustUDP(t *testing.T) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBlockNotifyNews(t *testing.T) {
	probe := mustUDP(t)
	address := probe.LocalAddr().String()
	probe.Close()
	n := mustFake(t)
	s := mustSet(t, func(c *Config) { slowPoll(c); c.Notify = address }, n)
	r := mustRun(t, s)
	r.next(t, "the first", at(101))
	mustHear(t, r, "notify", 100, func(h uint64) {
		n.set(func(n *fakeNode) { n.height = h })
		mustWait(t, "an ear", func() bool { return blocknotify.Send(t.Context(), address, tipAt(h, 0).String()) == nil })
	})

	// A forged notice costs a question and changes nothing.
	asked := n.asked("getbestblockhash")
	mustWait(t, "the question", func() bool {
		if err := blocknotify.Send(t.Context(), address, strings.Repeat("ab", 32)); err != nil {
			t.Fatal(err)
		}
		return n.asked("getbestblockhash") > asked
	})
	if states, _ := s.Watch(); states[0].Tip.String() == strings.Repeat("ab", 32) {
		t.Error("a forged notice became the tip")
	}
}

func TestBlockNotifyThatCannotBeHeardIsTold(t *testing.T) {
	taken := mustUDP(t)
	defer taken.Close()
	n := mustFake(t)
	s := mustSet(t, func(c *Config) { c.Notify = taken.LocalAddr().String() }, n)
	mustRun(t, s)
	h := mustHealth(t, s, "the trouble", func(h coins.Health) bool { return h.State == coins.HealthDegraded })
	if !strings.Contains(h.Message, "blocknotify cannot be heard at "+taken.LocalAddr().String()) {
		t.Errorf("message: got %q", h.Message)
	}
}
