package tari

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// healthInterval is the shortest time between two reports.
const healthInterval = 200 * time.Millisecond

// Health streams the state of the nodes, the present one first.
func (c *coin) Health(ctx context.Context, out chan<- coins.Health) error {
	ctx, release, err := c.set.open(ctx)
	if err != nil {
		return err
	}
	defer release()
	var last coins.Health
	for {
		states, changed := c.set.look()
		if h := c.health(states); !reflect.DeepEqual(h, last) {
			select {
			case out <- h:
				last = h
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		select {
		case <-time.After(healthInterval):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// health sums the nodes up: as well as the best of them, but degraded when
// another has a trouble.
func (c *coin) health(states []state) coins.Health {
	h := coins.Health{State: coins.HealthDown}
	var trouble []string
	for i := range states {
		st := &states[i]
		n := c.nodeHealth(c.set.members[i].name, st)
		h.Nodes = append(h.Nodes, n)
		if n.Message != "" {
			trouble = append(trouble, n.Message)
		}
		if st.usable() && (h.Tip.IsZero() || st.height > h.Height) {
			h.Height, h.Tip = st.height, st.tip
		}
		h.State = better(h.State, n.State)
	}
	if h.State == coins.HealthReady && len(trouble) > 0 {
		h.State = coins.HealthDegraded
	}
	h.Message = strings.Join(trouble, "; ")
	return h
}

// better is the state of a coin that has nodes in both states. A node that was
// not asked yet may still turn out well.
func better(a, b coins.HealthState) coins.HealthState {
	rank := func(s coins.HealthState) int {
		switch s {
		case coins.HealthStarting:
			return 1
		case coins.HealthDown:
			return 0
		}
		return int(s)
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

func (c *coin) nodeHealth(name string, st *state) coins.NodeHealth {
	n := coins.NodeHealth{
		Node: name, State: coins.HealthReady, Height: st.height, Tip: st.tip,
		Peers: max(st.peers, 0), Version: st.version, News: "poll",
	}
	switch {
	case st.cond == notAsked:
		n.State = coins.HealthStarting
	case st.cond == down:
		n.State, n.Message = coins.HealthDown, words(st.err)
	case st.cond == late:
		n.State, n.Message = coins.HealthDegraded, words(st.err)
	case st.forked:
		n.State, n.Message = coins.HealthSyncing, name+": "+ErrCheckpoint.Error()
	case !st.synced:
		n.State, n.Message = coins.HealthSyncing, fmt.Sprintf("%s is catching up with the chain (%s)", name, doing(st.doing))
	case st.workErr != nil:
		n.State, n.Message = coins.HealthSyncing, words(st.workErr)
	case st.doing == tarirpc.BaseNodeState_SYNC_FAILED:
		n.State, n.Message = coins.HealthDegraded, name+" failed to catch up with its peers"
	case st.peers == 0 && !c.network.solitary:
		n.State, n.Message = coins.HealthDegraded, name+" has no peers"
	}
	return n
}

// doing is what a node does, in words.
func doing(s tarirpc.BaseNodeState) string {
	return strings.ToLower(strings.ReplaceAll(s.String(), "_", " "))
}
