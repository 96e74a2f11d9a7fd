package engine

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// blockWords are a block's states for people.
var blockWords = map[submit.State]struct {
	level slog.Level
	text  string
}{
	submit.Pending:  {slog.LevelDebug, "block pending"}, // it has no verdict yet; the line that counts comes with it
	submit.Received: {slog.LevelInfo, "block found"},
	submit.Accepted: {slog.LevelInfo, "block accepted"},
	submit.Mature:   {slog.LevelInfo, "block mature"},
	submit.Refused:  {slog.LevelWarn, "block refused"},
	submit.Orphaned: {slog.LevelWarn, "block orphaned"},
	submit.Lost:     {slog.LevelWarn, "block lost"},
}

// tellBlock writes the one line about a block's new state: which chain, height and
// hash, who found it, with what effort, for what reward, and how long it took until
// a node had it.
func (e *Engine) tellBlock(ev *submit.Event, reason, node string) {
	f := &ev.Found
	words, ok := blockWords[ev.State]
	if !ok {
		words.level, words.text = slog.LevelInfo, "block "+ev.State.String()
	}
	if !e.log.Enabled(context.Background(), words.level) {
		return
	}
	args := []any{
		"chain", f.Chain, "height", f.Height, "hash", f.Hash, "worker", workerName(f.Account, f.Worker), "pool", f.Pool,
		"reward", e.amount(f.Chain, f.Reward),
	}
	after := ev.Time.Sub(f.Time).Round(time.Millisecond).String()
	switch ev.State {
	case submit.Received:
		args = append(args, "effort", e.effortOf(f), "submitted_in", after)
		if a, ok := e.courier.Attempts(f.Chain); ok && a.Last.Found.Hash == f.Hash {
			args = append(args, "node_took", a.Last.Took.Round(100*time.Microsecond).String())
		}
	case submit.Accepted, submit.Mature:
		args = append(args, "confirmations", ev.Status.Confirmations, "after", after)
	default:
		args = append(args, "after", after)
	}
	if f.Kind == submit.Aux {
		args = append(args, "merge_mined", true)
	}
	if node != "" {
		args = append(args, "node", node)
	}
	if reason != "" {
		args = append(args, "reason", reason)
	}
	e.log.Log(context.Background(), words.level, words.text, args...)
}

// effortWait bounds how long the line about a block waits for the ledger to have
// folded the shares before it. Nothing is submitted later for it.
const effortWait = 250 * time.Millisecond

// effortOf is the work of the round that a block ends by the chain's difficulty:
// "87.3 %"; a block is expected at 100 %. Where the ledger has not come to the
// block in time, the round is still the present one, as far as a file tells.
func (e *Engine) effortOf(f *submit.Found) string {
	ctx, cancel := context.WithTimeout(context.Background(), effortWait)
	defer cancel()
	if err := e.ledger.Sync(ctx, e.shareLog.End()); err != nil && e.cfg.Database != "" {
		return "unknown" // a database that may not answer is not asked: other blocks' events wait behind this one
	}
	var network, ratio float64
	if row, err := e.ledger.Block(f.Chain, f.Hash); err == nil {
		network, ratio = row.Network, row.Ratio()
	} else if round, err := e.ledger.Round(f.Pool, f.Chain); err == nil {
		network, ratio = round.Network, round.Ratio()
	}
	if network <= 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.1f %%", 100*ratio)
}

// amount is a number of base units in coins, with the coin's symbol.
func (e *Engine) amount(chain string, units uint64) string {
	r, ok := e.runners[chain]
	if !ok {
		return fmt.Sprintf("%d base units", units)
	}
	info, ok := r.Info()
	if !ok {
		return fmt.Sprintf("%d base units", units)
	}
	return payout.Text(units, info.Decimals) + " " + info.Symbol
}
