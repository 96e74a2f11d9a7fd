package stratum

import (
	"context"
	"time"
)

// v1Dialect is Stratum V1.
type v1Dialect struct{}

var v1Forms = forms{tails: rejectTails, full: fullLine, fault: appendError}

func (v1Dialect) forms() *forms                 { return &v1Forms }
func (v1Dialect) names() []string               { return nil }
func (v1Dialect) submission(method []byte) bool { return string(method) == "mining.submit" }
func (v1Dialect) open(*output)                  {}
func (v1Dialect) extranonce() int               { return extranonce1Size }
func (v1Dialect) whole(d float64) float64       { return whole(d) }

func (v1Dialect) present(o *output) float64 { return o.current() }

func (v1Dialect) call(ctx context.Context, s *session, r *request) { s.call(ctx, r) }

func (v1Dialect) target(p Pool, difficulty float64) [32]byte { return p.Target(difficulty) }

func (v1Dialect) fill(s *session, r *request) (Worker, Reason) {
	w, why := s.submitter(r)
	if why == Accepted {
		why = s.fill(r, w)
	}
	return w, why
}

// farewell has the miner come back, after a word to whoever looks at it.
func (v1Dialect) farewell(dst []byte, message string) []byte {
	if message != "" {
		dst = appendMessage(dst, message)
	}
	return append(dst, reconnectLine...)
}

// earn lets the mask and the difficulty go out.
func (v1Dialect) earn(o *output) {
	e := &o.s.earned
	if e.masked {
		o.mask, e.masked = e.mask, false
	}
	// Before a worker is admitted only a wish is answered: what the password asks
	// for shall be the first difficulty, not the second (see hold).
	o.mayDiff = e.jobs || e.difficulty && o.tellDiff
	if e.jobs && !o.ready {
		o.tellDiff = true
	}
	// Some firmware drops the link when the mask comes before authorize.
	if (e.jobs || o.ready) && o.mask != 0 && !o.maskTold {
		o.tellMask = true
	}
}

func (v1Dialect) due(o *output) bool {
	return len(o.pending) > 0 || o.job != nil || o.tellMask || o.mayDiff && o.dueDiff()
}

// dueDiff reports whether a difficulty is to be told now. mu is held.
func (o *output) dueDiff() bool { return o.tellDiff || o.ready && o.given != o.current() }

// current is the difficulty to give out now. Miners of the cgminer family keep
// two difficulties that come before one job for this job and the one after it
// (parse_diff and parse_notify in its util.c); all others use the second at once.
// So that both mean the same, a raise waits while one that was told before still
// waits for its job. A lower one does no harm: shares are judged by the lower. What
// a miner asks for while it works is told at once: that family asks but once.
// mu is held.
func (o *output) current() float64 {
	d := o.effective()
	if o.waiting > 0 && o.given > 0 && d > o.given && !o.asked {
		return o.given
	}
	return d
}

// tick keeps a connection from falling silent.
func (v1Dialect) tick(o *output, now time.Time) CloseReason {
	if o.ready && now.Sub(o.lastAt) >= o.s.srv.cfg.Silence {
		o.tellDiff = true
	}
	return closeUnset
}

// muchHarder is from which raise on a miner need not wait for the next refresh.
const muchHarder = 2

// want asks the pool for a job where the miner's present one is much easier than
// what it was told, and none goes with it. mu is held.
func (o *output) want(job Job) {
	v := o.s.view.Load()
	if job != nil || !o.sent || o.s.srv.wantJob == nil {
		return
	}
	if o.given >= muchHarder*v.epochs[len(v.epochs)-1].difficulty {
		o.s.srv.wantJob()
	}
}

// render takes all that is due, in the order that miners need: replies, mask,
// difficulty, job. The job's line is shared and comes apart.
func (v1Dialect) render(o *output, dst []byte, now time.Time) (head, notify []byte) {
	s := o.s
	dst = o.takePending(dst)
	if o.tellMask {
		o.tellMask, o.maskTold = false, true
		dst = appendMask(dst, o.mask)
	}
	job := o.job
	o.job = nil
	if job != nil {
		o.ceiling = job.MaxDifficulty()
	}
	if o.mayDiff && o.dueDiff() {
		o.given, o.tellDiff, o.asked = o.current(), false, false
		dst = appendDifficulty(dst, o.given)
		o.waiting = min(o.waiting+1, 2)
	}
	o.publish()
	o.want(job)
	o.lastAt = now
	if job == nil {
		return dst, nil
	}
	o.waiting = max(o.waiting-1, 0)
	if !o.sent || job.Seq() != o.sentSeq { // one sent again keeps what was frozen into it
		v := s.view.Load()
		s.view.Store(v.with(epoch{
			from: job.Seq(), at: o.lastAt, difficulty: v.difficulty, target: v.target,
			mask: o.mask, extranonce: s.lease.extranonce,
		}))
	}
	// The first job is clean, and so is one that replaces a clean one unsent.
	clean := !o.sent || s.front.again || job.Clean() || o.sentSeq < s.srv.cleanSeq.Load()
	s.front.again = false
	o.sent, o.sentSeq = true, job.Seq()
	return dst, job.Notify(o.payee, clean)
}
