package stratum

import (
	"context"
	"math"
	"sync"
	"time"
)

// tickEvery is how often a shard looks at the time-driven side of its sessions.
const tickEvery = time.Second

const (
	orderEvery    = 5                      // ticks from one ordering by recent work to the next
	orderLooks    = 12                     // a minute of them: what is older counts for little
	paceLooks     = 5 * time.Minute        // over which a session's rate is told, older looks counting less
	orderClasses  = 128                    // powers of two of work, far more than miners differ by
	spreadBatch   = 64                     // sessions that get a refresh at once
	refreshSpread = 500 * time.Millisecond // from the first to the last of them
)

// shard writes jobs to its share of the sessions, one after the other and never
// waiting for any, and looks after their time-outs.
type shard struct {
	srv  *Server
	wake chan struct{} // one slot: there is a newer job

	watch *watcher // of its idle sessions; nil before the first that has one

	mu       sync.Mutex
	sessions []*session

	// Used by run only.
	urgentSeen uint64 // newest urgent job that all sessions were given
	ticks      int
	ordered    time.Time
	list       []*session
	scratch    []byte
}

func (sh *shard) add(s *session) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.shard, s.slot = sh, len(sh.sessions)
	sh.sessions = append(sh.sessions, s)
}

// watching is the shard's watcher, which start makes when there is none.
func (sh *shard) watching(start func() (*watcher, error)) (w *watcher, err error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.watch == nil {
		sh.watch, err = start()
	}
	return sh.watch, err
}

func (sh *shard) remove(s *session) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	last := len(sh.sessions) - 1
	moved := sh.sessions[last]
	sh.sessions[s.slot], moved.slot = moved, s.slot
	sh.sessions[last] = nil
	sh.sessions = sh.sessions[:last]
}

// snapshot copies the sessions into dst.
func (sh *shard) snapshot(dst []*session) []*session {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return append(dst, sh.sessions...)
}

// run serves until ctx is done.
func (sh *shard) run(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sh.wake:
			sh.give(ctx)
		case now := <-tick.C:
			sh.each(func(s *session) { s.tick(now) })
			if sh.ticks++; sh.ticks%orderEvery == 0 {
				sh.order(now)
			}
		}
	}
}

// each calls f for every session, without any lock held.
func (sh *shard) each(f func(*session)) {
	sh.list = sh.snapshot(sh.list[:0])
	for _, s := range sh.list {
		f(s)
	}
	clear(sh.list)
}

// give delivers the newest job: a clean one, and one that Urgent wants so, at
// once; a refresh spread over refreshSpread, so that the answers of many miners do
// not come as one. An urgent job that comes meanwhile ends the spreading.
func (sh *shard) give(ctx context.Context) {
	urgent := sh.srv.urgentSeq.Load()
	if job := sh.srv.newest(); job == nil || job.Seq() < urgent {
		return // Broadcast is about to put the urgent job there, and to wake us again
	}
	sh.list = sh.snapshot(sh.list[:0])
	defer func() { clear(sh.list) }()
	pause := time.Duration(0)
	if urgent == sh.urgentSeen {
		pause = refreshSpread * spreadBatch / time.Duration(max(len(sh.list), spreadBatch))
	}
	for i, s := range sh.list {
		if pause > 0 && i > 0 && i%spreadBatch == 0 {
			sh.rest(ctx, pause)
		}
		if pause > 0 && sh.srv.urgentSeq.Load() != urgent {
			sh.wakeUp() // those before this one have the refresh, and miss the urgent job
			return
		}
		s.deliver()
		if pause == 0 && i == 0 {
			sh.srv.pace.first(urgent)
		}
	}
	if pause == 0 {
		sh.srv.pace.last(urgent)
	}
	sh.urgentSeen = urgent
}

// rest waits, but no longer than until the next urgent job.
func (sh *shard) rest(ctx context.Context, d time.Duration) {
	urgent := sh.srv.urgentSeq.Load()
	t := time.NewTimer(d)
	defer t.Stop()
	again := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if again {
				sh.wakeUp()
			}
			return
		case <-sh.wake:
			again = true // another refresh waits for its own round
			if sh.srv.urgentSeq.Load() != urgent {
				return
			}
		}
	}
}

// wakeUp tells the shard of a newer job; it never waits.
func (sh *shard) wakeUp() {
	select {
	case sh.wake <- struct{}{}:
	default: // it will find this job when it wakes
	}
}

// order puts the sessions with the most work of late first: they are given jobs
// before the others. Sessions within a factor of two of each other stay as they
// are.
func (sh *shard) order(now time.Time) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	since := now.Sub(sh.ordered)
	sh.ordered = now
	fade := math.Exp(-since.Seconds() / paceLooks.Seconds())
	var first [orderClasses + 1]int // of each class, the busiest class at 0
	for _, s := range sh.sessions {
		sum := s.work.load()
		s.rate.store(s.late.look(sum, min(since, now.Sub(s.since)), fade))
		s.recent.look(sum)
		first[s.recent.class+1]++
	}
	for i := range orderClasses {
		first[i+1] += first[i]
	}
	sh.list = append(sh.list[:0], sh.sessions...)
	for _, s := range sh.list {
		at := &first[s.recent.class]
		sh.sessions[*at], s.slot = s, *at
		*at++
	}
	clear(sh.list)
}

// late is a session's work of the last minutes.
type late struct {
	sum     float64 // as it was at the last look
	work    float64 // difficulty, and the seconds in which it was done: what is older has
	seconds float64 // faded
}

// look takes the sum of credited difficulty after some time in which what is known has
// faded, and returns the difficulty a second.
func (l *late) look(sum float64, after time.Duration, fade float64) float64 {
	l.work = l.work*fade + sum - l.sum
	l.seconds = l.seconds*fade + max(after.Seconds(), 0)
	l.sum = sum
	if l.seconds == 0 {
		return 0
	}
	return l.work / l.seconds
}

// recent is a session's work of late.
type recent struct {
	sum   float64 // as it was at the last look
	rate  float64 // difficulty between two looks, the older ones counting less and less
	class uint8   // by powers of two, 0 for the most
}

// look takes the sum of credited difficulty at one more look.
func (r *recent) look(sum float64) {
	r.rate += (sum - r.sum - r.rate) / orderLooks
	r.sum = sum
	r.class = orderClasses - 1
	if r.rate > 0 {
		_, power := math.Frexp(r.rate)
		r.class = uint8(min(max(orderClasses/2-power, 0), orderClasses-1))
	}
}

// deliver sends the newest job, which may be newer than the one that woke the
// shard.
func (s *session) deliver() {
	o := &s.out
	o.mu.Lock()
	o.offer(s.srv.newest())
	o.pass(&s.shard.scratch)
}

// offer makes job the next to send, unless the miner has it or may not get one
// yet. mu is held.
func (o *output) offer(job Job) {
	if job == nil || !o.ready || o.sent && job.Seq() <= o.sentSeq {
		return
	}
	if o.job == nil || o.job.Seq() < job.Seq() {
		o.job = job
	}
}

// tick is the passing of time: handshakes that take too long, difficulty that
// sinks without shares, and a connection silent for too long.
func (s *session) tick(now time.Time) {
	cfg := &s.srv.cfg
	o := &s.out
	o.mu.Lock()
	age := now.Sub(s.since)
	late := closeUnset
	switch {
	case !s.subscribed && age >= cfg.SubscribeTimeout:
		late = SubscribeTimeout
	case len(s.workers) == 0 && age >= cfg.AuthorizeTimeout:
		late = AuthorizeTimeout
	}
	if late != closeUnset {
		o.mu.Unlock()
		s.kick(late)
		return
	}
	o.steer(now)
	over := s.srv.dialect.tick(o, now)
	o.pass(&s.shard.scratch)
	if over != closeUnset {
		s.reason.CompareAndSwap(uint32(closeUnset), uint32(over))
		s.base.SetReadDeadline(now)
	}
}
