package engine

import (
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/engine/chain"
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
	select {
	case <-e.ready:
	default:
		return v
	}
	for _, p := range e.pools {
		v.Pools = append(v.Pools, p.view(v.Now))
		e.hashingView(&v, p)
	}
	e.recordView(&v)
	return v
}

func coinView(r *chain.Runner) status.Coin {
	h := r.Health()
	c := status.Coin{
		Name: r.Name(), State: h.State.String(), Message: h.Message, Height: r.Height(), Restarts: r.Restarts(),
	}
	if !h.Tip.IsZero() {
		c.Tip = h.Tip.String()
	}
	if info, ok := r.Info(); ok {
		c.Symbol, c.Network = info.Symbol, info.Network
	}
	if err := r.LastError(); err != nil {
		c.LastError = err.Error()
	}
	if t, at := r.Latest(); t != nil {
		c.WorkAt, c.Source = at, t.Source
	}
	if w, at := r.LatestAux(); w != nil && at.After(c.WorkAt) {
		c.WorkAt, c.Source = at, w.Source
	}
	for _, n := range h.Nodes {
		c.Nodes = append(c.Nodes, status.Node{
			Node: n.Node, State: n.State.String(), Message: n.Message, Height: n.Height, Peers: n.Peers, Version: n.Version, News: n.News,
		})
	}
	return c
}

func (p *pool) view(now time.Time) status.Pool {
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
	v.Problem = p.problem(now)
	return v
}

// problem says why miners have no fresh work, empty when they have.
func (p *pool) problem(now time.Time) string {
	_, at := p.parent.Latest()
	switch {
	case p.stats.logFailing.Load():
		return "share log cannot be written, shares are refused: look at the disk of data_dir"
	case p.batcher != nil && hashProblem(p.batcher.Stats(), now) != "":
		return p.parent.Name() + ": " + hashProblem(p.batcher.Stats(), now)
	case at.IsZero():
		return fmt.Sprintf("no template from %s yet, it is %s %s", p.parent.Name(), p.parent.Health().State, p.parent.Health().Message)
	case !p.parent.Fresh():
		return fmt.Sprintf("%s is down, miners keep the last job: %s", p.parent.Name(), p.parent.Health().Message)
	case now.Sub(at) > p.cfg.StaleAfter.D():
		return fmt.Sprintf("no template from %s for %v", p.parent.Name(), now.Sub(at).Round(time.Second))
	}
	return ""
}
