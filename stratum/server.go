package stratum

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/internal/histogram"
	"github.com/motherlode-pool/motherlode/stratum/admission"
)

// Server serves the miners of one pool on any number of listeners.
type Server struct {
	cfg      Config
	pool     Pool
	dialect  dialect
	forms    *forms
	log      *slog.Logger
	refusals refusals
	journal  journal
	leases   *leases
	shards   []*shard
	swift    bool   // turns never wait, see Swift
	wantJob  func() // see Wanting; nil where the pool is not told

	bindMu sync.Mutex
	bound  []*bound

	jobMu     sync.Mutex // orders Broadcast
	job       atomic.Pointer[Job]
	cleanSeq  atomic.Uint64 // Seq of the newest clean job
	urgentSeq atomic.Uint64 // Seq of the newest job that is not spread
	news      news
	pace      pace
	answers   histogram.Histogram // of submissions
	ports     ports

	sessionCount atomic.Uint64 // sessions ever
	live         atomic.Int64
	draining     atomic.Bool
	sessions     sync.WaitGroup
	watchers     sync.WaitGroup
	closed       [closeReasonCount]atomic.Uint64

	gate         *admission.Gate
	shut         atomic.Bool // ports are closed for good, see Drain
	climbed      [rungCount]atomic.Uint64
	storeFailing bool         // used by the keeper
	headers      atomic.Int64 // PROXY headers that are waited for
	files        atomic.Int64 // see fileRoom
	scarceAt     atomic.Int64 // when the log last said that they are scarce, Unix nanoseconds
}

// New makes a server; it does no I/O. Call Bind to learn early whether its ports
// can be had, and Run to serve.
func New(cfg Config, pool Pool) *Server {
	cfg = cfg.withDefaults()
	d := dialectOf(cfg.Dialect)
	srv := &Server{
		cfg:     cfg,
		pool:    pool,
		dialect: d,
		forms:   d.forms(),
		log:     cfg.Logger,
		leases:  newLeases(cfg.NodePrefix[:min(len(cfg.NodePrefix), d.extranonce()-1)], d.extranonce(), cfg.ResumeFor),
		gate:    admission.New(cfg.Limits),
	}
	srv.ports = newPorts(srv.cfg.Listeners)
	srv.files.Store(fileRoom())
	if q, ok := pool.(Wanting); ok {
		srv.wantJob = q.WantJob
	}
	if q, ok := pool.(Swift); ok {
		srv.swift = q.Swift()
	}
	for range runtime.GOMAXPROCS(0) {
		srv.shards = append(srv.shards, &shard{srv: srv, wake: make(chan struct{}, 1)})
	}
	return srv
}

// Run binds what is not bound yet and serves until ctx is done, then closes all
// connections and returns when each goroutine has ended. It may be called once.
func (srv *Server) Run(ctx context.Context) error {
	if err := srv.Bind(); err != nil {
		return err
	}
	defer srv.unbind()
	defer srv.remember(ctx)()

	// Shards outlive the sessions, which may still be told goodbye.
	shardCtx, stopShards := context.WithCancel(context.WithoutCancel(ctx))
	defer stopShards()
	var shards, accepts sync.WaitGroup
	for _, sh := range srv.shards {
		shards.Go(func() { sh.run(shardCtx) })
	}
	for _, b := range srv.bound {
		accepts.Go(func() { srv.accept(ctx, b) })
	}

	<-ctx.Done()
	srv.unbind()
	accepts.Wait()
	srv.drain()
	srv.sessions.Wait()
	srv.stopWatching()
	stopShards()
	shards.Wait()
	return nil
}

// watched gives a new session to the watcher of its shard, which begins with its
// first.
func (srv *Server) watched(ctx context.Context, s *session) error {
	w, err := s.shard.watching(func() (*watcher, error) {
		w, err := newWatcher()
		if err == nil {
			srv.watchers.Go(func() { w.run(ctx) })
		}
		return w, err
	})
	if err != nil {
		return err
	}
	return w.add(s)
}

// stopWatching ends the watchers, when no session is left.
func (srv *Server) stopWatching() {
	for _, sh := range srv.shards {
		if sh.watch != nil {
			sh.watch.stop()
		}
	}
	srv.watchers.Wait()
}

// Broadcast gives job to every session that may have it, and returns at once.
// The shards write it: a session gets the newest job there is when its turn
// comes. An older job than the last is ignored.
func (srv *Server) Broadcast(job Job) {
	srv.jobMu.Lock()
	defer srv.jobMu.Unlock()
	if last := srv.newest(); last != nil && job.Seq() <= last.Seq() {
		return
	}
	if job.Clean() {
		srv.cleanSeq.Store(job.Seq())
	}
	if u, ok := job.(Urgent); job.Clean() || ok && u.Urgent() {
		srv.urgentSeq.Store(job.Seq())
	}
	srv.job.Store(&job)
	srv.news.note(job)
	srv.pace.begin(job, srv.urgentSeq.Load(), len(srv.shards))
	for _, sh := range srv.shards {
		sh.wakeUp()
	}
}

// newest is the job broadcast last, nil before the first.
func (srv *Server) newest() Job {
	if j := srv.job.Load(); j != nil {
		return *j
	}
	return nil
}

// drain says goodbye to every session, in random order and spread over
// DrainJitter, and lets each finish the turn it is in.
func (srv *Server) drain() {
	srv.draining.Store(true)
	var all []*session
	for _, sh := range srv.shards {
		all = sh.snapshot(all)
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var scratch []byte
	begin := time.Now()
	for i, s := range all {
		due := begin.Add(srv.cfg.DrainJitter * time.Duration(i) / time.Duration(len(all)))
		if wait := time.Until(due); wait > time.Millisecond {
			time.Sleep(wait)
		}
		s.leave(&scratch)
	}
}

// leave sends the farewell and ends the session behind its present turn.
func (s *session) leave(scratch *[]byte) {
	o := &s.out
	now := time.Now()
	s.base.SetWriteDeadline(now.Add(drainWrite)) // a writer that is stuck
	o.mu.Lock()
	if o.ready && !o.stopped {
		o.pending = s.srv.dialect.farewell(o.pending, s.srv.cfg.DrainMessage)
	}
	o.pass(scratch)
	s.base.SetReadDeadline(now)
}

// drainWrite bounds a write at shutdown.
const drainWrite = 250 * time.Millisecond

func (srv *Server) writeTimeout() time.Duration {
	if srv.draining.Load() {
		return drainWrite
	}
	return srv.cfg.WriteTimeout
}

// forget takes a session that ended out of everything.
func (srv *Server) forget(s *session, r CloseReason, err error) {
	s.shard.remove(s)
	if s.subscribed {
		srv.leases.release(s.lease, s.out.left(), len(s.workers) > 0, time.Now())
	}
	srv.closed[r].Add(1)
	srv.live.Add(-1)
	srv.ports.add(s.front.listener, -1)
	srv.gateLeave(&s.front.arrival)
	srv.journal.closed(s, r, time.Now())
	srv.log.Debug("miner left", "remote", s.remote, "reason", r.String(), "error", err,
		"agent", s.agent, "accepted", s.accepted.Load(), "rejected", s.rejected.Load())
}

// Closed is how many connections ended for r.
func (srv *Server) Closed(r CloseReason) uint64 {
	if r >= closeReasonCount {
		return 0
	}
	return srv.closed[r].Load()
}
