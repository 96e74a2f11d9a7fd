package stratum

import (
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/internal/histogram"
)

// Timed is an optional power of a Job: when what it was made of came to this
// process, for measuring how long work takes to its miners.
type Timed interface{ From() time.Time }

// pace measures how fast urgent jobs, which are not spread, reach the sessions:
// from Timed, or else from Broadcast, to the first and to the last session whose
// socket was given the line. Each shard tells of its beginning and its end; nothing
// is counted per session. A socket that takes no more is not waited for.
type pace struct {
	toFirst, toLast histogram.Histogram

	mu   sync.Mutex
	seq  uint64 // the urgent job that is measured
	from time.Time
	left int  // shards that have not given it to all of theirs yet
	told bool // somebody has it
}

// begin starts to measure a job that is broadcast now, where it is the newest
// urgent one.
func (p *pace) begin(job Job, urgent uint64, shards int) {
	if job.Seq() != urgent {
		return
	}
	from := time.Now()
	if t, ok := job.(Timed); ok && !t.From().IsZero() {
		from = t.From()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seq, p.from, p.left, p.told = urgent, from, shards, false
}

// first notes that a shard has given the job to its first session.
func (p *pace) first(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seq == p.seq && !p.told {
		p.told = true
		p.toFirst.Observe(time.Since(p.from))
	}
}

// last notes that a shard has given the job to all of its sessions.
func (p *pace) last(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seq != p.seq || p.left == 0 {
		return
	}
	if p.left--; p.left == 0 && p.told {
		p.toLast.Observe(time.Since(p.from))
	}
}

// Pace is how long urgent jobs took to the first session and to the last.
func (srv *Server) Pace() (first, last histogram.Counts) {
	return srv.pace.toFirst.Counts(), srv.pace.toLast.Counts()
}
