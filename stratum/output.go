package stratum

import (
	"slices"
	"sync"
	"time"
)

// output is what a session sends, and the difficulty that goes with it. At any
// time at most one goroutine writes; others leave what they have, and the writer
// takes it along. Nothing is written while mu is held.
//
// What waits is bounded: replies by pendingLimit, as the session's own goroutine
// then stops reading; the rest are flags and the newest job, which replaces an
// older one that was not sent yet.
type output struct {
	s *session
	wire
	drains sync.WaitGroup // writers that took over a blocked connection

	mu      sync.Mutex
	idle    sync.Cond // signalled when pending was taken or writing ended
	writing bool
	stopped bool
	pending []byte
	job     Job  // to be sent
	ready   bool // the miner may have jobs: what it asked for before is on its way
	payee   Worker
	sent    bool   // a job was sent
	sentSeq uint64 // the newest
	lastAt  time.Time

	tuner    Tuner // nil without one
	fixed    bool  // the miner asked for a difficulty that stays
	floor    float64
	ceiling  float64 // Job.MaxDifficulty of the newest job sent, 0 before
	present  float64 // what we want to give
	given    float64 // what was sent last, 0 before
	waiting  int     // difficulties that were sent and wait for their jobs, at most 2
	asked    bool    // the miner asked for it, and wants to hear it at once
	tellDiff bool    // send it even if it was sent
	mayDiff  bool    // the subscribe reply is on its way
	mask     uint32  // granted for the next job
	tellMask bool
	maskTold bool

	jobs *jobTeller // of the SHA3x dialect; nil in others
}

// open prepares the output of s; nothing is sent yet.
func (o *output) open(s *session) {
	o.s = s
	o.wire.open(s.conn)
	o.idle.L = &o.mu
	o.lastAt = s.since
	p := s.profile
	o.floor = p.Min
	o.present = o.clamp(p.Start)
	if p.NewTuner != nil {
		o.tuner = p.NewTuner(o.present, p.Min)
	}
	s.srv.dialect.open(o)
	v := &view{difficulty: o.present, target: s.srv.dialect.target(s.srv.pool, o.present)}
	v.stand = epoch{difficulty: v.difficulty, target: v.target}
	s.view.Store(v)
}

// takePending appends the replies that wait to dst. mu is held.
func (o *output) takePending(dst []byte) []byte {
	dst = append(dst, o.pending...)
	o.pending = o.pending[:0]
	if cap(o.pending) > readBufferMin {
		o.pending = nil
	}
	return dst
}

// due reports whether there is something to send. mu is held.
func (o *output) due() bool { return o.s.srv.dialect.due(o) }

// render takes all that is due. mu is held, and writing is true.
func (o *output) render(dst []byte, now time.Time) (head, notify []byte) {
	return o.s.srv.dialect.render(o, dst, now)
}

// earn applies what the turn has earned. mu is held.
func (o *output) earn() {
	o.s.srv.dialect.earn(o)
	if o.s.earned.jobs && !o.ready {
		o.ready = true
		o.offer(o.s.srv.pool.Job())
		o.offer(o.s.srv.newest())
	}
}

// flush sends the replies of a turn and what else is due, waiting for a slow
// miner as long as the write timeout lets it. Called by the goroutine that has the
// turn. One that is hasty never waits: false says that somebody has to.
func (o *output) flush(replies []byte, now time.Time) bool {
	o.mu.Lock()
	o.earn()
	if o.stopped || len(replies) == 0 && !o.due() {
		o.mu.Unlock()
		return true
	}
	if o.writing {
		o.pending = append(o.pending, replies...)
		if o.s.hasty {
			full := len(o.pending) > pendingLimit
			o.mu.Unlock()
			return !full
		}
		for o.writing && !o.stopped && len(o.pending) > pendingLimit {
			o.idle.Wait()
		}
		o.mu.Unlock()
		return true
	}
	o.writing = true
	head, notify := o.render(replies, now)
	o.mu.Unlock()
	o.s.turn.replies = head // it may have grown
	if o.s.hasty {
		return o.pushNow(head, notify)
	}
	o.push(head, notify)
	return true
}

// quiet waits until nobody writes.
func (o *output) quiet() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.writing && !o.stopped {
		o.idle.Wait()
	}
}

// pushNow is push for what the socket takes at once. It leaves the rest to a
// goroutine of the session's own, and is false then.
func (o *output) pushNow(head, notify []byte) bool {
	b := join(head, notify)
	n, err := o.try(b)
	if err != nil {
		o.fail(err)
		return true
	}
	rest := b[n:]
	o.mu.Lock()
	defer o.mu.Unlock()
	o.idle.Broadcast()
	if o.stopped || len(rest) == 0 && !o.due() {
		o.writing = false
		return true
	}
	if len(head) > 0 {
		rest = slices.Clone(rest) // it is in the caller's memory
	}
	o.drains.Go(func() { o.push(nil, rest) })
	return false
}

// push writes head and notify, then whatever came due meanwhile, and ends the
// writing.
func (o *output) push(head, notify []byte) {
	own := head
	for {
		b := join(head, notify)
		n, err := o.try(b)
		if err == nil && n < len(b) {
			err = o.finish(b[n:], o.s.srv.writeTimeout())
		}
		if err != nil {
			o.fail(err)
			return
		}
		o.mu.Lock()
		o.idle.Broadcast()
		if o.stopped || !o.due() {
			o.writing = false
			o.mu.Unlock()
			return
		}
		head, notify = o.render(own[:0], time.Now())
		o.mu.Unlock()
	}
}

// pass sends what is due without waiting for the miner: what its socket does not
// take at once, a goroutine of the session's own writes. mu is held and is given
// back. Scratch is the caller's memory.
func (o *output) pass(scratch *[]byte) {
	if o.writing || o.stopped || !o.due() {
		o.mu.Unlock()
		return
	}
	o.writing = true
	head, notify := o.render((*scratch)[:0], time.Now())
	o.mu.Unlock()
	if len(head) > 0 {
		head = join(head, notify)
		*scratch, notify = head, nil
	}
	o.pushNow(head, notify)
}

// join is head and notify in one piece, so that they leave in one write. A job
// alone, the usual broadcast, is not copied.
func join(head, notify []byte) []byte {
	if len(head) == 0 {
		return notify
	}
	return append(head, notify...)
}

// fail ends the session over a failed write; writing stays true for good.
func (o *output) fail(err error) {
	r := WriteFailed
	switch {
	case o.s.srv.draining.Load():
		r = Shutdown
	case deadlineError(err):
		r = SlowReader
	}
	o.s.kick(r)
	o.mu.Lock()
	o.stopped = true
	o.idle.Broadcast()
	o.mu.Unlock()
}

// stop ends all sending and waits for writers. With grace, one that is under way
// may take a moment to end.
func (o *output) stop(grace bool) {
	o.mu.Lock()
	o.stopped = true
	o.pending, o.job = nil, nil
	o.mu.Unlock()
	if grace {
		o.s.base.SetWriteDeadline(time.Now().Add(drainWrite))
		o.drains.Wait()
	}
	o.conn.Close()
	o.drains.Wait()
}
