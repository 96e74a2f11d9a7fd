package rsk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Times of the streams.
const (
	// patience is how long work may be missing before the stream ends and leaves
	// the waiting to its caller.
	patience = 10 * time.Second

	// holdOff is how long an earlier node of the list must have been well before
	// work is taken from it again.
	holdOff = 10 * time.Second

	// lag is how long a node may be one block behind another: it may hear of the
	// block a moment later.
	lag = 5 * time.Second

	// firstAnswers is how long the start waits for earlier nodes of the list.
	firstAnswers = 500 * time.Millisecond
)

// AuxWork streams the work of one node at a time: the first of the list that is
// well. It does not depend on the parent's tip.
func (c *coin) AuxWork(ctx context.Context, _ <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	ctx, release, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer release()
	now := time.Now()
	s := &stream{coin: c, node: -1, began: now, good: now}
	for {
		states, changed := c.states()
		if w, err := s.next(states, time.Now()); err != nil {
			return err
		} else if w != nil {
			select {
			case out <- w:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		case <-time.After(firstAnswers):
		}
	}
}

// stream is one run of AuxWork. Only its own goroutine touches it.
type stream struct {
	coin  *coin
	began time.Time
	good  time.Time // when a node was last well

	node  int // whose work is out; -1 for nobody's
	offer int // of that node
	hash  coins.Hash
	sent  time.Time
}

// next is the work to hand out now, nil for none.
func (s *stream) next(states []state, now time.Time) (*coins.AuxWork, error) {
	i := s.choose(states, now)
	if i < 0 {
		if now.Sub(s.good) >= patience {
			return nil, reasonOf(states)
		}
		return nil, nil
	}
	s.good = now
	st := states[i]
	due := i != s.node || st.offer != s.offer || now.Sub(s.sent) >= time.Duration(s.coin.conf.Refresh)
	if !due {
		return nil, nil
	}
	if i == s.node && st.work.hash == s.hash {
		s.offer = st.offer // it is out already
		return nil, nil
	}
	source := "poll"
	if s.node < 0 {
		source = "start"
	}
	s.node, s.offer, s.hash, s.sent = i, st.offer, st.work.hash, now
	w := st.work.aux()
	w.ID, w.Node, w.Source, w.Heard = s.coin.driver.ids.Add(1), s.coin.members[i].name, source, st.heard.UnixNano()
	return w, nil
}

// choose is the node to take work from: the present one while it is well and not
// behind another, unless an earlier one has been well for a while; -1 for nobody.
func (s *stream) choose(states []state, now time.Time) int {
	well := func(i int) bool { return states[i].asked && states[i].err == nil && states[i].work != nil }
	var highest, settled uint64 // of all, and of those that are there for a while
	for i := range states {
		if !well(i) {
			continue
		}
		highest = max(highest, states[i].work.height)
		if now.Sub(states[i].heard) >= lag {
			settled = max(settled, states[i].work.height)
		}
	}
	behind := func(i int) bool { h := states[i].work.height; return h+1 < highest || h < settled }

	present := s.node >= 0 && well(s.node) && !behind(s.node)
	for i := range states {
		switch {
		case s.node < 0 && !states[i].asked && now.Sub(s.began) < firstAnswers:
			return -1
		case !well(i) || behind(i):
		case !present, i == s.node, now.Sub(states[i].since) >= holdOff:
			return i
		}
	}
	return -1
}

// Health streams the state of the nodes.
func (c *coin) Health(ctx context.Context, out chan<- coins.Health) error {
	ctx, release, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer release()
	var last coins.Health
	for {
		states, changed := c.states()
		if h := c.health(states); !sameHealth(h, last) {
			select {
			case out <- h:
				last = h
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

func sameHealth(a, b coins.Health) bool {
	return a.State == b.State && a.Message == b.Message && a.Height == b.Height && a.Tip == b.Tip && slices.Equal(a.Nodes, b.Nodes)
}

// health sums the nodes up.
func (c *coin) health(states []state) coins.Health {
	h := coins.Health{State: coins.HealthStarting}
	var trouble []string
	asked := false
	for i, st := range states {
		n := c.nodeHealth(c.members[i].name, st)
		h.Nodes = append(h.Nodes, n)
		if n.Message != "" {
			trouble = append(trouble, n.Message)
		}
		if st.asked && !asked {
			asked, h.State = true, n.State
		} else if st.asked && n.State > h.State {
			h.State = n.State
		}
		if st.work != nil && st.err == nil && st.work.height > h.Height+1 {
			h.Height, h.Tip = st.work.height-1, st.work.parent
		}
	}
	if h.State == coins.HealthReady && len(trouble) > 0 {
		h.State = coins.HealthDegraded
	}
	h.Message = strings.Join(trouble, "; ")
	return h
}

func (c *coin) nodeHealth(name string, st state) coins.NodeHealth {
	n := coins.NodeHealth{Node: name, State: coins.HealthReady, Peers: st.peers, Version: st.version, News: "poll"}
	if st.work != nil {
		n.Height, n.Tip = st.work.height-1, st.work.parent
	}
	switch {
	case !st.asked:
		n.State = coins.HealthStarting
	case timedOut(st.err):
		n.State, n.Message = coins.HealthDegraded, st.err.Error()
	case st.err != nil:
		n.State, n.Message = coins.HealthDown, st.err.Error()
	case st.syncing && !c.net.solitary:
		n.State, n.Message = coins.HealthDegraded, fmt.Sprintf("%s is catching up with the chain", name)
	case st.peers == 0 && !c.net.solitary:
		n.State, n.Message = coins.HealthDegraded, fmt.Sprintf("%s has no peers", name)
	}
	return n
}
