package engine

import (
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/stratum"
)

// Status is what the engine is doing now. Before Run has set up its pools there
// is nothing to say of them.
func (e *Engine) Status() status.View {
	v := status.View{Version: e.version, Started: e.started, Now: time.Now()}
	for _, name := range sortedKeys(e.runners) {
		v.Coins = append(v.Coins, coinView(e.runners[name]))
	}
	if e.hooks != nil {
		v.Hooks = e.hooks()
	}
	select {
	case <-e.ready:
	default:
		return v
	}
	for i := range v.Coins {
		e.submitsView(&v.Coins[i])
	}
	for _, p := range e.pools {
		v.Pools = append(v.Pools, p.view(v.Now))
		e.hashingView(&v, p)
	}
	e.recordView(&v)
	e.figuresView(&v)
	return v
}

func (p *pool) view(now time.Time) status.Pool {
	if !p.opened.Load() {
		v := status.Pool{Name: p.name, Parent: p.parent.Name(), Problem: "closed to miners until its parent can be opened: " + p.problem(now)}
		for _, r := range p.aux {
			v.Aux = append(v.Aux, r.Name())
		}
		return v
	}
	s := &p.stats
	v := status.Pool{
		Name: p.name, Parent: p.parent.Name(), Sessions: p.server.Live(),
		Accepted: s.acceptedShares.Load(), Work: s.work.load(), BestShare: s.bestShare.load(),
		Jobs: s.jobs.Load(), CleanJobs: s.cleanJobs.Load(), JobFailures: s.jobFailed.Load(), LogFailures: s.logErrors.Load(),
		AuxStale: s.auxStale.Load(), AuxRefused: s.auxRefused.Load(), Siblings: s.siblings.Load(), LastBroadcast: time.Duration(s.broadcast.Load()),
		Rejected: map[string]uint64{}, Closed: map[string]uint64{},
	}
	if at := s.lastJob.Load(); at != 0 {
		v.LastJob = time.Unix(0, at)
	}
	for _, r := range p.aux {
		v.Aux = append(v.Aux, r.Name())
	}
	for _, a := range p.server.Addrs() {
		v.Listeners = append(v.Listeners, a.String())
	}
	for _, r := range stratum.Reasons() {
		if n := s.rejected[r].Load(); n > 0 {
			v.Rejected[r.String()] = n
		}
	}
	for _, r := range stratum.CloseReasons() {
		if n := p.server.Closed(r); n > 0 {
			v.Closed[r.String()] = n
		}
	}
	v.ToMiners = timesView(p.stats.toMiners.Times())
	p.paceView(&v)
	v.LeftOut = p.leftOut(now)
	v.Problem, v.Drained = p.problem(now), p.server.Drained()
	return v
}

// problem says why miners have no fresh work, empty when they have.
func (p *pool) problem(now time.Time) string {
	_, at := p.parent.Latest()
	parking, parked := p.parent.Parked()
	switch {
	case p.stats.logFailing.Load():
		return "share log cannot be written, shares are refused: look at the disk of data_dir"
	case p.opened.Load() && p.batcher != nil && hashProblem(p.batcher.Stats(), now) != "":
		return p.parent.Name() + ": " + hashProblem(p.batcher.Stats(), now)
	case parked && at.IsZero():
		return fmt.Sprintf("no template from %s, miners have no work: it is %v", p.parent.Name(), parking)
	case parked:
		return fmt.Sprintf("no new work, miners keep the last job: %s is %v", p.parent.Name(), parking)
	case at.IsZero():
		return fmt.Sprintf("no template from %s yet, it is %s", p.parent.Name(), stateOf(p.parent.Health()))
	case !p.parent.Fresh():
		return fmt.Sprintf("%s is down, miners keep the last job: %s", p.parent.Name(), p.parent.Health().Message)
	case now.Sub(at) > p.cfg.StaleAfter.D():
		return fmt.Sprintf("no template from %s for %v", p.parent.Name(), now.Sub(at).Round(time.Second))
	}
	return ""
}
