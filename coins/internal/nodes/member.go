package nodes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Limits of watching a node.
const (
	// pollTimeout is how long a node may take to name its tip before another
	// one is preferred.
	pollTimeout = time.Second

	// maxLateWait bounds how long a node that is late is left alone: each
	// call that we give up keeps a place in its queue.
	maxLateWait = 8 * time.Second

	// maxLates is how many polls in a row a node may be late before it is down.
	maxLates = 3

	// detailInterval is how often peers and the like are asked for.
	detailInterval = 20 * time.Second

	// urgentParallel is for submissions, which never wait for other calls.
	urgentParallel = 2
)

// member is one node of a set.
type member struct {
	node   Node
	name   string
	calls  *rpc.Client // templates, tips and all else
	urgent *rpc.Client // submissions
	poke   chan struct{}

	state State // guarded by the set's mu

	// What only the watcher uses.
	known    bool // identify has passed since the node was last lost
	lates    int
	detailed time.Time

	btcd bool      // what identify found; guarded by the set's mu
	well time.Time // when it was last Up; guarded by the set's mu

	// The tip that asking found before the node announced it, and when; guarded
	// by the set's mu.
	unheard coins.Hash
	foundAt time.Time
}

func newMember(n Node, timeout time.Duration) (*member, error) {
	conf := rpc.Config{URL: n.URL, User: n.User, Password: n.Password, Cookie: n.Cookie, CA: n.CA, Timeout: timeout}
	calls, err := rpc.New(conf)
	if err != nil {
		return nil, err
	}
	conf.Parallel = urgentParallel
	conf.Timeout = max(timeout, submitTimeout) // blocks are large, and so may be the way to the node
	urgent, err := rpc.New(conf)
	if err != nil {
		return nil, err
	}
	name := calls.Node()
	return &member{
		node:   n,
		name:   name,
		calls:  calls,
		urgent: urgent,
		poke:   make(chan struct{}, 1),
		state:  State{Node: name, News: "poll", Since: time.Now()},
	}, nil
}

// nudge makes the watcher poll now.
func (m *member) nudge() {
	select {
	case m.poke <- struct{}{}:
	default:
	}
}

// watch polls a node until ctx ends.
func (s *Set) watch(ctx context.Context, m *member) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.poke:
		case <-timer.C:
		}
		err := s.poll(ctx, m)
		if ctx.Err() != nil {
			return
		}
		s.judge(m, err)
		timer.Reset(s.pause(m))
	}
}

// pause is the time to the next poll.
func (s *Set) pause(m *member) time.Duration {
	return min(time.Duration(s.cfg.Poll)<<min(m.lates, 3), max(maxLateWait, time.Duration(s.cfg.Poll)))
}

// judge turns the outcome of a poll into the node's state.
func (s *Set) judge(m *member, err error) {
	status := Up
	switch {
	case err == nil:
		m.lates = 0
	case timedOut(err) && m.lates < maxLates:
		status = Late
		m.lates++
	case timedOut(err):
		status = Down
	default:
		status = Down
		m.lates = 0
	}
	if status == Down {
		m.known = false
	}
	was := Up
	s.update(m, func(st *State) {
		was = st.Status
		st.Status, st.Err = status, err
		if status == Up {
			m.well = time.Now()
		}
		if status == Down {
			// What was announced before says nothing about a node that
			// comes back.
			st.Tip, st.Height = coins.Hash{}, 0
		}
	})
	switch {
	case status == Up && was != Up:
		s.log.Info("node answers", "node", m.name)
	case status != Up && was == Up:
		s.log.Warn("node lost", "node", m.name, "error", err)
	}
}

func timedOut(err error) bool {
	return errors.Is(err, rpc.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// poll asks a node for its tip, and first who it is.
func (s *Set) poll(ctx context.Context, m *member) error {
	if !m.known {
		if err := s.identify(ctx, m); err != nil {
			return err
		}
		m.known = true
		m.detailed = time.Time{}
	}
	before := s.tipOf(m)
	tip, err := s.bestHash(ctx, m)
	if err != nil {
		return err
	}
	// News that came while we asked is newer than the answer.
	if tip != before && s.tipOf(m) == before {
		source := s.sourceOf(tip, before.IsZero())
		s.announce(m, tip, 0, source)
		if source == "poll" {
			s.expectNews(m, tip)
		}
	}
	s.countMissed(m, tip, time.Now())
	return s.detail(ctx, m)
}

// bestHash asks a node for its tip.
func (s *Set) bestHash(ctx context.Context, m *member) (coins.Hash, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	return s.cfg.Dialect.Tip(ctx, m.calls.Call)
}

func (s *Set) tipOf(m *member) coins.Hash {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.state.Tip
}

// announce records a node's new tip. A height of 0 is unknown, and is filled
// in by detail.
func (s *Set) announce(m *member, tip coins.Hash, height uint64, source string) {
	s.update(m, func(st *State) {
		if st.Tip != tip {
			st.Tip, st.Height, st.Source, st.Heard = tip, height, source, time.Now()
		}
	})
}

// detail fills in what the tip alone does not tell: its height at once, the
// rest from time to time.
func (s *Set) detail(ctx context.Context, m *member) error {
	s.mu.Lock()
	st := m.state
	s.mu.Unlock()
	fresh := time.Since(m.detailed) < detailInterval
	if fresh && st.Height != 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	chain, err := s.cfg.Dialect.Chain(ctx, m.calls.Call)
	switch {
	case rpc.Unanswered(err):
		return err
	case rpc.AsNodeError(err) != nil:
		return nil
	case err != nil:
		return fmt.Errorf("state of %s: %w", m.name, err)
	}
	peers := st.Peers
	if !fresh {
		if err := m.calls.Call(ctx, &peers, "getconnectioncount"); answered(err) != nil {
			return err
		}
		m.detailed = time.Now()
	}
	s.update(m, func(st *State) {
		st.Peers, st.Syncing = peers, chain.Syncing
		if st.Tip == chain.Best {
			st.Height = chain.Height
		}
	})
	return nil
}

// answered drops the errors that are answers: the node is up.
func answered(err error) error {
	if rpc.Unanswered(err) {
		return err
	}
	return nil
}

// identify asks a node which network and which software it is.
func (s *Set) identify(ctx context.Context, m *member) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	genesis, err := s.cfg.Dialect.HashAt(ctx, m.calls.Call, 0)
	if err != nil {
		return err
	}
	if len(s.cfg.Genesis) > 0 && !slices.Contains(s.cfg.Genesis, genesis) {
		return fmt.Errorf("%w: %s starts with block %s, which is not %s", ErrNetwork, m.name, genesis, s.cfg.Network)
	}
	if err := s.checkFork(ctx, m); err != nil {
		return err
	}

	version, btcd, err := s.cfg.Dialect.Software(ctx, m.calls.Call)
	if err != nil {
		return err
	}
	s.mu.Lock()
	m.btcd = btcd
	s.mu.Unlock()
	s.update(m, func(st *State) { st.Version = version })
	return nil
}
