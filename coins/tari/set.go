package tari

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// condition is what is known of a node's connection.
type condition uint8

// The conditions.
const (
	notAsked condition = iota
	down               // does not answer
	late               // did not answer in time, may be busy
	up                 // answers
)

// state is a node as last seen.
type state struct {
	cond    condition
	err     error     // why not up
	since   time.Time // when cond or ready last changed
	tip     coins.Hash
	height  uint64
	work    string    // accumulated difficulty of tip, big-endian without leading zeros
	heard   time.Time // when tip was first heard of
	source  string    // "start" for the first tip after the node was away, then "poll"
	synced  bool
	doing   tarirpc.BaseNodeState
	forked  bool // fails its checkpoints
	version string
	peers   int // -1 while unknown
	workErr error
}

// ready reports whether a template of this node could be mined on.
func (s *state) ready() bool { return s.cond == up && s.usable() }

// usable is ready for a node that is up or merely late.
func (s *state) usable() bool {
	return (s.cond == up || s.cond == late) && s.synced && !s.forked && !s.tip.IsZero()
}

// more compares the accumulated difficulties of two tips.
func more(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

// member is one node of a set.
type member struct {
	name string
	conn *grpc.ClientConn
	api  tarirpc.BaseNodeClient
	poke chan struct{}

	state state // guarded by the set's mu

	// What only the watcher uses.
	lates    int
	detailed time.Time
}

// nudge makes the watcher poll now.
func (m *member) nudge() {
	select {
	case m.poke <- struct{}{}:
	default:
	}
}

// set is the nodes of one coin. Its methods may be called concurrently.
type set struct {
	poll    time.Duration
	log     *slog.Logger
	members []*member

	life   context.Context // ends with close
	cancel context.CancelFunc
	late   sync.WaitGroup // calls that outlive the method that made them

	run   sync.Mutex // guards what follows: starting and stopping of the watchers
	users int
	stop  func()

	mu      sync.Mutex // guards what follows and every member's state
	changed chan struct{}
	closed  bool
}

// newSet makes a set of nodes that were checked. It touches no network.
func newSet(nodes []Node, poll time.Duration, log *slog.Logger) (*set, error) {
	s := &set{poll: poll, log: log, changed: make(chan struct{})}
	for _, n := range nodes {
		conn, err := dial(n)
		if err != nil {
			s.hangUp()
			return nil, fmt.Errorf("node %s: %w", n.target, err)
		}
		s.members = append(s.members, &member{
			name: n.target, conn: conn, api: tarirpc.NewBaseNodeClient(conn),
			poke: make(chan struct{}, 1), state: state{since: time.Now(), peers: -1},
		})
	}
	s.life, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

func (s *set) hangUp() {
	for _, m := range s.members {
		m.conn.Close()
	}
}

// close ends all streams and calls, and waits for what runs in the background.
func (s *set) close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	s.cancel()
	s.late.Wait()
	s.hangUp()
	return nil
}

// open starts watching the nodes, if nobody does already. Each open must be
// followed by one call of release; the last one stops the watchers and waits
// for them. The context is done when release is called, ctx ends or the set is
// closed, and its cause tells which.
func (s *set) open(ctx context.Context) (stream context.Context, release func(), err error) {
	s.run.Lock()
	defer s.run.Unlock()
	if s.life.Err() != nil {
		return nil, nil, ErrClosed
	}
	if s.users++; s.users == 1 {
		s.stop = s.start()
	}
	stream, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(s.life, func() { cancel(ErrClosed) })
	return stream, func() {
		unhook()
		cancel(context.Canceled)
		s.run.Lock()
		defer s.run.Unlock()
		if s.users--; s.users == 0 {
			s.stop()
		}
	}, nil
}

// start runs the watchers of all members and returns what stops them.
func (s *set) start() (stop func()) {
	ctx, cancel := context.WithCancel(s.life)
	var group sync.WaitGroup
	for _, m := range s.members {
		group.Go(func() { s.watch(ctx, m) })
		group.Go(func() { m.listen(ctx) })
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// targets are the members to ask about blocks: all but those that are known to
// be of another network, whose answer means nothing.
func (s *set) targets() []*member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*member
	for _, m := range s.members {
		if !errors.Is(m.state.workErr, ErrNetwork) {
			out = append(out, m)
		}
	}
	if out == nil {
		return s.members
	}
	return out
}

// spawn runs f in the background; close waits for it. It reports false when
// the set is closed.
func (s *set) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.late.Go(f)
	return true
}

// lasting is a context that outlives the caller's but not the set.
func (s *set) lasting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d)
	unhook := context.AfterFunc(s.life, cancel)
	return ctx, func() {
		unhook()
		cancel()
	}
}

// look returns the state of every node, in the order of the settings, and a
// channel that is closed at the next change.
func (s *set) look() ([]state, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]state, len(s.members))
	for i, m := range s.members {
		out[i] = m.state
	}
	return out, s.changed
}

// see is the state of one node.
func (s *set) see(m *member) state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.state
}

// update changes a member's state and wakes those who look when it did.
func (s *set) update(m *member, change func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := m.state
	change(&m.state)
	if m.state.cond != before.cond || m.state.ready() != before.ready() {
		m.state.since = time.Now()
	}
	if !same(before, m.state) {
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// same compares two states by what a person would see.
func same(a, b state) bool {
	if words(a.err) != words(b.err) || words(a.workErr) != words(b.workErr) {
		return false
	}
	a.err, a.workErr, b.err, b.workErr = nil, nil, nil, nil
	return a == b
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// trim is a big-endian number without leading zeros.
func trim(b []byte) string { return string(bytes.TrimLeft(b, "\x00")) }
