package submit

import (
	"context"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// submit hands sol to its chain and reports whether there is a verdict.
func (f *follower) submit(sol *solution) bool {
	ch, ok := f.c.chains(f.found.Chain)
	if !ok {
		f.c.log.Warn("found block waits: no such chain", "chain", f.found.Chain, "hash", f.found.Hash)
		return false
	}
	ctx, cancel := context.WithTimeout(f.run.ctx, f.c.o.CallTimeout)
	defer cancel()
	began := time.Now()
	v, err := sol.submit(ctx, ch)
	f.c.note(Attempt{Found: sol.found.head(), At: began, Took: time.Since(began), Verdict: v, Err: err})
	if err != nil {
		level := slog.LevelDebug // the first time says it all: it is tried until there is a verdict
		if !f.complained {
			level, f.complained = slog.LevelWarn, true
		}
		f.c.log.Log(ctx, level, "found block is not delivered yet, it is tried again", "chain", f.found.Chain, "hash", f.found.Hash, "error", err)
		return false
	}
	f.verdict = v
	return v.Code >= coins.Received && v.Code <= coins.Rejected
}

// ask looks the block up and reports whether the chain has answered.
func (f *follower) ask() bool {
	ch, ok := f.c.chains(f.found.Chain)
	if !ok {
		return false
	}
	_, height := f.now()
	place := f.c.lookups(f.found.Chain)
	select {
	case place <- struct{}{}:
		defer func() { <-place }()
	case <-f.run.ctx.Done():
		return false
	}
	ctx, cancel := context.WithTimeout(f.run.ctx, f.c.o.CallTimeout)
	defer cancel()
	st, err := ch.BlockStatus(ctx, f.found.Hash, height)
	if err != nil || st.State < coins.BlockUnknown || st.State > coins.BlockBestChain {
		f.c.log.Debug("found block cannot be looked up", "chain", f.found.Chain, "hash", f.found.Hash, "error", err)
		return false
	}
	f.status = st
	return true
}

// lookups holds a place for each look-up that a chain may have under way.
func (c *Courier) lookups(chain string) chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking[chain] == nil {
		c.asking[chain] = make(chan struct{}, maxLookups)
	}
	return c.asking[chain]
}

// now is the state, and the height if it is known.
func (f *follower) now() (State, uint64) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	return f.state, f.found.Height
}

// tooOld reports whether the block is not worth a submission any more: the tip
// is Depth past it, or, where heights are unknown or stand still, it is older
// than MaxAge.
func (f *follower) tooOld() bool {
	return f.buried(f.c.o.Depth) || time.Since(f.found.Time) > f.c.o.MaxAge
}

// ancient reports whether the block is so old that the chain's answer is no
// longer waited for.
func (f *follower) ancient() bool {
	return time.Since(f.found.Time) > 2*f.c.o.MaxAge
}

// hopeless reports whether an orphan cannot come back.
func (f *follower) hopeless() bool {
	if _, height := f.now(); height == 0 {
		return f.ancient()
	}
	return f.buried(max(f.maturity(), f.c.o.Depth))
}

// buried reports whether the chain's tip is known to be depth past the block.
func (f *follower) buried(depth uint64) bool {
	ch, ok := f.c.chains(f.found.Chain)
	if !ok {
		return false
	}
	_, height := f.now()
	tip := ch.Height()
	return height > 0 && tip >= height && tip-height >= depth
}

// behind reports whether the chain's tip is known to be below the block, so that
// no node can have it on its best chain yet.
func (f *follower) behind() bool {
	ch, ok := f.c.chains(f.found.Chain)
	if !ok {
		return false
	}
	_, height := f.now()
	tip := ch.Height()
	return tip > 0 && tip < height
}

// maturity is the confirmations that make the reward spendable.
func (f *follower) maturity() uint64 {
	if ch, ok := f.c.chains(f.found.Chain); ok {
		if info, ok := ch.Info(); ok && info.Maturity > 0 {
			return uint64(info.Maturity)
		}
	}
	return DefaultMaturity
}

// pause waits for d while there is no verdict yet: it lasts through the drain.
func (f *follower) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-f.run.ctx.Done():
		return false
	}
}

// rest waits for d where there is a verdict already: it ends with Run's context.
func (f *follower) rest(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-f.run.stop:
		return false
	}
}

// tellPending reports a block that has no verdict yet. Nobody waits for that: a
// submission never waits for an account.
func (f *follower) tellPending() {
	f.c.mu.Lock()
	tell := f.state == Pending && !f.told
	f.told = true
	found := f.found
	f.c.mu.Unlock()
	if tell {
		f.c.events.send(Event{Found: found, State: Pending, Time: time.Now()})
	}
}

// become reports a new state, then writes it to the journal: after a crash
// between the two it is reported again, and never left out.
func (f *follower) become(s State, final bool) bool {
	f.c.mu.Lock()
	if f.status.Height > 0 {
		f.found.Height = f.status.Height
	}
	found, tried := f.found, f.tried
	f.c.mu.Unlock()

	verdict := f.verdict
	if s == Orphaned && f.status.Note != "" {
		verdict.Reason = f.status.Note // what became of it says more than what was said when it came
	}
	done := f.c.events.send(Event{Found: found, State: s, Final: final, Verdict: verdict, Status: f.status, Time: time.Now()})
	select {
	case <-done:
	case <-f.run.ctx.Done():
		return false
	}
	if err := f.c.journal.append(markRecord(found, s, final, tried)); err != nil {
		f.c.log.Error("state of a found block is not recorded", "error", err, "chain", found.Chain, "hash", found.Hash)
	}
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	f.mark(s, final, tried, found.Height)
	return true
}
