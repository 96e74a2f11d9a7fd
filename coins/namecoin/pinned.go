package namecoin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
)

// Times of the stream of pinned work.
const (
	// retry is how long a node that gave no work is left alone.
	retry = time.Second

	// holdOff is how long an earlier node of the list must have been well
	// before work is taken from it again.
	holdOff = 10 * time.Second

	// lag is how long a node may be one block behind another: it may hear of the
	// block a moment later.
	lag = 3 * time.Second

	// firstAnswers is how long the start waits for nodes that have not been
	// heard yet, or the quickest would be taken for the first.
	firstAnswers = 500 * time.Millisecond
)

// pinned streams the nodes' own aux blocks, from one node at a time: the first
// of the list that is well. Only run's goroutine touches it.
type pinned struct {
	coin *coin
	mode string
	send func(context.Context, *coins.AuxWork) error

	parents <-chan coins.ParentTip // nil where the parent's tip is of no concern
	told    coins.Hash             // that tip; zero while nobody has told it
	bound   coins.Hash             // the one that last is bound to; zero for none

	last   *coins.AuxWork // last one sent
	node   int            // who made it
	since  time.Time      // since when that node has been up
	tip    coins.Hash     // its tip when it was asked
	next   time.Time      // when to ask again
	given  map[coins.Hash]bool
	strays int // replies in a row that were new and not better
	began  time.Time
	good   time.Time // when a node was last well
	barred []time.Time
	err    error // why the last fetch failed
}

func (p *pinned) run(ctx context.Context) error {
	p.began = time.Now()
	p.good = p.began
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		states, changed := p.coin.set.Watch()
		if p.barred == nil {
			p.barred = make([]time.Time, len(states))
		}
		now := time.Now()
		if i := p.choose(states, now); i >= 0 && p.due(states[i], i, now) {
			if err := p.ask(ctx, states[i], i); err != nil {
				return err
			}
			continue
		}
		if err := p.exhausted(states, now); err != nil {
			return err
		}
		timer.Reset(p.wakeup(now))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		case <-timer.C:
		case tip := <-p.parents:
			p.told = tip.Hash
			p.unbar()
		}
	}
}

// unbar lets nodes be asked again that wanted to know the parent's tip.
func (p *pinned) unbar() {
	if errors.Is(p.err, ErrParent) {
		clear(p.barred)
	}
}

// wakeup is the time until something may be due though nothing happens.
func (p *pinned) wakeup(now time.Time) time.Duration {
	wait := retry / 2
	if p.last != nil {
		wait = min(wait, p.next.Sub(now))
	}
	return max(wait, time.Millisecond)
}

// choose is the node to take work from: the present one while it is well, not
// behind another by more than a moment, and no earlier one has been well for a while; -1 for
// nobody.
func (p *pinned) choose(states []nodes.State, now time.Time) int {
	well := func(i int) bool {
		return states[i].Status == nodes.Up && !states[i].Tip.IsZero() && !now.Before(p.barred[i])
	}
	var highest, settled uint64 // of all, and of those that are there for a while
	for i := range states {
		if well(i) {
			highest = max(highest, states[i].Height)
		}
		if well(i) && now.Sub(states[i].Heard) >= lag {
			settled = max(settled, states[i].Height)
		}
	}
	// A height is 0 for a moment after news of a tip.
	behind := func(i int) bool {
		h := states[i].Height
		return h != 0 && (h+1 < highest || h < settled)
	}
	for i := range states {
		switch present := p.last != nil && i == p.node; {
		case p.last == nil && states[i].Status == nodes.NotAsked && now.Sub(p.began) < firstAnswers:
			return -1
		case !well(i) || behind(i):
		case present:
			return i
		case p.last == nil || now.Sub(states[i].Since) >= holdOff || !well(p.node) || behind(p.node):
			return i
		}
	}
	return -1
}

// due reports whether a node is to be asked now: its tip is not the one it was
// asked at, it is another node, it may have been restarted, the work is bound to
// a tip that the parent has left, or it is time.
func (p *pinned) due(s nodes.State, i int, now time.Time) bool {
	left := !p.bound.IsZero() && !p.told.IsZero() && p.bound != p.told
	return p.last == nil || left || i != p.node || s.Tip != p.tip || !s.Since.Equal(p.since) || !now.Before(p.next)
}

// ask fetches work from a node and sends it if it is better than what is out.
func (p *pinned) ask(ctx context.Context, s nodes.State, i int) error {
	w, bound, err := p.coin.fetch(ctx, s.Node, p.mode, p.told)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.coin.set.WorkFailed(s.Node, err)
	if err != nil {
		level := slog.LevelWarn
		if errors.Is(err, ErrParent) {
			level = slog.LevelDebug // it is the parent that keeps us waiting
		}
		p.coin.log.Log(ctx, level, "no aux work", "node", s.Node, "error", err)
		if p.last != nil && i != p.node {
			p.barred[i] = time.Now().Add(holdOff) // we have one that works
			return nil
		}
		p.err = err
		p.barred[i] = time.Now().Add(retry)
		return nil
	}
	p.err, p.good = nil, time.Now()
	changed := p.last == nil || i != p.node || p.last.PrevHash != w.PrevHash || p.bound != bound
	if changed {
		p.given, p.strays = map[coins.Hash]bool{}, 0
	}
	p.node, p.since, p.tip = i, s.Since, s.Tip
	p.next = time.Now().Add(time.Duration(p.coin.conf.Refresh))
	if s.Tip != w.PrevHash {
		p.next = time.Now().Add(min(retry, time.Duration(p.coin.conf.Refresh))) // one of the two is older
	}
	if !p.better(w, changed) {
		return nil
	}
	w.ID, w.Source = p.coin.driver.ids.Add(1), s.Source
	if s.Tip == w.PrevHash && !s.Heard.IsZero() {
		w.Heard = s.Heard.UnixNano()
	}
	if w.DependsOnParent {
		w.ParentHash = bound
	}
	p.last, p.bound, p.strays = w, bound, 0
	return p.send(ctx, w)
}

// better decides whether work replaces what is out. At one tip a node may flip
// between blocks, all of which it still takes, so only more money counts. But
// when two replies in a row are blocks that it never gave before, it has
// forgotten those it did: it was restarted.
func (p *pinned) better(w *coins.AuxWork, changed bool) bool {
	known := p.given[w.Hash]
	switch {
	case changed:
		p.given[w.Hash] = true
		return true
	case known:
		p.strays = 0
		return false
	case w.Reward > p.last.Reward || w.Bits != p.last.Bits:
		p.given[w.Hash] = true
		return true
	}
	// Not noted as given, so that it counts again if it comes again.
	if p.strays++; p.strays >= 2 {
		p.given = map[coins.Hash]bool{w.Hash: true}
		return true
	}
	p.next = time.Now() // ask once more at once
	return false
}

// exhausted ends the stream when there is no work, or no node, for long.
func (p *pinned) exhausted(states []nodes.State, now time.Time) error {
	var reason error
	for _, s := range states {
		if s.Status == nodes.Up && p.last != nil && p.err == nil {
			p.good = now
		}
		if reason == nil {
			reason = s.Err
		}
	}
	if errors.Is(p.err, ErrParent) && p.told.IsZero() {
		p.good = now // it is the parent that is waited for
		return nil
	}
	limit := p.coin.patience
	kind := nodes.ErrNoNode
	if p.err != nil {
		kind, reason = nodes.ErrNoWork, p.err
		if p.last != nil && !errors.Is(p.err, ErrChainID) && !errors.Is(p.err, ErrTarget) {
			limit = max(limit, time.Duration(p.coin.conf.Timeout))
		}
	}
	switch {
	case now.Sub(p.good) < limit:
		return nil
	case reason == nil:
		return kind
	}
	return fmt.Errorf("%w: %w", kind, reason)
}
