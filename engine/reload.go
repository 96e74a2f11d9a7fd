package engine

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// adjusted is what a reload has changed in a pool that runs.
type adjusted struct {
	mu     sync.Mutex
	latest *configs.Pool                // behind mu: the newest configuration, nil before the first reload
	listen []configs.Listen             // behind mu: as the server has them; nil is as at the start
	terms  atomic.Pointer[configs.Pool] // for the next job, nil when it has the newest
}

// Apply takes over what of the pools' configuration can change while miners are
// there: the difficulty of ports and the limits of addresses at once, fee and
// reward with the next job, payments with the next round. The rest of pools, and a
// pool that the engine does not have, means nothing here: whoever calls it tells
// what needs a restart.
func (e *Engine) Apply(pools map[string]configs.Pool) {
	for _, p := range e.pools {
		if cfg, ok := pools[p.name]; ok {
			p.apply(&cfg)
		}
	}
	e.payer.SetPlans(slices.DeleteFunc(allPlans(pools), e.paidByCoinbase))
}

func (p *pool) apply(cfg *configs.Pool) {
	p.adjusted.mu.Lock()
	defer p.adjusted.mu.Unlock()
	p.adjusted.latest = cfg
	p.adjusted.terms.Store(cfg)
	if p.opened.Load() {
		p.adjust()
	}
}

// shown is the configuration as people should see it: of what a reload can change,
// the newest.
func (p *pool) shown() configs.Pool {
	cfg := p.cfg
	p.adjusted.mu.Lock()
	defer p.adjusted.mu.Unlock()
	if latest := p.adjusted.latest; latest != nil {
		cfg.Reward, cfg.FeeBPS, cfg.Aux = latest.Reward, latest.FeeBPS, latest.Aux
	}
	if p.adjusted.listen != nil {
		cfg.Listen = slices.Clone(p.adjusted.listen)
	}
	return cfg
}

// openedNow says that the ports are bound, and catches up on reloads before.
func (p *pool) openedNow() {
	p.adjusted.mu.Lock()
	defer p.adjusted.mu.Unlock()
	p.opened.Store(true)
	if p.adjusted.latest != nil {
		p.adjust()
	}
}

// adjust tells the server. adjusted.mu is held.
func (p *pool) adjust() {
	cfg := p.adjusted.latest
	p.server.SetLimits(limitsOf(cfg.Limits))
	if p.adjusted.listen == nil {
		p.adjusted.listen = slices.Clone(p.cfg.Listen)
	}
	for i := range min(len(cfg.Listen), len(p.adjusted.listen)) {
		have, l := &p.adjusted.listen[i], &cfg.Listen[i]
		if l.Difficulty != have.Difficulty || l.Profile != have.Profile {
			have.Difficulty, have.Profile = l.Difficulty, l.Profile
			p.server.SetProfile(i, p.profile(*have))
		}
	}
}

// takeTerms has the next job, and all behind it, go by the newest terms. What was
// given out before stays as it is. It is for the job maker alone.
func (p *pool) takeTerms() {
	cfg := p.adjusted.terms.Swap(nil)
	if cfg == nil || slices.Equal(termsOf(p.name, *cfg), termsOf(p.name, p.terms())) {
		return
	}
	p.present = cfg
	p.termsWritten = false // they come into the log with the job
	next := *p.spec.Load()
	next.Outputs = p.outputsOf(cfg.FeeBPS)
	p.spec.Store(&next)
	p.log.Info("other terms hold from this job on", "fee_bps", cfg.FeeBPS, "reward", cfg.Reward, "pplns_window", cfg.PPLNSWindow)
}

// terms is the configuration whose terms hold. It is for the job maker alone.
func (p *pool) terms() configs.Pool {
	if p.present != nil {
		return *p.present
	}
	return p.cfg
}

func limitsOf(l configs.Limits) admission.Limits {
	return admission.Limits{Connections: l.Connections, PerSecond: l.PerSecond, Burst: l.Burst, Allow: networks(l.Allow)}
}
