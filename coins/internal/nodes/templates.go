package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Times of the template stream.
const (
	// firstAnswers is how long the first template waits for nodes that have
	// not answered yet.
	firstAnswers = 500 * time.Millisecond

	// retry is how long a node that gave no usable template is left alone.
	retry = time.Second

	// slowFetch is how long a node may take for a template while another one that is
	// as high is there to be asked; then it is left alone for slowPause.
	slowFetch = 3 * time.Second
	slowPause = 10 * time.Second

	// brokenPause is how long one is that refuses the block of its template, while
	// there is another.
	brokenPause = time.Minute
)

// TemplateSource says how a coin gets its templates.
type TemplateSource struct {
	Request any // parameter of getblocktemplate

	// Params follow Request: the name of the algorithm, on chains of several.
	Params []any

	// Rules are named in proposals; nil means the package's Rules.
	Rules []string

	// Decode decodes the reply, and keeps nothing of it: the next one comes into
	// the same memory.
	Decode func(result json.RawMessage) (*gbt.Template, error)

	// Propose assembles the block of a template for the node's proposal mode;
	// nil for no test.
	Propose func(*coins.Template) []byte

	// Empty makes the template without transactions that follows last on a new
	// tip, or nil when it is not certain of it; nil for never.
	Empty func(last *coins.Template, tip gbt.Tip) *coins.Template

	// NextID numbers the templates.
	NextID func() uint64
}

// Templates streams templates to emit: the present one, one at each new tip,
// one at each refresh. Emit must not change the template and returns an error
// to end the stream. The stream also ends when ctx does, when no node answers
// or gives work for long, and when a node refuses the block that its template
// makes (ErrProposal).
func (s *Set) Templates(ctx context.Context, src TemplateSource, emit func(context.Context, *coins.Template) error) error {
	ctx, release, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer release()
	st := &stream{
		set:     s,
		src:     src,
		emit:    emit,
		node:    -1,
		asked:   -1,
		began:   time.Now(),
		good:    time.Now(),
		seen:    make([]coins.Hash, len(s.members)),
		barred:  make([]time.Time, len(s.members)),
		fetched: make(chan fetched, 1),
		peeked:  make(chan peeked, 1),
		tester:  newTester(s, src),
	}
	defer st.stop()
	return st.run(ctx)
}

// stream is one run of Templates. Only its own goroutine touches it.
type stream struct {
	set  *Set
	src  TemplateSource
	emit func(context.Context, *coins.Template) error

	last   *coins.Template // last one sent
	node   int             // who made it; -1 for nobody
	began  time.Time
	good   time.Time    // when a usable template last came
	next   time.Time    // when to refresh
	seen   []coins.Hash // each node's tip that a fetch was made for
	barred []time.Time  // until when a node is not asked

	asked   int // who a fetch is under way to; -1 for nobody
	since   time.Time
	cancel  context.CancelFunc
	fetched chan fetched
	reply   []byte // room for what a fetch brings; only the fetch under way touches it
	tester  *tester

	peeking   bool       // a look at a new tip's header is under way
	looked    coins.Hash // the tip that was looked at last
	unpeek    context.CancelFunc
	peeked    chan peeked
	proposals bool // the node of the last full template tests proposals
}

// fetched is the outcome of one getblocktemplate.
type fetched struct {
	node     int
	tip      coins.Hash // of the node when it was asked
	source   string
	heard    int64
	template *gbt.Template
	err      error
}

func (st *stream) stop() {
	if st.asked >= 0 {
		st.cancel()
		<-st.fetched
	}
	if st.peeking {
		st.unpeek()
		<-st.peeked
	}
	st.tester.stop()
}

func (st *stream) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		states, changed := st.set.Watch()
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
		case p := <-st.peeked:
			st.peeking = false
			st.unpeek()
			if err := st.takeEmpty(ctx, p); err != nil {
				return err
			}
		case err := <-st.tester.failed:
			return err
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
func (st *stream) exhausted(states []State, now time.Time) error {
	without := now.Sub(st.good)
	limit := st.set.cfg.Patience
	answering := slices.ContainsFunc(states, func(s State) bool {
		return s.Status == Up || s.Status == Late || now.Sub(s.Since) < st.set.cfg.Patience
	})
	if answering && st.last != nil {
		limit = time.Duration(st.set.cfg.MaxTemplateAge)
	}
	if without < limit {
		return nil
	}
	kind := ErrNoNode
	var reason error
	for _, s := range states {
		if s.WorkErr != nil && s.Status != Down {
			kind, reason = ErrNoWork, s.WorkErr
			break
		}
		if reason == nil {
			reason = s.Err
		}
	}
	if answering {
		kind = ErrNoWork
	}
	if reason == nil {
		return kind
	}
	return fmt.Errorf("%w: %w", kind, reason)
}

// act starts the fetch that is due, if any.
func (st *stream) act(ctx context.Context, states []State, now time.Time) {
	if st.asked >= 0 {
		st.giveUp(states, now)
		return
	}
	if i := st.news(states, now); i >= 0 {
		if !st.peek(ctx, i, states[i]) {
			st.fetch(ctx, i, states[i])
		}
		return
	}
	lost := st.node >= 0 && states[st.node].Status != Up
	if st.last != nil && !lost && now.Before(st.next) {
		return
	}
	i := st.best(states, now, -1)
	if i < 0 || lost && i == st.node && now.Before(st.next) {
		return
	}
	st.fetch(ctx, i, states[i])
}

// fetch asks a node for a template, in the background.
func (st *stream) fetch(ctx context.Context, i int, state State) {
	ctx, st.cancel = context.WithCancel(ctx)
	st.asked, st.since = i, time.Now()
	st.seen[i] = state.Tip
	m, src := st.set.members[i], st.src
	go func() {
		f := fetched{node: i, tip: state.Tip, source: state.Source, heard: state.Heard.UnixNano()}
		result, err := m.calls.CallInto(ctx, &st.reply, "getblocktemplate", append([]any{src.Request}, src.Params...)...)
		if err == nil {
			f.template, err = src.Decode(result)
		}
		if err != nil {
			f.err = fmt.Errorf("template of %s: %w", m.name, err)
		}
		st.fetched <- f
	}()
}

// take judges what a fetch brought.
func (st *stream) take(ctx context.Context, f fetched) error {
	now := time.Now()
	m := st.set.members[f.node]
	if f.err != nil {
		st.seen[f.node] = coins.Hash{}
		st.barred[f.node] = later(st.barred[f.node], now.Add(retry))
		st.set.report(m, f.err)
		if ctx.Err() == nil && !rpc.Unanswered(f.err) {
			st.set.update(m, func(s *State) { s.WorkErr = f.err })
		}
		return nil
	}
	st.set.update(m, func(s *State) { s.WorkErr = nil })
	st.next = now.Add(time.Duration(st.set.cfg.Refresh))
	if f.template.PrevHash != f.tip {
		// One of the two is older. Where it is the template, miners work on a tip
		// that has gone.
		st.next = now.Add(min(retry, time.Duration(st.set.cfg.Refresh)))
	}
	if !st.adopt(f, now) {
		st.barred[f.node] = now.Add(retry)
		return nil
	}
	t := f.template.Template
	t.ID, t.Node, t.Source, t.Heard = st.src.NextID(), m.name, f.source, f.heard
	t.Reason = reason(st.last, t)
	st.proposals = f.template.Proposals
	if err := st.tester.before(ctx, m, t); err != nil {
		states, _ := st.set.Watch()
		if st.best(states, now, f.node) < 0 {
			st.set.setBroken(err)
			return err
		}
		st.barred[f.node] = now.Add(brokenPause)
		return nil
	}
	st.good = now
	st.last, st.node = t, f.node
	if err := st.emit(ctx, t); err != nil {
		return err
	}
	if f.template.Proposals {
		st.tester.after(m, t)
	}
	return nil
}

// reason compares a template with the one before it.
func reason(last, t *coins.Template) coins.Reason {
	switch {
	case last == nil || last.PrevHash != t.PrevHash:
		return coins.NewTip
	case last.Tree != nil && t.Tree != nil && last.Reward == t.Reward && slices.Equal(last.Tree.Branch, t.Tree.Branch):
		return coins.Refresh
	}
	return coins.NewTxs
}
