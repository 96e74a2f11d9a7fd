package cpuminer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// Limits of a connection.
const (
	window        = 64               // submissions without a reply; more wait in the threads
	maxLine       = 1 << 20          // bytes of a line from the server
	maxReasons    = 64               // reasons counted apart; the rest is "other"
	dialTimeout   = 10 * time.Second // to connect, TLS included
	writeTimeout  = 20 * time.Second // for one write
	drainTime     = time.Second      // for replies, when nothing can be written any more
	handshakeTime = 30 * time.Second // until subscribed and authorized
	silenceTime   = 2 * time.Minute  // without a byte; stock miners leave then, too
	maxWait       = time.Minute      // that a server may ask for before a reconnect
)

// Miner mines on one server. Make it with New.
type Miner struct {
	cfg    Config
	server server
	alg    algos.Algorithm

	handshake, silence time.Duration // shorter in tests

	found  chan found    // from the threads to the connection
	hashes atomic.Uint64 // of all threads

	mu      sync.Mutex
	work    *work         // what the threads hash; nil: nothing
	changed chan struct{} // closed when work changes
	era     chan struct{} // closed when all work so far is worthless
	stats   Stats
	begun   time.Time
}

// New makes a Miner. It does no I/O.
func New(cfg Config) (*Miner, error) {
	cfg = cfg.withDefaults()
	server, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	alg, err := cfg.algorithm()
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.User == "":
		return nil, fmt.Errorf("%w: no user", ErrConfig)
	case cfg.Threads < 0:
		return nil, fmt.Errorf("%w: %d threads", ErrConfig, cfg.Threads)
	case !(cfg.RateLimit >= 0):
		return nil, fmt.Errorf("%w: rate limit of %v", ErrConfig, cfg.RateLimit)
	}
	return &Miner{
		cfg: cfg, server: server, alg: alg,
		handshake: handshakeTime, silence: silenceTime,
		found:   make(chan found),
		changed: make(chan struct{}),
		era:     make(chan struct{}),
		stats:   Stats{Rejected: map[string]uint64{}},
	}, nil
}

// Run mines until ctx is done, which is no error. It connects again whenever the
// connection is lost. It is to be called once.
func (m *Miner) Run(ctx context.Context) error {
	m.mu.Lock()
	m.begun = time.Now()
	m.mu.Unlock()

	var threads sync.WaitGroup
	defer threads.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { m.replace(nil, true) })()
	for range m.cfg.Threads {
		threads.Go(func() { m.thread(ctx) })
	}

	meter := newMeter(m)
	defer meter.ticker.Stop()
	pause := backoff.New(backoff.Options{Max: 15 * time.Second, Healthy: time.Second})
	at := m.server
	for {
		healthy, err := m.connect(ctx, at, meter)
		m.replace(nil, true)
		if ctx.Err() != nil {
			return nil
		}
		wait := pause.Next(healthy)
		at = m.server
		var asked *reconnect
		if errors.As(err, &asked) {
			at, wait = asked.to, max(asked.wait, wait)
		}
		m.cfg.Logger.Warn("connection lost", "server", at.address(), "reason", err, "wait", wait)
		m.emit(Event{Kind: EventLost, Server: at.address(), Reason: err.Error(), Wait: wait})
		if !meter.sleep(ctx, wait) {
			return nil
		}
	}
}

// Stats is a snapshot of the counters. It may be called at any time.
func (m *Miner) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stats
	s.Rejected = maps.Clone(s.Rejected)
	s.Hashes = m.hashes.Load()
	if !m.begun.IsZero() {
		s.Uptime = time.Since(m.begun)
	}
	return s
}

// current is the work of the moment, and a channel that is closed when there is
// other work.
func (m *Miner) current() (*work, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.work, m.changed
}

// replace gives the threads other work, or none. With clean, shares of all work
// so far are worthless and dropped, also those that wait for the window.
func (m *Miner) replace(w *work, clean bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.work != nil {
		m.work.end()
	}
	if clean {
		close(m.era)
		m.era = make(chan struct{})
	}
	m.work = w
	if w != nil {
		w.era = m.era
		m.stats.Difficulty = w.difficulty
	}
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *Miner) setConnected(yes bool) {
	m.mu.Lock()
	m.stats.Connected = yes
	m.mu.Unlock()
}

// settle counts a submission whose fate is known, and tells of it.
func (m *Miner) settle(s Share) {
	m.mu.Lock()
	switch {
	case !s.Answered:
		m.stats.Unanswered++
	case s.Accepted:
		m.stats.Accepted++
	default:
		reason := s.Reason
		if _, known := m.stats.Rejected[reason]; !known && len(m.stats.Rejected) >= maxReasons {
			reason = "other"
		}
		m.stats.Rejected[reason]++
	}
	m.mu.Unlock()

	if m.cfg.OnShare != nil {
		m.cfg.OnShare(s)
	}
	switch {
	case s.Accepted:
		m.emit(Event{Kind: EventAccepted, Share: s, Difficulty: s.Difficulty})
	case s.Answered:
		m.emit(Event{Kind: EventRejected, Share: s, Difficulty: s.Difficulty, Reason: s.Reason})
	}
}

func (m *Miner) emit(e Event) {
	if m.cfg.Events != nil {
		e.Time = time.Now()
		m.cfg.Events(e)
	}
}

// meter measures the hash rate each second.
type meter struct {
	m      *Miner
	ticker *time.Ticker
	last   time.Time
	hashes uint64
}

func newMeter(m *Miner) *meter {
	return &meter{m: m, ticker: time.NewTicker(time.Second), last: time.Now()}
}

func (t *meter) tick() {
	now, hashes := time.Now(), t.m.hashes.Load()
	rate := float64(hashes-t.hashes) / max(now.Sub(t.last).Seconds(), 1e-3)
	t.last, t.hashes = now, hashes
	t.m.mu.Lock()
	t.m.stats.Rate = rate
	t.m.mu.Unlock()
	t.m.emit(Event{Kind: EventRate, Rate: rate})
}

// sleep waits and goes on measuring; it is false when ctx is done first.
func (t *meter) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case <-t.ticker.C:
			t.tick()
		case <-ctx.Done():
			return false
		}
	}
}
