package ledger

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// block makes a row of a new block, which ends the round, or changes its row.
func (f *fold) block(b *sharelog.Block) error {
	k := blockKey(b.Chain, &b.Hash)
	bucket := f.tx.Bucket(bucketBlocks)
	var row Block
	if raw := bucket.Get(k); raw == nil {
		r, err := f.round(b.Pool, b.Chain, b.Time)
		if err != nil {
			return err
		}
		total, err := f.pool(b.Pool)
		if err != nil {
			return err
		}
		order := f.tx.Bucket(bucketOrder)
		seq := uint64(1)
		if newest, _ := order.Cursor().Last(); newest != nil {
			seq = binary.BigEndian.Uint64(newest) + 1
		}
		if err := order.Put(u64(seq), k); err != nil {
			return err
		}
		network, started := r.Network, r.Started
		work, done := r.end(total.Work, b.Time)
		row = Block{
			Seq: seq, Chain: b.Chain, Hash: b.Hash, Pool: b.Pool, Height: b.Height, Account: b.Account, Worker: b.Worker,
			Job: b.Job, Reward: b.Reward, Difficulty: finite(b.Difficulty), Network: network,
			Effort: work, Rounds: done, RoundStart: started, Found: b.Time,
		}
	} else if err := json.Unmarshal(raw, &row); err != nil {
		return fmt.Errorf("%w: block %x of %s: %w", ErrDamaged, b.Hash, b.Chain, err)
	}
	old := row.State
	if old == "" {
		if err := f.split(b); err != nil {
			return err
		}
	}
	row.apply(b)
	if row.State != old {
		if err := noteFound(f.tx, &row, k); err != nil {
			return err
		}
	}
	if err := f.settle(b, row.Pool, old, row.State); err != nil {
		return err
	}
	if err := f.giveBack(&row, old); err != nil {
		return err
	}
	if err := f.noteReceived(&row, k, old); err != nil {
		return err
	}
	return f.put(bucketBlocks, k, &row)
}

// apply takes a record over into the row, where its state may follow.
func (row *Block) apply(b *sharelog.Block) {
	if !follows(row.State, b.State) {
		return
	}
	row.Confirmations = b.Confirmations
	if b.Height != 0 {
		row.Height = b.Height
	}
	if row.State == b.State {
		return
	}
	row.State, row.Changed = b.State, b.Time
	row.History = append(row.History, Change{b.Time, b.State, b.Reason, b.Node})
	if len(row.History) > maxHistory {
		row.History = slices.Delete(row.History, 1, 2)
	}
}

// finite keeps numbers that JSON cannot hold out of the rows.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
