package stratum

import "github.com/motherlode-pool/motherlode/stratum/admission"

// SetLimits has other limits hold for new connections from now on.
func (srv *Server) SetLimits(l admission.Limits) { srv.gate.SetLimits(l) }

// SetProfile has the listener of index i, as Config lists them, go by another
// profile, and its sessions too: a difficulty outside the new bounds moves into
// them with the session's next job, and its tuner begins anew. Its Start is for
// new sessions. An index without a listener that is bound does nothing.
func (srv *Server) SetProfile(i int, p Profile) {
	if !(p.Start > 0) {
		p.Start = 1
	}
	srv.bindMu.Lock()
	if i < 0 || i >= len(srv.bound) {
		srv.bindMu.Unlock()
		return
	}
	b := srv.bound[i]
	b.profile.Store(&p)
	srv.bindMu.Unlock()
	for _, s := range srv.pick(Who{All: true}) {
		if s.front.listener == b.listener {
			s.out.adopt(&p)
		}
	}
}

// adopt takes another profile over. A lowest difficulty that the miner asked for
// stays.
func (o *output) adopt(p *Profile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	old := o.s.profile
	if old == p {
		return
	}
	o.s.profile = p
	if o.floor <= max(old.Min, p.Min) {
		o.floor = p.Min
	}
	o.tuner = nil
	if p.NewTuner != nil {
		o.tuner = p.NewTuner(o.clamp(o.present), p.Min)
		o.tuner.Floor(o.floor)
	}
	if !o.sent {
		o.present = o.clamp(o.present) // it goes with the first job
		return
	}
	o.set(o.present)
}
