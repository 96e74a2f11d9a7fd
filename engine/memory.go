package engine

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
)

// Limits of what is remembered of workers, in each pool. A name alone costs whoever
// makes it up nothing, a refused share next to nothing, and an accepted one little. So
// a name that has only logged in is not remembered at all, and the others have limits
// of their own. What is forgotten is in the ledger, and a worker that submits again is
// remembered again.
const (
	idleForget    = 24 * time.Hour   // a worker without a submission is forgotten
	refusedForget = 30 * time.Minute // the same of one that never had a share accepted

	keepWorkers = 300_000             // with an accepted share; some 220 bytes each, with names of usual length
	roomWorkers = keepWorkers * 4 / 3 // until the next sweep
	keepCrowd   = 20_000              // of one account; those beyond are forgotten first where there are too many
	maxRefused  = 20_000              // without an accepted share: each may make a row in the ledger, so none makes room for others before its time
)

// memory is what is remembered of a worker that has submitted, for all sessions that
// mine for it.
type memory struct {
	lastUse  atomic.Int64 // its last submission that was judged, Unix seconds
	lastWork atomic.Int64 // its last accepted share, Unix seconds; 0 if there was none
	work     atomicFloat  // sum of its accepted shares' difficulty, since it is remembered
	rejected [stratum.ReasonCount]atomic.Uint32
	gone     atomic.Bool // forgotten: sessions look for another one
}

// memories are those of one pool. They are safe for concurrent use.
type memories struct {
	full        atomic.Bool // no room until the next sweep for those with an accepted share
	refusedFull atomic.Bool // the same for those without

	mu      sync.Mutex
	of      map[name2]*memory
	refused int // without an accepted share when they came or at the last sweep
}

// known is the worker's memory, nil where it is not remembered. A refusal that is
// counted while it is being forgotten is counted for the pool alone.
func (w *worker) known() *memory {
	if m := w.at.Load(); m != nil && !m.gone.Load() {
		return m
	}
	return nil
}

// memory is the worker's memory, from its first share on; nil where there is no room for
// it. Only a worker that is not remembered costs a lock and an allocation.
func (w *worker) memory(accepted bool) *memory {
	if m := w.known(); m != nil {
		return m
	}
	return w.in.enlist(w, accepted)
}

// enlist begins to remember a worker, unless another session of it did.
func (a *memories) enlist(w *worker, accepted bool) *memory {
	if accepted && a.full.Load() || !accepted && a.refusedFull.Load() {
		return nil
	}
	key := name2{w.account, w.name}
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.of[key]
	if m == nil {
		switch {
		case accepted && len(a.of)-a.refused >= roomWorkers:
			a.full.Store(true)
			return nil
		case !accepted && a.refused >= maxRefused:
			a.refusedFull.Store(true)
			return nil
		case !accepted:
			a.refused++
		}
		m = &memory{}
		m.lastUse.Store(time.Now().Unix())
		a.of[key] = m
	}
	w.at.Store(m)
	return m
}

// remembered is a worker with its memory.
type remembered struct {
	name2
	*memory
	used int64 // its lastUse, which goes on meanwhile
}

// all are the workers that are remembered.
func (a *memories) all() []remembered {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]remembered, 0, len(a.of))
	for name, m := range a.of {
		all = append(all, remembered{name, m, m.lastUse.Load()})
	}
	return all
}

// sweep forgets workers that have not submitted for long, and where there are too many
// those that have not for the longest time. It comes after their refusals were written.
func (a *memories) sweep(now time.Time) {
	refused := 0
	all := a.all()
	mined, old := all[:0], []remembered(nil)
	for _, w := range all {
		worked, since := w.lastWork.Load() != 0, time.Duration(now.Unix()-w.used)*time.Second
		switch {
		case since > idleForget, !worked && since > refusedForget:
			old = append(old, w)
		case worked:
			mined = append(mined, w)
		default:
			refused++
		}
	}
	old = append(old, tooMany(mined, keepWorkers, keepCrowd)...)

	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range old {
		w.gone.Store(true)
		delete(a.of, w.name2)
	}
	a.refused = refused
	a.full.Store(false)
	a.refusedFull.Store(false)
}

// tooMany are those of all that are to be forgotten so that n are left: first those
// beyond crowd of one account, and of all the ones that are idle for longest. It
// changes the order of all.
func tooMany(all []remembered, n, crowd int) []remembered {
	over := len(all) - n
	if over <= 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b remembered) int { return cmp.Compare(b.used, a.used) })
	of := map[string]int{}
	within, beyond := all[:0], []remembered(nil) // the last that submitted first
	for _, w := range all {
		if of[w.account]++; of[w.account] > crowd {
			beyond = append(beyond, w)
		} else {
			within = append(within, w)
		}
	}
	if len(beyond) >= over {
		return beyond[len(beyond)-over:]
	}
	return append(beyond, within[n:]...)
}
