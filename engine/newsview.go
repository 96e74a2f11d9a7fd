package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// newsView adds how a coin's tips became known.
func newsView(c *status.Coin, n chain.News) {
	c.TipAt, c.TipsBy = n.Since, n.By
	c.Empty, c.Full = timesView(n.Empty), timesView(n.Full)
	if c.Tip == "" && !n.Tip.IsZero() {
		c.Tip = n.Tip.String()
	}
	if n.Source != "" {
		c.Source = n.Source
	}
}

// timesView is nil where nothing was timed yet.
func timesView(t chain.Times) *status.Times {
	if t.Count == 0 {
		return nil
	}
	v := &status.Times{Count: t.Count, Last: t.Last, P50: t.P50, P99: t.P99, Sum: t.Sum, Classes: map[float64]uint64{}}
	for i, bound := range chain.TimingBounds {
		v.Classes[bound.Seconds()] = t.Up[i]
	}
	return v
}

// submitsView adds what became of the blocks that were found for a coin.
func (e *Engine) submitsView(c *status.Coin) {
	all, ok := e.courier.Attempts(c.Name)
	if !ok {
		return
	}
	last := all.Last
	c.Submits = &status.Submits{
		By: all.By, Times: countsView(all.Took), At: last.At, Took: last.Took, Height: last.Found.Height, Hash: last.Found.Hash.String(),
		Verdict: last.Outcome(), Words: last.Verdict.Reason, Node: last.Verdict.Node,
	}
	if last.Err != nil {
		c.Submits.Words = last.Err.Error()
	}
}

// leftOut are the auxiliary chains that the newest job is without, and why.
func (p *pool) leftOut(now time.Time) []status.LeftOut {
	j := p.book.Last()
	if j == nil {
		return nil
	}
	var out []status.LeftOut
	for i, r := range p.aux {
		mined := slices.ContainsFunc(j.Aux, func(a job.AuxSlot) bool { return a.Chain == r.Name() })
		if !mined {
			out = append(out, status.LeftOut{Chain: r.Name(), Reason: p.whyLeftOut(i, j, now)})
		}
	}
	return out
}

// whyLeftOut is why a job is without the auxiliary chain of index i.
func (p *pool) whyLeftOut(i int, j *job.Job, now time.Time) string {
	r := p.aux[i]
	w, _ := r.LatestAux()
	parking, parked := r.Parked()
	health := r.Health()
	spec := p.spec.Load().Aux[i]
	switch {
	case slices.Contains(j.Dropped, r.Name()):
		return "no room in the parent's coinbase: shorten tag, or mine fewer chains"
	case parked:
		return parking.Error()
	case w == nil:
		return fmt.Sprintf("no work yet, it is %s", stateOf(health))
	case !r.AuxFresh(now):
		return fmt.Sprintf("its work is too old, it is %s", stateOf(health))
	case (w.Slot != nil) != spec.InTree:
		return "its work is not committed as its settings say, or its chain id has no place in the tree: see the log"
	case w.Slot != nil && w.Slot.ChainID != spec.ChainID:
		return fmt.Sprintf("its node says chain id %d, expected %d: the node is of another chain, or the settings are wrong", w.Slot.ChainID, spec.ChainID)
	case !madeFor(w, j.Template):
		return "its work is for an older tip of the parent, newer is awaited"
	}
	return "its work came after the newest job"
}

// madeFor reports whether aux work can be mined with a template: work that is bound
// to one tip of the parent proves nothing on another.
func madeFor(w *coins.AuxWork, t *coins.Template) bool {
	return !w.DependsOnParent || w.ParentHash.IsZero() || w.ParentHash == t.PrevHash
}

// stateOf is a coin's state and what it says of it.
func stateOf(h coins.Health) string {
	if h.Message == "" {
		return h.State.String()
	}
	return h.State.String() + ": " + h.Message
}
