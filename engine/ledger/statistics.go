package ledger

import (
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// Statistics are what is known of a pool, an account or a worker over time.
type Statistics struct {
	*stats.Series
	Totals                       // since the first share, also of a time without statistics
	RoundBest map[string]float64 // largest difficulty of a share in the present round of each chain
}

// PoolStatistics are a pool's statistics, or ErrNotFound.
func (l *Ledger) PoolStatistics(pool string) (Statistics, error) {
	return l.statistics(bucketPools, &keepPool, pool, key(pool))
}

// AccountStatistics are an account's statistics, or ErrNotFound.
func (l *Ledger) AccountStatistics(pool, account string) (Statistics, error) {
	return l.statistics(bucketAccounts, &keepAccount, pool, key(pool, account))
}

// WorkerStatistics are a worker's statistics, or ErrNotFound.
func (l *Ledger) WorkerStatistics(pool, account, worker string) (Statistics, error) {
	return l.statistics(bucketWorkers, &keepWorker, pool, key(pool, account, worker))
}

func (l *Ledger) statistics(bucket []byte, keep *stats.Keep, pool string, k []byte) (out Statistics, err error) {
	err = l.db.View(func(tx store.Tx) error {
		raw := tx.Bucket(bucket).Get(k)
		if raw == nil {
			return ErrNotFound
		}
		rest, err := out.parse(raw)
		if err != nil {
			return err
		}
		var live stats.Live
		if err := live.Parse(rest, keep); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if out.Series, err = stats.NewSeries(&live, levelRows{tx, k}); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		rounds, err := roundsAt(tx, pool)
		if err != nil {
			return err
		}
		out.RoundBest = make(map[string]float64, len(rounds.Starts))
		for chain := range rounds.Starts {
			out.RoundBest[chain] = out.Series.RoundBest(rounds, chain)
		}
		return nil
	})
	if err != nil {
		return Statistics{}, err
	}
	return out, nil
}

// effort is work by the work that a block takes on average; 0 where that is not
// known.
func effort(w Work, network float64) float64 {
	if network <= 0 {
		return 0
	}
	return w.Difficulty() / network
}

// Ratio is the effort of the present round: its work by the chain's difficulty, 1 on
// average at its end.
func (r *Round) Ratio() float64 { return r.Effort }

// Ratio is the effort of the round that the block has ended: its work by the
// chain's difficulty, 1 on average. It is 0 where that is not known. Of a block that
// schema 6 or less has noted it is by the difficulty at the end.
func (b *Block) Ratio() float64 {
	if b.Rounds > 0 {
		return b.Rounds
	}
	return effort(b.Effort, b.Network)
}

// Luck is how much the newest blocks of a chain have cost.
type Luck struct {
	Blocks int     // that were looked at
	Effort float64 // mean of their rounds; 1 is what is expected, 0 without blocks
	Luck   float64 // 1 / Effort: above 1, blocks came sooner than expected
}

// Luck is about at most n rounds of a chain in a pool, the newest that have
// ended. A round counts whatever became of its block.
func (l *Ledger) Luck(pool, chain string, n int) (out Luck, err error) {
	n = min(max(n, 1), maxPage)
	blocks, err := l.Blocks(Filter{Pool: pool, Chain: chain}, 0, n)
	sum := 0.0
	for i := range blocks {
		if b := &blocks[i]; b.Network > 0 {
			sum += b.Ratio()
			out.Blocks++
		}
	}
	if err != nil || out.Blocks == 0 {
		return Luck{}, err
	}
	out.Effort = sum / float64(out.Blocks)
	if out.Effort > 0 {
		out.Luck = 1 / out.Effort
	}
	return out, nil
}
