package stratum

import (
	"sync/atomic"
	"time"
)

// front is what operators, limits and the ladder know of a session.
type front struct {
	arrival // set before the session begins

	// Used by the session's own goroutine only.
	ladder      rungs
	optionsTold bool

	// Behind out.mu.
	again   bool // the job that goes out next is to be called clean, whatever it is
	asked   asked
	version string // what client.get_version brought

	waiting atomic.Bool  // asked holds something
	rtt     atomic.Int64 // of the last mining.ping, nanoseconds; 0 before
	rung    atomic.Uint32
	rejects [reasonCount]atomic.Uint32

	// Written by the session's own goroutine; see declare.
	declared   atomicFloat
	declaredAt atomic.Int64 // Unix nanoseconds, 0 before
}

// news is when the pool gave out work, for judging what a miner can know of it.
type news struct {
	at    atomic.Int64 // of the newest job, Unix nanoseconds; 0 before the first
	clean atomic.Int64 // of the newest clean job
}

// note tells of a job that is broadcast now.
func (n *news) note(job Job) {
	now := time.Now().UnixNano()
	n.at.Store(now)
	if job.Clean() {
		n.clean.Store(now)
	}
}

// since is the time from an instant of news to now.
func since(at *atomic.Int64, now time.Time) time.Duration { return now.Sub(time.Unix(0, at.Load())) }

// reject counts a submission that was refused. Called by the session's own
// goroutine.
func (s *session) reject(why Reason) {
	s.rejected.Add(1)
	s.front.rejects[why].Add(1)
	s.front.ladder.count(s, why)
}
