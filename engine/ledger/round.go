package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// round is a Round as it is stored: no write per share. What the pool works between
// two of the marks that it keeps is told from the pool's total.
type round struct {
	StartWork Work // the pool's total when it began, and what was done without the chain since
	Started   int64
	Network   float64
	Height    uint64
	Blocks    uint64

	Mark Work    `json:",omitzero"`  // the pool's total up to which Done counts
	Done float64 `json:",omitempty"` // work by the difficulty of its time, summed
	Out  bool    `json:",omitempty"` // the newest job is without the chain
}

// parseRound reads a row. Schema 6 and less had no marks: all work of a round counted
// by the newest difficulty.
func parseRound(raw []byte) (*round, error) {
	r := new(round)
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, fmt.Errorf("%w: round: %w", ErrDamaged, err)
	}
	if r.Mark.Cmp(r.StartWork) < 0 {
		r.Mark = r.StartWork
	}
	return r, nil
}

// settle counts what was done since the last mark, up to the pool's total.
func (r *round) settle(total Work) {
	since := total.Sub(r.Mark)
	if r.Out {
		r.StartWork = r.StartWork.Add(since)
	} else {
		r.Done += effort(since, r.Network)
	}
	r.Mark = total
}

// seen takes a job with the chain.
func (r *round) seen(c *sharelog.JobChain, total Work) {
	network := finite(c.Difficulty)
	if r.Out || network != r.Network {
		r.settle(total)
	}
	r.Network, r.Height, r.Out = network, c.Height, false
}

// missed takes a job without the chain: nobody can find its block now.
func (r *round) missed(total Work) {
	if !r.Out {
		r.settle(total)
		r.Out = true
	}
}

// end ends the round and begins the next one at time at.
func (r *round) end(total Work, at int64) (work Work, done float64) {
	r.settle(total)
	work, done = total.Sub(r.StartWork), r.Done
	r.StartWork, r.Done, r.Started = total, 0, at
	r.Blocks++
	return work, done
}

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
	r := &round{StartWork: total.Work, Mark: total.Work, Started: at}
	if raw := f.tx.Bucket(bucketRounds).Get(key(pool, chain)); raw != nil {
		if r, err = parseRound(raw); err != nil {
			return nil, fmt.Errorf("%s in %s: %w", chain, pool, err)
		}
	}
	f.rounds[n] = r
	f.rows++
	return r, nil
}

// roundsOf brings all rounds of a pool to f.rounds.
func (f *fold) roundsOf(pool string) error {
	if f.roundsRead[pool] {
		return nil
	}
	prefix := key(pool)
	c := f.tx.Bucket(bucketRounds).Cursor()
	var chains []string
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		chains = append(chains, lastName(k))
	}
	for _, chain := range chains {
		if _, err := f.round(pool, chain, 0); err != nil {
			return err
		}
	}
	f.roundsRead[pool] = true
	return nil
}

// job starts the rounds of chains that are new, notes their difficulties, and which
// chains nobody can find now.
func (f *fold) job(j *sharelog.Job) error {
	f.money.job(j)
	if err := f.roundsOf(j.Pool); err != nil {
		return err
	}
	total, err := f.pool(j.Pool)
	if err != nil {
		return err
	}
	in := make(map[string]bool, len(j.Chains))
	for i := range j.Chains {
		c := &j.Chains[i]
		in[c.Name] = true
		r, err := f.round(j.Pool, c.Name, j.Time)
		if err != nil {
			return err
		}
		r.seen(c, total.Work)
	}
	for n, r := range f.rounds {
		if n.pool == j.Pool && !in[n.account] {
			r.missed(total.Work)
		}
	}
	return nil
}

// Round is the present round of a chain in a pool, or ErrNotFound before the
// pool's first job with that chain.
func (l *Ledger) Round(pool, chain string) (Round, error) {
	out := Round{Pool: pool, Chain: chain}
	err := l.db.View(func(tx store.Tx) error {
		raw := tx.Bucket(bucketRounds).Get(key(pool, chain))
		if raw == nil {
			return ErrNotFound
		}
		r, err := parseRound(raw)
		if err != nil {
			return err
		}
		var total Totals
		if raw := tx.Bucket(bucketPools).Get(key(pool)); raw != nil {
			if _, err := total.parse(raw); err != nil {
				return err
			}
		}
		r.settle(total.Work)
		out.Work, out.Effort, out.Out = total.Work.Sub(r.StartWork), r.Done, r.Out
		out.Started, out.Network, out.Height, out.Blocks = r.Started, r.Network, r.Height, r.Blocks
		return nil
	})
	return out, err
}
