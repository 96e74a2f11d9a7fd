package engine

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/stratum"
)

// stats counts what a pool does, since the start of the process.
type stats struct {
	acceptedShares atomic.Uint64
	work           atomicFloat // sum of the accepted shares' difficulty
	bestShare      atomicFloat
	rejected       [stratum.ReasonCount]atomic.Uint64
	logFailing     atomic.Bool   // the last commit failed
	logErrors      atomic.Uint64 // commits refused because the share log failed
	auxStale       atomic.Uint64 // aux solutions of a chain that had moved on
	siblings       atomic.Uint64 // blocks of the parent that were not submitted: enough others on their tip were
	auxRefused     atomic.Uint64 // aux solutions that broke a rule of their chain
	jobs           atomic.Uint64
	cleanJobs      atomic.Uint64
	jobFailed      atomic.Uint64
	toMiners       chain.Timing // from the first news of a tip to its job at all miners
	lastJob        atomic.Int64 // Unix nanoseconds
	broadcast      atomic.Int64 // nanoseconds from template to broadcast, last job
}

// atomicFloat is a float64 that many goroutines add to.
type atomicFloat struct{ bits atomic.Uint64 }

func (f *atomicFloat) load() float64 { return math.Float64frombits(f.bits.Load()) }

func (f *atomicFloat) update(next func(float64) float64) {
	for {
		old := f.bits.Load()
		v := math.Float64bits(next(math.Float64frombits(old)))
		if v == old || f.bits.CompareAndSwap(old, v) {
			return
		}
	}
}

func (s *stats) accepted(n int, work float64) {
	s.acceptedShares.Add(uint64(n))
	s.work.update(func(sum float64) float64 { return sum + work })
}

func (s *stats) best(difficulty float64) {
	if difficulty > s.bestShare.load() {
		s.bestShare.update(func(best float64) float64 { return max(best, difficulty) })
	}
}

func (s *stats) job(j *job.Job, now time.Time) {
	s.jobs.Add(1)
	if j.CleanJob {
		s.cleanJobs.Add(1)
	}
	s.lastJob.Store(now.UnixNano())
	s.broadcast.Store(int64(time.Since(now)))
	if t := j.Template; j.CleanJob && t.Heard != 0 && t.Source != "start" {
		s.toMiners.Add(time.Since(time.Unix(0, t.Heard)))
	}
}
