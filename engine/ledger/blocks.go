package ledger

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// round is the present round of a chain in a pool; a new one starts at time at.
func (f *fold) round(pool, chain string, at int64) (*round, error) {
	n := name{pool: pool, account: chain}
	if r, ok := f.rounds[n]; ok {
		return r, nil
	}
	total, err := f.pool(pool)
	if err != nil {
		return nil, err
	}
	r := &round{StartWork: total.Work, Started: at}
	if raw := f.tx.Bucket(bucketRounds).Get(key(pool, chain)); raw != nil {
		if err := json.Unmarshal(raw, r); err != nil {
			return nil, fmt.Errorf("%w: round of %s in %s: %w", ErrDamaged, chain, pool, err)
		}
	}
	f.rounds[n] = r
	f.rows++
	return r, nil
}

// job starts the rounds of chains that are new and notes their difficulties.
func (f *fold) job(j *sharelog.Job) error {
	f.money.job(j)
	for i := range j.Chains {
		c := &j.Chains[i]
		r, err := f.round(j.Pool, c.Name, j.Time)
		if err != nil {
			return err
		}
		r.Network, r.Height = finite(c.Difficulty), c.Height
	}
	return nil
}

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
		row = Block{
			Seq: seq, Chain: b.Chain, Hash: b.Hash, Pool: b.Pool, Height: b.Height, Account: b.Account, Worker: b.Worker,
			Job: b.Job, Reward: b.Reward, Difficulty: finite(b.Difficulty), Network: r.Network,
			Effort: total.Work.Sub(r.StartWork), RoundStart: r.Started, Found: b.Time,
		}
		r.StartWork, r.Started = total.Work, b.Time
		r.Blocks++
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
