package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// watchEvery is how often the passing of time is looked at.
const watchEvery = time.Second

// watch reports what happens by time alone: aux work whose grace ends, templates
// that stay away, and streams that flood. It returns when ctx ends.
func (r *Runner) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.expireAux(now)
			r.watchTemplates(now)
			r.watchFlows(now)
		}
	}
}

// expireAux wakes the subscribers once when the grace of aux work ends.
func (r *Runner) expireAux(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.aux.msg == nil || r.auxGone || r.auxFresh(now) {
		return
	}
	r.auxGone = true
	r.notify()
}

// watchTemplates reports once when templates stay away although the coin says
// that all is well, and once when they come again. While the coin is down there
// is nothing to add to that.
func (r *Runner) watchTemplates(now time.Time) {
	r.mu.Lock()
	why := r.templateLag(now)
	was := r.stale
	r.stale = why != nil
	r.mu.Unlock()
	switch {
	case why != nil && !was:
		r.log.Warn("templates stay away", "error", why)
		r.event(Event{Kind: Stale, Err: why})
	case why == nil && was:
		r.log.Info("templates come again")
		r.event(Event{Kind: Recovered})
	}
}

// templateLag says what is wrong with the flow of templates. Runner.mu is held.
func (r *Runner) templateLag(now time.Time) error {
	t, s := &r.template, r.current
	if s == nil || !s.parent || r.health.State < coins.HealthDegraded {
		return nil
	}
	last := s.begin
	if t.by == s {
		last = t.at
	}
	age := now.Sub(last)
	switch {
	case age >= r.o.StaleAfter:
		return fmt.Errorf("no template for %s though health is %s", age.Round(time.Second), r.health.State)
	case t.by == s && r.health.Height >= t.msg.Height && age >= r.o.BehindAfter:
		return fmt.Errorf("template is for height %d, but the tip is at %d", t.msg.Height, r.health.Height)
	}
	return nil
}
