package tari

import (
	"context"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Times of the template stream.
const (
	// firstAnswers is how long the first template waits for nodes that have
	// not answered yet, and the longest sleep of the stream.
	firstAnswers = 500 * time.Millisecond

	// slowFetch is how long a node may take for a template while another one
	// is there to be asked; then it is left alone for slowPause.
	slowFetch = time.Second
	slowPause = 10 * time.Second

	// Pauses after a node gave no usable template, by the reason.
	againSoon   = 50 * time.Millisecond // its tip moved, or its mempool lags: it says to ask again
	againLater  = time.Second           // any other, or again and again
	againSeldom = 30 * time.Second      // it is of another network
)

// Templates streams templates: the present one, one at each new tip, one at
// each refresh.
func (c *coin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	ctx, release, err := c.set.open(ctx)
	if err != nil {
		return err
	}
	defer release()
	n := len(c.set.members)
	st := &stream{
		coin: c, out: out, node: -1, asked: -1,
		began: time.Now(), good: time.Now(),
		seen: make([]coins.Hash, n), barred: make([]time.Time, n), fails: make([]int, n),
		fetched: make(chan fetched, 1),
	}
	defer st.stop()
	return st.run(ctx)
}

// stream is one run of Templates. Only its own goroutine touches it.
type stream struct {
	coin *coin
	out  chan<- *coins.Template

	last    *work  // last one sent
	work    string // accumulated difficulty of the tip it builds on
	node    int    // who made it; -1 for nobody
	genesis string // of the first template
	strange bool   // the header's form was complained about
	began   time.Time
	good    time.Time    // when a usable template last came
	next    time.Time    // when to refresh
	seen    []coins.Hash // each node's tip that a fetch was made for
	barred  []time.Time  // until when a node is not asked
	fails   []int        // in a row

	asked   int // who a fetch is under way to; -1 for nobody
	since   time.Time
	cancel  context.CancelFunc
	fetched chan fetched
}

// fetched is the outcome of one fetch.
type fetched struct {
	node  int
	state state // of the node when it was asked
	work  *work
	err   error
}

func (st *stream) stop() {
	if st.asked >= 0 {
		st.cancel()
		<-st.fetched
	}
}

func (st *stream) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		states, changed := st.coin.set.look()
		now := time.Now()
		if err := st.exhausted(states, now); err != nil {
			return err
		}
		st.act(ctx, states, now)
		timer.Reset(time.Until(st.wakeup(now)))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		case <-timer.C:
		case f := <-st.fetched:
			st.asked = -1
			st.cancel()
			if err := st.take(ctx, f); err != nil {
				return err
			}
		}
	}
}

// wakeup is when something is due though nothing happens: a refresh, a barred
// node's retry, or the end of patience.
func (st *stream) wakeup(now time.Time) time.Time {
	at := now.Add(firstAnswers)
	if st.next.After(now) && st.next.Before(at) {
		at = st.next
	}
	for _, b := range st.barred {
		if b.After(now) && b.Before(at) {
			at = b
		}
	}
	return at
}

// exhausted ends the stream when there is no hope of work soon: no first
// template within patience, no node that answered within patience, or a last
// template that is too old.
func (st *stream) exhausted(states []state, now time.Time) error {
	patience := st.coin.patience
	limit, kind := patience, ErrNoNode
	var reason error
	for i := range states {
		s := &states[i]
		lately := st.last != nil && now.Sub(s.since) < patience // it was well a moment ago
		if s.cond == up || s.cond == late || lately {
			kind = ErrNoWork
		}
		if why := trouble(s); why != nil && (reason == nil || s.cond != down) {
			reason = why
		}
	}
	if kind == ErrNoWork && st.last != nil {
		limit = st.coin.maxAge
	}
	if now.Sub(st.good) < limit {
		return nil
	}
	if reason == nil {
		return kind
	}
	return fmt.Errorf("%w: %w", kind, reason)
}

// trouble is why a node gives no work; nil when nothing is known.
func trouble(s *state) error {
	switch {
	case s.cond == down || s.cond == late:
		return s.err
	case s.forked:
		return ErrCheckpoint
	case s.cond == up && !s.synced:
		return ErrSyncing
	}
	return s.workErr
}

// act starts the fetch that is due, if any.
func (st *stream) act(ctx context.Context, states []state, now time.Time) {
	if st.asked >= 0 {
		// Whoever is asked may be lost or stuck; do not wait for the call to
		// find out when another node can be asked.
		stuck := now.Sub(st.since) >= slowFetch
		if stuck || !states[st.asked].ready() {
			if i := st.choose(states, now, st.asked); i >= 0 && states[i].ready() {
				st.cancel()
			}
		}
		return
	}
	i := st.choose(states, now, -1)
	if i < 0 {
		return
	}
	tip := states[i].tip
	fresh := st.last != nil && (tip == st.last.PrevHash || tip == st.seen[i] && i == st.node)
	moved := st.node >= 0 && i != st.node && !states[st.node].usable()
	if fresh && !moved && now.Before(st.next) {
		return
	}
	st.fetch(ctx, i, states[i])
}

// take judges what a fetch brought, and sends it.
func (st *stream) take(ctx context.Context, f fetched) error {
	c, m, now := st.coin, st.coin.set.members[f.node], time.Now()
	if f.err == nil && st.genesis != "" && f.work.genesis != st.genesis {
		f.err = fmt.Errorf("template of %s: %w: its chain starts with block %x, the other nodes' with %x",
			m.name, ErrNetwork, f.work.genesis, st.genesis)
	}
	if f.err != nil {
		if ctx.Err() == nil {
			st.failed(f, now)
		}
		return nil
	}
	st.fails[f.node] = 0
	c.set.update(m, func(s *state) { s.workErr = nil })
	t := f.work.Template
	t.ID, t.Node, t.Source = c.driver.ids.Add(1), m.name, f.state.source
	t.Heard = now.UnixNano()
	if t.PrevHash == f.state.tip {
		t.Heard = f.state.heard.UnixNano()
	} else {
		m.nudge() // its tip moved while we asked
	}
	t.Reason = reason(st.last, t)
	if !f.work.known && !st.strange {
		st.strange = true
		c.log.Warn("the node's block header has a form that is not known here; it is mined on, but found blocks can only be looked up by this process",
			"node", m.name, "version", f.state.version)
	}
	st.good, st.next = now, now.Add(c.refresh)
	st.last, st.work, st.node, st.genesis = f.work, f.state.work, f.node, f.work.genesis
	select {
	case st.out <- t:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reason compares a template with the one before it.
func reason(last *work, t *coins.Template) coins.Reason {
	switch {
	case last == nil || last.PrevHash != t.PrevHash:
		return coins.NewTip
	case last.Fees != t.Fees || last.Reward != t.Reward:
		return coins.NewTxs
	}
	return coins.Refresh
}
