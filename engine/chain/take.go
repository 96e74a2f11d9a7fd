package chain

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// gotTemplate takes a template of session s that was checked.
func (r *Runner) gotTemplate(s *session, t *coins.Template) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != s {
		return
	}
	r.template = mail[coins.Template]{msg: t, at: time.Now(), by: s}
	r.news.got(t.PrevHash, t.Source, t.Heard, without(t), r.template.at)
	s.setBranch(t)
	r.height = t.Height - 1
	if r.health.State == coins.HealthDown {
		r.template.since = r.template.at
	}
	r.notify()
}

// gotAux takes aux work of session s that was checked.
func (r *Runner) gotAux(s *session, w *coins.AuxWork) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != s {
		return
	}
	r.aux = mail[coins.AuxWork]{msg: w, at: time.Now(), by: s}
	r.news.got(w.PrevHash, w.Source, w.Heard, false, r.aux.at)
	r.height = w.Height - 1
	if r.health.State == coins.HealthDown {
		r.aux.since = r.aux.at
	}
	r.auxGone = false
	r.notify()
}

// gotHealth takes the health of session s, which was checked.
func (r *Runner) gotHealth(s *session, h coins.Health) {
	now := time.Now()
	r.mu.Lock()
	if r.current != s {
		r.mu.Unlock()
		return
	}
	news := h.State != r.health.State
	r.health = h
	if h.Height > 0 {
		r.height = h.Height
	}
	if h.State == coins.HealthDown {
		r.unbacked(now)
	} else {
		r.backed(s)
	}
	r.notify()
	r.mu.Unlock()
	if news {
		r.event(Event{Kind: HealthNow, Health: h})
	}
}

// unbacked notes that nothing stands behind what was sent so far. Runner.mu is
// held.
func (r *Runner) unbacked(now time.Time) {
	if r.template.since.IsZero() {
		r.template.since = now
	}
	if r.aux.since.IsZero() {
		r.aux.since = now
	}
}

// backed notes that the nodes of session s are back: what it has sent itself
// counts again. Runner.mu is held.
func (r *Runner) backed(s *session) {
	if r.template.by == s {
		r.template.since = time.Time{}
	}
	if r.aux.by == s {
		r.aux.since = time.Time{}
		r.auxGone = false
	}
}
