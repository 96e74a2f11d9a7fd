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
// what needs a restart. Chains are told apart by name and ports by address, wherever
// they stand in the lists.
func (e *Engine) Apply(pools map[string]configs.Pool) {
	for _, p := range e.pools {
		if cfg, ok := pools[p.name]; ok {
			p.apply(&cfg)
		}
	}
	e.payer.SetPlans(slices.DeleteFunc(allPlans(pools), e.paidByCoinbase))
}

func (p *pool) apply(newer *configs.Pool) {
	p.adjusted.mu.Lock()
	defer p.adjusted.mu.Unlock()
	have := &p.cfg
	if p.adjusted.latest != nil {
		have = p.adjusted.latest
	}
	cfg := adopt(*have, newer)
	p.adjusted.latest = cfg
	p.adjusted.terms.Store(cfg)
	if p.opened.Load() {
		p.adjust()
	}
}

// adopt is a pool's configuration with what of a newer one can change while it runs,
// of the same chain and of the same port each. Where the newer one has other chains,
// its terms are for these and stay out.
func adopt(have configs.Pool, newer *configs.Pool) *configs.Pool {
	have.Limits = newer.Limits
	aux := slices.Clone(have.Aux)
	same := len(aux) == len(newer.Aux)
	for i := range aux {
		at := slices.IndexFunc(newer.Aux, func(a configs.Aux) bool { return a.Coin == aux[i].Coin })
		if at < 0 {
			same = false
			break
		}
		aux[i].Reward = newer.Aux[at].Reward
	}
	if same && have.Parent == newer.Parent {
		have.Reward, have.FeeBPS, have.PPLNSWindow, have.Aux = newer.Reward, newer.FeeBPS, newer.PPLNSWindow, aux
	}
	have.Listen = slices.Clone(have.Listen)
	for i := range have.Listen {
		l := &have.Listen[i]
		of := func(n configs.Listen) bool { return n.Address == l.Address && n.Protocol == l.Protocol }
		at := slices.IndexFunc(newer.Listen, of)
		if i < len(newer.Listen) && of(newer.Listen[i]) {
			at = i // ports that the system chooses are called the same
		}
		if at >= 0 {
			l.Difficulty, l.Profile = newer.Listen[at].Difficulty, newer.Listen[at].Profile
		}
	}
	return &have
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
