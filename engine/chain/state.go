package chain

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// state is what a Runner knows of its coin, guarded by Runner.mu.
type state struct {
	current *session // nil while the coin is not open

	info     coins.CoinInfo
	hasInfo  bool
	health   coins.Health
	height   uint64 // of the best tip, as last heard; 0 unknown
	restarts uint64
	lastErr  error
	lastLoss time.Time
	parked   *Parking // nil while it is not

	template mail[coins.Template]
	aux      mail[coins.AuxWork]
	auxGone  bool // AuxGrace is over and subscribers were told
	stale    bool // Stale was reported

	news newsDesk

	parent    coins.ParentTip
	hasParent bool

	subscribers map[chan struct{}]struct{}
}

// mail is the newest message of a stream.
type mail[T any] struct {
	msg   *T
	at    time.Time // when msg came
	by    *session  // that brought it
	since time.Time // since when msg is no longer backed by a working coin; zero while it is
}

// Latest is the newest template and when it came; nil while there was none. It
// outlives the coin that sent it: see Fresh.
func (r *Runner) Latest() (template *coins.Template, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.template.msg, r.template.at
}

// Fresh reports whether the latest template was sent by the coin that is open
// now, and its health does not say that its nodes are down.
func (r *Runner) Fresh() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.template.msg != nil && r.template.since.IsZero()
}

// LatestAux is the newest aux work and when it came; nil while there was none.
// It outlives the coin that sent it: see AuxFresh.
func (r *Runner) LatestAux() (work *coins.AuxWork, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.aux.msg, r.aux.at
}

// AuxFresh reports whether the latest aux work should still be mined for: its
// coin works, or was lost no longer than AuxGrace before now. Subscribers are
// notified when the grace ends.
func (r *Runner) AuxFresh(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.auxFresh(now)
}

func (r *Runner) auxFresh(now time.Time) bool {
	m := &r.aux
	return m.msg != nil && (m.since.IsZero() || now.Sub(m.since) < r.o.AuxGrace)
}

// Health is the coin's own account of its nodes while it is open; otherwise a
// state of HealthStarting or HealthDown with the reason, and the last height
// and tip that were known.
func (r *Runner) Health() coins.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health
}

// Height is the height of the best tip as last heard from a template, aux work
// or health; 0 while unknown. It may go back in a reorganisation, and stands
// still while the coin is down.
func (r *Runner) Height() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.height
}

// Info is what the settings made of the coin; false until it was opened once.
func (r *Runner) Info() (coins.CoinInfo, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.info, r.hasInfo
}

// Restarts is how often the coin was lost.
func (r *Runner) Restarts() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.restarts
}

// LastError is why the coin was lost the last time; nil when it never was.
func (r *Runner) LastError() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lastErr
}

// LastLoss is when the coin was lost the last time; zero when it never was.
func (r *Runner) LastLoss() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lastLoss
}

// PID is the process that the open coin lives in; 0 when it has none of its own
// or is not open.
func (r *Runner) PID() int {
	r.mu.Lock()
	s := r.current
	r.mu.Unlock()
	if s == nil {
		return 0
	}
	if p, ok := s.coin.(interface{ PID() int }); ok {
		return p.PID()
	}
	return 0
}

// Subscribe returns a channel that is sent to after any change of what the
// getters say: several changes may be one notification, none is missed. Each
// subscriber has a channel of its own; cancel ends the subscription.
func (r *Runner) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.subscribers == nil {
		r.subscribers = make(map[chan struct{}]struct{})
	}
	r.subscribers[ch] = struct{}{}
	return ch, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.subscribers, ch)
	}
}

// Changed is one subscription that every Runner has from the start, for a
// single reader. Several readers take a Subscribe each.
func (r *Runner) Changed() <-chan struct{} { return r.changed }

// notify wakes the subscribers. Runner.mu is held; the sends cannot block.
func (r *Runner) notify() {
	for ch := range r.subscribers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// SetParent tells the coin's aux work of the parent's tip: the present one at
// once, and again after each restart. The latest wins; it never blocks.
func (r *Runner) SetParent(tip coins.ParentTip) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hasParent && r.parent == tip {
		return
	}
	r.parent, r.hasParent = tip, true
	if r.current != nil {
		r.current.setParent(tip)
	}
}
