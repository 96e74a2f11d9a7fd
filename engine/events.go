package engine

import (
	"time"

	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// event tells whoever watches.
func (e *Engine) event(ev Event) {
	if e.onEvent == nil {
		return
	}
	e.eventMu.Lock()
	defer e.eventMu.Unlock()
	e.onEvent(ev)
}

// coinEvent passes on what happens to a coin.
func (e *Engine) coinEvent(ev chain.Event) {
	out := Event{Time: time.Now(), Kind: EventCoin, Chain: ev.Chain, State: ev.Kind.String()}
	switch {
	case ev.Err != nil:
		out.Reason = ev.Err.Error()
	case ev.Kind == chain.HealthNow:
		out.State, out.Reason, out.Height = ev.Health.State.String(), ev.Health.Message, ev.Health.Height
	}
	e.event(out)
}

// blockEvent records a block's change of state in the share log, from which the
// ledger learns of it, and tells people. An error has the courier come again.
func (e *Engine) blockEvent(ev submit.Event) error {
	f := ev.Found
	awaitShare(f.Logged)
	reason, node := ev.Verdict.Reason, ev.Verdict.Node
	if ev.Status.Node != "" {
		node = ev.Status.Node
	}
	var b sharelog.Batch
	recordPaid(&b, &ev)
	b.Block(&sharelog.Block{
		Time: ev.Time.UnixMilli(), Pool: f.Pool, Chain: f.Chain, Hash: f.Hash, Height: f.Height, State: ev.State.String(),
		Account: f.Account, Worker: f.Worker, Job: f.Job, Reward: f.Reward, Fees: f.Fees, Difficulty: f.Difficulty,
		Confirmations: ev.Status.Confirmations, Reason: reason, Node: node,
	})
	if err := e.shareLog.Append(&b); err != nil {
		return err
	}

	e.tellBlock(&ev, reason, node)
	e.event(Event{
		Time: ev.Time, Kind: EventBlock, Pool: f.Pool, Chain: f.Chain, Height: f.Height, Hash: f.Hash,
		State: ev.State.String(), Worker: workerName(f.Account, f.Worker), Reason: reason, Node: node,
	})
	return nil
}

// shareWait bounds how long the record of a block waits for that of its share. Nothing
// is submitted later for it.
const shareWait = 10 * time.Second

// awaitShare returns when a block's share is in the share log: it is one of those
// that the block is divided by, so it comes first there.
func awaitShare(logged <-chan struct{}) {
	if logged == nil {
		return
	}
	limit := time.NewTimer(shareWait)
	defer limit.Stop()
	select {
	case <-logged:
	case <-limit.C:
	}
}

func workerName(account, worker string) string {
	if worker == "" {
		return account
	}
	return account + "." + worker
}
