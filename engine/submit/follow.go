package submit

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// How often a chain is asked about a block. The first look comes soon, for
// somebody waits for the good news; the last ones are rare, for a day of blocks
// may be under watch at once.
const (
	confirmFirst = 250 * time.Millisecond
	confirmMax   = 30 * time.Second
	watchFirst   = 5 * time.Second
	watchMax     = 5 * time.Minute

	// resubmitAfter look-ups of a block that a node took in but does not know
	// it is handed over again: the node may have restarted.
	resubmitAfter = 4

	// orphanAfter look-ups in a row must fail to find an accepted block: one
	// may have asked a node that lags behind.
	orphanAfter = 2
)

// follow carries one block through its states. It returns when the block is
// settled, or when run is to stop and the block has a verdict.
func (r *row) follow(run *running) {
	f := &follower{row: r, run: run}
	f.tellPending()
	for f.step() {
	}
}

// follower is the goroutine of a row. The chain's answers last seen are its own.
type follower struct {
	*row
	run     *running
	verdict coins.Verdict
	status  coins.BlockStatus

	complained bool // that the block cannot be submitted
}

// step does what the present state asks for and reports whether to go on.
func (f *follower) step() bool {
	state, ok := f.present()
	if !ok {
		return false
	}
	switch state {
	case Pending:
		ok = f.deliver()
	case Received:
		ok = f.confirm()
	default:
		ok = f.watch()
	}
	if !ok {
		f.leave()
	}
	return ok
}

// present is the state to work on; when the block is settled, or has a verdict
// and run is to stop, the goroutine has given up its row.
func (f *follower) present() (State, bool) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.final || f.state != Pending && f.stopping() || f.run.ctx.Err() != nil {
		f.left()
		return 0, false
	}
	return f.state, true
}

func (f *follower) leave() {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	f.left()
}

// left notes that the row has no goroutine. Courier.mu is held; the send cannot
// block.
func (f *follower) left() {
	f.running = false
	f.run.active--
	select {
	case f.run.ended <- struct{}{}:
	default:
	}
}

func (f *follower) stopping() bool {
	select {
	case <-f.run.stop:
		return true
	default:
		return false
	}
}

// deliver submits one solution after another until one is taken, all are
// refused, or the block is too old to matter.
func (f *follower) deliver() bool {
	wait := backoff.New(f.c.o.Backoff)
	for {
		sol := f.solution()
		if sol == nil {
			return f.become(Refused, true)
		}
		if f.submit(sol) {
			if f.verdict.Code == coins.Received || f.verdict.Code == coins.Duplicate {
				return f.become(Received, false)
			}
			done, ok := f.refused(sol)
			if done || !ok {
				return ok
			}
			continue
		}
		if !f.pause(wait.Next(0)) {
			return false
		}
		if f.tooOld() && (f.ask() || f.ancient()) {
			return f.giveUp()
		}
	}
}

// giveUp settles a block that is too old to be submitted, by the last look-up.
func (f *follower) giveUp() bool {
	switch f.status.State {
	case coins.BlockBestChain:
		return f.become(Accepted, false)
	case coins.BlockSide:
		return f.become(Orphaned, false)
	}
	return f.become(Lost, true)
}

// solution is the next one to submit; nil when there is none.
func (f *follower) solution() *solution {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if len(f.solutions) == 0 {
		return nil
	}
	s := f.solutions[0]
	return &s
}

// refused looks a refused block up once, for it may have arrived another way.
// Done says that the chain has it. Otherwise that solution is used up.
func (f *follower) refused(sol *solution) (done, ok bool) {
	wait := backoff.New(f.c.o.Backoff)
	for !f.ask() {
		if f.ancient() {
			break
		}
		if !f.pause(wait.Next(0)) {
			return false, false
		}
	}
	switch f.status.State {
	case coins.BlockBestChain:
		return true, f.become(Accepted, false)
	case coins.BlockSide:
		return true, f.become(Received, false)
	}
	f.c.log.Warn("found block refused", "chain", f.found.Chain, "hash", f.found.Hash,
		"verdict", f.verdict.Code.String(), "reason", f.verdict.Reason, "node", f.verdict.Node, "solution", sol.n)
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	f.use(sol.n)
	return false, true
}

// confirm looks for a block that a node took in until it is on the best chain,
// or the chain has gone on without it.
func (f *follower) confirm() bool {
	every := confirmFirst
	for unknown := 0; ; {
		if !f.rest(every) {
			return false
		}
		every = min(every*3/2, confirmMax)
		if !f.ask() {
			continue
		}
		switch {
		case f.status.State == coins.BlockBestChain:
			return f.become(Accepted, false)
		case f.tooOld():
			return f.become(Orphaned, false)
		case f.status.State == coins.BlockUnknown:
			if unknown++; unknown%resubmitAfter == 0 {
				f.resubmit()
			}
		}
	}
}

// resubmit hands a block over again that its node seems to have forgotten. What
// comes of it shows in the next look-up.
func (f *follower) resubmit() {
	if sol := f.solution(); sol != nil {
		f.submit(sol)
	}
}

// watch follows a block that was on the best chain, until its reward may be
// spent or it is orphaned for good.
func (f *follower) watch() bool {
	state, _ := f.now()
	every, missing := watchFirst, 0
	for {
		if !f.rest(every) {
			return false
		}
		if !f.ask() {
			continue
		}
		best := f.status.State == coins.BlockBestChain
		switch {
		case best && f.status.Confirmations >= f.maturity():
			return f.become(Mature, true)
		case best && state == Orphaned:
			return f.become(Accepted, false)
		case best:
			missing = 0
			every = min(every*3/2, watchMax)
		case f.status.State == coins.BlockUnknown && f.behind():
			every = min(every*3/2, watchMax) // a node that is catching up does not know it yet
		case state == Orphaned && f.hopeless():
			return f.become(Orphaned, true)
		case state == Orphaned:
			every = min(every*3/2, watchMax)
		default:
			every = watchFirst
			if missing++; missing >= orphanAfter {
				return f.become(Orphaned, false)
			}
		}
	}
}
