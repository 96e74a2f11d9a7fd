package stratum

import (
	"math"
	"strings"
	"time"
)

// clamp brings a difficulty into the listener's bounds and above the session's
// floor. Whole numbers from 1 on, as small miners cannot read others.
func (o *output) clamp(d float64) float64 {
	p := o.s.profile
	d = max(d, p.Min, o.floor)
	if p.Max > 0 {
		d = min(d, p.Max)
	}
	return o.s.srv.dialect.whole(d)
}

// effective is the difficulty to give out: the wanted one, but no more than lets
// every candidate of every chain through.
func (o *output) effective() float64 {
	if o.ceiling > 0 && o.ceiling < o.present {
		return o.s.srv.dialect.whole(o.ceiling)
	}
	return o.present
}

func whole(d float64) float64 {
	if d >= 1 {
		return math.Floor(d)
	}
	return d
}

// publish lets submissions be judged by the present difficulty. mu is held.
func (o *output) publish() {
	d := o.s.srv.dialect.present(o)
	v := o.s.view.Load()
	if v.difficulty == d {
		return
	}
	n := *v
	n.difficulty, n.target = d, o.s.srv.dialect.target(o.s.srv.pool, d)
	o.s.view.Store(&n)
}

// set wants difficulty d from now on. Where it goes with a job, submissions are
// judged by it from that job on. mu is held.
func (o *output) set(d float64) {
	o.present = o.clamp(d)
	if o.jobs == nil || !o.sent {
		o.publish()
	}
	o.stand()
}

// stand keeps the epoch that stands in for jobs which this session was never sent,
// until its first one. Its difficulty is the listener's, whatever the miner asks
// for: it could have found its shares before it asked. Called by the session's own
// goroutine as long as no job was sent; mu is held.
func (o *output) stand() {
	if o.sent {
		return
	}
	s := o.s
	v := *s.view.Load()
	v.stand.mask, v.stand.extranonce = o.mask, s.lease.extranonce
	if s.earned.masked {
		v.stand.mask = s.earned.mask
	}
	s.view.Store(&v)
}

// resume takes up what was frozen into the jobs that the miner was sent before it
// came back: it may still work on them. mu is held.
func (o *output) resume(before past) {
	v := *o.s.view.Load()
	v.past = before
	o.s.view.Store(&v)
}

// raise sets a lowest difficulty. mu is held.
func (o *output) raise(floor float64) {
	if p := o.s.profile; p.Max > 0 {
		floor = min(floor, p.Max)
	}
	o.floor = max(o.floor, floor)
	if o.tuner != nil {
		o.tuner.Floor(o.floor)
	}
	o.set(o.present)
}

// retune tells the tuner of accepted shares and of the time.
func (o *output) retune(now time.Time, marks []mark) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tuner == nil || o.fixed {
		return
	}
	for i := range marks {
		o.tuner.Share(now, marks[i].judged)
	}
	o.steer(now)
}

// steer follows the tuner. mu is held.
func (o *output) steer(now time.Time) {
	if o.tuner == nil || o.fixed || !o.sent {
		return
	}
	if d := o.tuner.Next(now, o.present); d > 0 && d != o.present {
		o.set(d)
	}
}

// options applies what a miner wrote into its password: name=value pairs apart
// by comma or semicolon. Unknown and invalid ones mean nothing.
//
//	d, diff, fd      difficulty that stays as it is
//	sd               difficulty to start with
//	md, mindiff      lowest difficulty
//
// mu is held.
func (o *output) options(password string) {
	pairs := strings.FieldsFunc(password, func(c rune) bool { return c == ',' || c == ';' })
	for _, pair := range pairs {
		name, text, _ := strings.Cut(strings.TrimSpace(pair), "=")
		d, ok := positive(strings.TrimSpace(text))
		if !ok {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "d", "diff", "fd":
			o.fixed = true
			o.set(d)
		case "sd":
			o.set(d)
		case "md", "mindiff":
			o.raise(d)
		}
	}
}
