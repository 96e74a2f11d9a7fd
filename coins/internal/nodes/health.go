package nodes

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// healthInterval is the shortest time between two reports.
const healthInterval = 200 * time.Millisecond

// Health streams the state of the nodes, the present one first.
func (s *Set) Health(ctx context.Context, out chan<- coins.Health) error {
	ctx, release, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer release()
	var last coins.Health
	for {
		states, changed := s.Watch()
		if h := s.health(states); !reflect.DeepEqual(h, last) {
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

// health sums the nodes up.
func (s *Set) health(states []State) coins.Health {
	h := coins.Health{State: coins.HealthDown}
	var trouble []string
	for _, st := range states {
		n := s.nodeHealth(st)
		h.Nodes = append(h.Nodes, n)
		if n.State != coins.HealthReady && n.Message != "" {
			trouble = append(trouble, n.Message)
		}
		if st.Status >= Late && st.Height >= h.Height && !st.Tip.IsZero() {
			if st.Height > h.Height || h.Tip.IsZero() {
				h.Height, h.Tip = st.Height, st.Tip
			}
		}
		h.State = better(h.State, n.State)
	}
	if h.State == coins.HealthReady && len(trouble) > 0 {
		h.State = coins.HealthDegraded
	}
	s.mu.Lock()
	broken, deaf := s.broken, s.deaf
	s.mu.Unlock()
	if deaf != nil {
		if h.State == coins.HealthReady {
			h.State = coins.HealthDegraded
		}
		trouble = append(trouble, fmt.Sprintf("blocknotify cannot be heard at %s: %v", s.cfg.Notify, deaf))
	}
	h.Message = strings.Join(trouble, "; ")
	if broken != nil {
		h.State, h.Message = coins.HealthDown, broken.Error()
	}
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

func (s *Set) nodeHealth(st State) coins.NodeHealth {
	n := coins.NodeHealth{
		Node:    st.Node,
		State:   coins.HealthReady,
		Height:  st.Height,
		Peers:   st.Peers,
		Version: st.Version,
		News:    st.News,
		Tip:     st.Tip,
		Missed:  st.Missed,
	}
	switch {
	case st.Status == NotAsked:
		n.State = coins.HealthStarting
	case errors.Is(st.Err, rpc.ErrWarmup):
		n.State, n.Message = coins.HealthSyncing, words(st.Err)
	case st.Status == Down:
		n.State, n.Message = coins.HealthDown, words(st.Err)
	case st.Status == Late:
		n.State, n.Message = coins.HealthDegraded, words(st.Err)
	case st.WorkErr != nil:
		n.State, n.Message = coins.HealthSyncing, words(st.WorkErr)
	case st.Syncing && !s.cfg.Solitary:
		n.State, n.Message = coins.HealthSyncing, fmt.Sprintf("%s is catching up with the chain", st.Node)
	case st.Peers == 0 && !s.cfg.Solitary:
		n.State, n.Message = coins.HealthDegraded, fmt.Sprintf("%s has no peers", st.Node)
	case st.Deaf != "":
		n.State, n.Message = coins.HealthDegraded, st.Node+": "+st.Deaf
	}
	return n
}
