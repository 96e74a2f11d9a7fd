package engine

import (
	"cmp"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// statusBlocks is how many of the newest blocks the status shows.
const statusBlocks = 50

// recordView adds what the files say: the ledger's blocks and how far it is.
func (e *Engine) recordView(v *status.View) {
	v.ShareLogBytes = uint64(e.shareLog.End())
	v.LedgerBytes = uint64(e.ledger.Position())
	if err := e.ledger.Trouble(); err != nil {
		v.LedgerProblem = err.Error()
	}
	blocks, err := e.ledger.Blocks(ledger.Filter{}, 0, statusBlocks)
	if err != nil {
		e.log.Error("blocks could not be read from the ledger", "error", err)
		v.LedgerUnread = true
		v.LedgerProblem = cmp.Or(v.LedgerProblem, err.Error())
		return
	}
	for _, b := range blocks {
		out := status.Block{
			Pool: b.Pool, Chain: b.Chain, Height: b.Height, Hash: coins.Hash(b.Hash).String(), State: b.State,
			Confirmations: b.Confirmations, Worker: workerName(b.Account, b.Worker), Reward: b.Reward, Time: time.UnixMilli(b.Found),
		}
		if n := len(b.History); n > 0 {
			out.Reason = b.History[n-1].Reason
		}
		v.Blocks = append(v.Blocks, out)
	}
}
