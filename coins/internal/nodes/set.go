package nodes

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// ErrorKind is the kind of an error of this package; it works with errors.Is.
type ErrorKind string

// The kinds.
const (
	ErrClosed   = ErrorKind("coin is closed")
	ErrNoNode   = ErrorKind("no node answers")
	ErrNoWork   = ErrorKind("no node gives work")
	ErrProposal = ErrorKind("node refuses the block that its template makes")
	ErrNetwork  = ErrorKind("node is of another network")
	ErrUnknown  = ErrorKind("no such node")
	ErrBehind   = ErrorKind("node lacks the block before this one")
	ErrRefusal  = ErrorKind("one node refuses the block, another has not answered")
)

// Error makes a kind an error.
func (k ErrorKind) Error() string { return string(k) }

// Defaults of Config.
const (
	defaultPatience = 10 * time.Second
	defaultHoldOff  = 10 * time.Second
)

// Config is a checked configuration.
type Config struct {
	Settings
	Genesis  []coins.Hash // the network's first block, any of them; empty for no check
	Network  string       // for messages: "Bitcoin main"
	Fork     Fork         // tells the network from others with the same first block
	Solitary bool         // a node without peers is fine (regtest, simnet)
	Dialect  Dialect      // how its nodes are asked; nil means as Bitcoin Core and btcd are
	Log      *slog.Logger // nil discards

	// Patience is how long the template stream waits for a first template,
	// and for any node to answer, before it ends and leaves the waiting to
	// its caller; 0 means 10 s.
	Patience time.Duration

	// HoldOff is how long a node must have been well before it is preferred
	// again, and how long a template of a lower height than the last is not
	// believed; 0 means 10 s.
	HoldOff time.Duration
}

// Status is what is known of a node.
type Status uint8

// The states.
const (
	NotAsked Status = iota
	Down            // does not answer, or is of another network
	Late            // did not answer in time, may be busy
	Up              // answers
)

// State is a node as last seen.
type State struct {
	Node    string // host:port
	Status  Status
	Err     error     // why not Up
	Since   time.Time // of Status
	Tip     coins.Hash
	Height  uint64    // of Tip; 0 while unknown
	Source  string    // how the news of Tip came: "start", "poll", "websocket", "zmq", "notify"
	Heard   time.Time // when it came
	News    string    // how it announces blocks: "websocket", "zmq", "poll"
	Version string
	Peers   int
	Syncing bool   // initial download, in the node's own words
	WorkErr error  // why it gives no work, nil when it does
	Broken  bool   // it refused the block of its own last template
	Deaf    string // why its announcements are not heard, though it should make some
	Missed  uint64 // tips that it did not announce though it should have
}

// Set is the nodes of one coin. Its methods may be called concurrently.
type Set struct {
	cfg     Config
	log     *slog.Logger
	members []*member

	life   context.Context // ends with Close
	cancel context.CancelFunc
	late   sync.WaitGroup // calls that outlive the method that made them

	run   sync.Mutex // guards what follows: starting and stopping of the watchers
	users int
	stop  func()

	mu      sync.Mutex // guards what follows and every member's state
	changed chan struct{}
	broken  error      // why the last template failed its proposal
	noticed coins.Hash // the last block that blocknotify told of
	deaf    error      // why blocknotify is not listened to
	closed  bool
}

// New makes a set of a configuration that Check found nothing wrong with. It
// touches no network.
func New(cfg Config) (*Set, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if cfg.Patience == 0 {
		cfg.Patience = defaultPatience
	}
	if cfg.Dialect == nil {
		cfg.Dialect = Core{}
	}
	if cfg.HoldOff == 0 {
		cfg.HoldOff = defaultHoldOff
	}
	s := &Set{cfg: cfg, log: log, changed: make(chan struct{})}
	for _, n := range cfg.Nodes {
		m, err := newMember(n, time.Duration(cfg.Timeout))
		if err != nil {
			return nil, fmt.Errorf("node %d: %w", len(s.members), err)
		}
		s.members = append(s.members, m)
	}
	s.life, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends all streams and calls, and waits for what runs in the background.
func (s *Set) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.late.Wait()
	for _, m := range s.members {
		m.calls.Close()
		m.urgent.Close()
	}
	return nil
}

// Open starts watching the nodes, if nobody does already. Each Open must be
// followed by one call of release; the last one stops the watchers and waits
// for them. The context is done when release is called, ctx ends or the set is
// closed, and its cause tells which.
func (s *Set) Open(ctx context.Context) (stream context.Context, release func(), err error) {
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
func (s *Set) start() (stop func()) {
	ctx, cancel := context.WithCancel(s.life)
	var group sync.WaitGroup
	for _, m := range s.members {
		group.Go(func() { s.watch(ctx, m) })
		group.Go(func() { s.listen(ctx, m) })
	}
	if s.cfg.Notify != "" {
		group.Go(func() { s.hear(ctx) })
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// Watch returns the state of every node, in the order of the settings, and a
// channel that is closed at the next change.
func (s *Set) Watch() ([]State, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]State, len(s.members))
	for i, m := range s.members {
		out[i] = m.state
	}
	return out, s.changed
}

// update changes a member's state and wakes those who watch when it did.
func (s *Set) update(m *member, change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := m.state
	change(&m.state)
	if m.state.Status != before.Status {
		m.state.Since = time.Now()
	}
	if !same(before, m.state) {
		s.wake()
	}
}

// wake must be called with mu held.
func (s *Set) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// same compares two states by what a person would see.
func same(a, b State) bool {
	return words(a.Err) == words(b.Err) && words(a.WorkErr) == words(b.WorkErr) && plain(a) == plain(b)
}

func plain(a State) State {
	a.Err, a.WorkErr = nil, nil
	return a
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Call asks one node, by its name. The error is as rpc.Client.Call's, or of
// kind ErrUnknown.
func (s *Set) Call(ctx context.Context, node string, out any, method string, params ...any) error {
	for _, m := range s.members {
		if m.name == node {
			err := m.calls.Call(ctx, out, method, params...)
			s.report(m, err)
			return err
		}
	}
	return fmt.Errorf("%w: %s", ErrUnknown, node)
}

// report takes note that a call failed, so that a node's loss is known before
// the next poll. A call that its caller cut short says nothing of the node.
func (s *Set) report(m *member, err error) {
	if rpc.Unanswered(err) && !timedOut(err) {
		m.nudge()
	}
}
