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

// Workers are the workers of late, the first thousand by pool and name, and how many
// more there are. What they did is what the ledger knows: it goes on over a restart.
func (e *Engine) Workers() (all []status.Worker, leftOut int) {
	select {
	case <-e.ready:
	default:
		return nil, 0
	}
	since := time.Now().Add(-workerIdle).Unix()
	for _, p := range e.pools {
		if !p.opened.Load() {
			continue
		}
		p.accounts.each(func(w *worker) {
			if w.lastUse.Load() >= since {
				all = append(all, status.Worker{Pool: p.name, Account: w.account, Name: w.name})
			}
		})
	}
	slices.SortFunc(all, func(a, b status.Worker) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Name, b.Name))
	})
	all = slices.CompactFunc(all, func(a, b status.Worker) bool {
		return a.Pool == b.Pool && a.Account == b.Account && a.Name == b.Name
	})
	leftOut = max(0, len(all)-workerSeries)
	all = all[:len(all)-leftOut]
	for i := range all {
		w := &all[i]
		t, err := e.ledger.Worker(w.Pool, w.Account, w.Name)
		if err != nil {
			continue // it has logged in and sent nothing yet
		}
		w.Accepted, w.Rejected, w.Work, w.Best = t.Accepted, t.Rejected, t.Work.Difficulty(), t.Best
		w.LastSeen = time.UnixMilli(t.LastSeen)
	}
	return all, leftOut
}
