package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// How long statistics are kept; docs/accounts.md has the sizes.
var (
	keepPool    = stats.Keep{Minutes: 24, Hours: 90, Days: 3660}
	keepAccount = stats.Keep{Minutes: 2, Hours: 30, Days: 1100}
	keepWorker  = stats.Keep{Minutes: 2, Hours: 7, Days: 400}
)

// bucketLevels hold the rows of statistics: by the key of a pool, an account or a
// worker, which are of one, two and three names.
var bucketLevels = [stats.Levels][]byte{
	stats.Minutes: []byte("minutes"), stats.Hours: []byte("hours"), stats.Days: []byte("days"), stats.Older: []byte("older"),
}

// levelRows are the rows of one name.
type levelRows struct {
	tx  store.Tx
	key []byte
}

func (r levelRows) Get(l stats.Level) []byte { return r.tx.Bucket(bucketLevels[l]).Get(r.key) }

func (r levelRows) Put(l stats.Level, row []byte) error {
	return r.tx.Bucket(bucketLevels[l]).Put(r.key, row)
}

func (r levelRows) Delete(l stats.Level) error { return r.tx.Bucket(bucketLevels[l]).Delete(r.key) }

var _ stats.Store = levelRows{}

// keep is how much of the row's statistics is kept.
func (row *totalsRow) keep() *stats.Keep {
	switch {
	case row.up == nil:
		return &keepPool
	case row.up.up == nil:
		return &keepAccount
	}
	return &keepWorker
}

// load reads the row as save has made it; nil is a new one.
func (row *totalsRow) load(raw []byte) (err error) {
	if raw != nil {
		if raw, err = row.parse(raw); err != nil {
			return err
		}
	}
	if err := row.live.Parse(raw, row.keep()); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// saveTotals writes the totals with the present minutes behind them, and the
// minutes that are over. It goes by the keys: within a transaction the database
// moves all that comes behind a new key in its page, however large that grows.
func (f *fold) saveTotals() error {
	rows := slices.AppendSeq(make([]*totalsRow, 0, len(f.workers)+len(f.upper)), maps.Values(f.workers))
	rows = slices.AppendSeq(rows, maps.Values(f.upper))
	byKey(rows)
	for chunk := range slices.Chunk(rows, aheadRows) {
		f.readLevels(chunk)
		for _, row := range chunk {
			if row.live.Waits() {
				if err := f.flush(row); err != nil {
					return err
				}
			}
			if err := f.tx.Bucket(row.bucket).Put(row.key, row.live.Append(row.append(nil))); err != nil {
				return err
			}
		}
	}
	return nil
}

// countShare counts a share in the statistics of a worker and those above it.
func (f *fold) countShare(row *totalsRow, s *sharelog.Share, w Work) error {
	if !f.counts {
		return nil
	}
	rounds, err := f.begun(s.Pool)
	if err != nil {
		return err
	}
	for ; row != nil; row = row.up {
		if err := f.flushBefore(row, s.Time); err != nil {
			return err
		}
		row.live.Best(rounds, s.Achieved)
		if row.live.Share(s.Time, w) {
			f.wait(row, s.Time)
		}
	}
	return nil
}

func (f *fold) countRejects(row *totalsRow, r *sharelog.Rejects) error {
	if !f.counts {
		return nil
	}
	class := stats.ClassOf(r.Reason)
	for ; row != nil; row = row.up {
		if err := f.flushBefore(row, r.Time); err != nil {
			return err
		}
		if row.live.Refuse(r.Time, class, r.Count) {
			f.wait(row, r.Time)
		}
	}
	return nil
}

// begun are the starts of a pool's rounds.
func (f *fold) begun(pool string) (*stats.Rounds, error) {
	if r, ok := f.starts[pool]; ok {
		return r, nil
	}
	r, err := roundsAt(f.tx, pool)
	if err == nil {
		f.starts[pool] = r
	}
	return r, err
}

func roundsAt(tx store.Tx, pool string) (*stats.Rounds, error) {
	r := new(stats.Rounds)
	if raw := tx.Bucket(bucketBegun).Get(key(pool)); raw != nil {
		if err := json.Unmarshal(raw, r); err != nil {
			return nil, fmt.Errorf("%w: starts of rounds in %s: %w", ErrDamaged, pool, err)
		}
	}
	return r, nil
}

func (f *fold) saveStarts() error {
	for pool, r := range f.starts {
		if err := f.put(bucketBegun, key(pool), r); err != nil {
			return err
		}
	}
	return nil
}

// countJob starts the rounds of chains that are new.
func (f *fold) countJob(j *sharelog.Job) error {
	if !f.counts {
		return nil
	}
	rounds, err := f.begun(j.Pool)
	for i := 0; i < len(j.Chains) && err == nil; i++ {
		if c := j.Chains[i].Name; rounds.Starts[c] == 0 {
			rounds.Begin(c)
		}
	}
	return err
}

// countBlock starts a round with the first record of a block. The blocks' own
// rows do not tell which record that is where the statistics are behind.
func (f *fold) countBlock(b *sharelog.Block) error {
	k := blockKey(b.Chain, &b.Hash)
	if !f.counts || f.tx.Bucket(bucketEnded).Get(k) != nil {
		return nil
	}
	rounds, err := f.begun(b.Pool)
	if err != nil {
		return err
	}
	rounds.Begin(b.Chain)
	return f.tx.Bucket(bucketEnded).Put(k, []byte{1})
}

// prepareCounts finds where the statistics are. A database of a version without
// them has them made from as far back as the log reaches, beside the accounts, which
// are folded up to position.
func (l *Ledger) prepareCounts(tx store.Tx, position sharelog.Position) (sharelog.Position, error) {
	meta := tx.Bucket(bucketMeta)
	counted := l.shares.Start()
	if raw := meta.Get(keyCounted); raw != nil {
		at, err := parsePosition(raw)
		if err != nil {
			return 0, err
		}
		counted = max(counted, at)
	}
	counted = min(counted, position)
	return counted, meta.Put(keyCounted, u64(uint64(counted)))
}

// Counted is up to where the log is folded into the statistics. It is behind
// Position for some time after an upgrade from a version without them.
func (l *Ledger) Counted() sharelog.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counted
}

// countStep folds what the accounts have and the statistics have not into the
// statistics alone, at most limit records. It reports whether there may be more.
func (l *Ledger) countStep(limit int) (more bool, err error) {
	at, end := l.Counted(), l.Position()
	if at >= end {
		return false, nil
	}
	l.moneyMu.Lock()
	defer l.moneyMu.Unlock()
	if err := l.remember(end); err != nil { // for the numbers of accounts
		return false, err
	}
	r := l.shares.Read(at)
	defer func() { err = errors.Join(err, r.Close()) }()
	folded := false
	err = l.update(func(tx store.Tx) error {
		f := newFold(tx, l.money)
		f.ahead = f.newAhead(l.shares, at)
		defer f.ahead.close()
		for n := 0; n < limit && !f.full() && at < end; n++ {
			f.ahead.look(f)
			rec, pos, err := r.Next()
			if err == io.EOF {
				return io.ErrUnexpectedEOF
			}
			if err == nil {
				err = f.count(&rec)
			}
			if err != nil {
				return fmt.Errorf("statistics of the record before position %d: %w", pos, err)
			}
			at = pos
		}
		err := errors.Join(f.saveTotals(), f.saveStarts(), tx.Bucket(bucketMeta).Put(keyCounted, u64(uint64(at))))
		folded = err == nil
		return err
	})
	switch {
	case err != nil && folded:
		return false, fmt.Errorf("%w: %w", errWrite, err)
	case err != nil:
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counted = at
	return true, nil
}

// count folds a record into the statistics alone.
func (f *fold) count(rec *sharelog.Record) error {
	switch rec.Kind {
	case sharelog.KindShare:
		s := rec.Share
		row, err := f.worker(name{s.Pool, s.Account, s.Worker})
		if err != nil {
			return err
		}
		return f.countShare(row, s, WorkOf(s.Difficulty))
	case sharelog.KindRejects:
		r := rec.Rejects
		row, err := f.worker(name{r.Pool, r.Account, r.Worker})
		if err != nil {
			return err
		}
		return f.countRejects(row, r)
	case sharelog.KindJob:
		return f.countJob(rec.Job)
	case sharelog.KindBlock:
		return f.countBlock(rec.Block)
	}
	return nil
}
