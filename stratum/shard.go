package stratum

import (
	"context"
	"sync"
	"time"
)

// tickEvery is how often a shard looks at the time-driven side of its sessions.
const tickEvery = time.Second

// shard writes jobs to its share of the sessions, one after the other and never
// waiting for any, and looks after their time-outs.
type shard struct {
	srv  *Server
	wake chan struct{} // one slot: there is a newer job

	watch *watcher // of its idle sessions; nil before the first that has one

	mu       sync.Mutex
	sessions []*session

	// Used by run only.
	list    []*session
	scratch []byte
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
			sh.each((*session).deliver)
		case now := <-tick.C:
			sh.each(func(s *session) { s.tick(now) })
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
