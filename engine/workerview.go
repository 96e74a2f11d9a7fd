package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/engine/status"
)

const (
	workerSeries = 1000             // workers that have series of their own; more cost Prometheus too much
	workerIdle   = 30 * time.Minute // one that was idle for so long has none
)

// Workers are the workers with an accepted share of late, by pool and name, and how
// many more there are: of too many those with the most work are named, because names
// alone cost whoever makes them up nothing. What they did is what the ledger knows: it
// goes on over a restart.
func (e *Engine) Workers() (all []status.Worker, leftOut int) {
	select {
	case <-e.ready:
	default:
		return nil, 0
	}
	since := time.Now().Add(-workerIdle).Unix()
	var late []lateWorker
	for _, p := range e.pools {
		if !p.opened.Load() {
			continue
		}
		for _, w := range p.accounts.memories.all() {
			if w.lastWork.Load() >= since {
				late = append(late, lateWorker{pool: p.name, account: w.account, name: w.worker, work: w.work.load()})
			}
		}
	}
	late, leftOut = mostWork(late, workerSeries)
	for _, of := range late {
		w := status.Worker{Pool: of.pool, Account: of.account, Name: of.name}
		if t, err := e.ledger.Worker(of.pool, of.account, of.name); err == nil { // it may not have read so far yet
			w.Accepted, w.Rejected, w.Work, w.Best = t.Accepted, t.Rejected, t.Work.Difficulty(), t.Best
			w.LastSeen = time.UnixMilli(t.LastSeen)
		}
		all = append(all, w)
	}
	return all, leftOut
}

// lateWorker is a worker with an accepted share of late.
type lateWorker struct {
	pool, account, name string
	work                float64
}

func (w *lateWorker) compare(other *lateWorker) int {
	return cmp.Or(cmp.Compare(w.pool, other.pool), cmp.Compare(w.account, other.account), cmp.Compare(w.name, other.name))
}

// mostWork are the n workers with the most work, by name, and how many more there are.
func mostWork(late []lateWorker, n int) (named []lateWorker, leftOut int) {
	byName := func(a, b lateWorker) int { return a.compare(&b) }
	if len(late) <= n {
		slices.SortFunc(late, byName)
		return late, 0
	}
	slices.SortFunc(late, func(a, b lateWorker) int { return cmp.Or(cmp.Compare(b.work, a.work), a.compare(&b)) })
	slices.SortFunc(late[:n], byName)
	return late[:n], len(late) - n
}
