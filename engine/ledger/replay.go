package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// Source is a share log to replay: a Log, or a View of one.
type Source interface {
	Start() sharelog.Position
	End() sharelog.Position
	Read(from sharelog.Position) *sharelog.Reader
	Section(first, last sharelog.Position) *sharelog.Section
}

var (
	_ Source = (*sharelog.Log)(nil)
	_ Source = (*sharelog.View)(nil)
)

// replay is a log that is folded from its first record up to where a ledger is.
type replay struct {
	db      store.Store
	log     Source
	until   sharelog.Position
	schemes sharelog.Position // where the ledger has saved its schemes last

	limit int // of records in one transaction

	at      sharelog.Position
	records uint64
	money   *money
}

func newReplay(db store.Store, log Source, head *copyHead) *replay {
	return &replay{db: db, log: log, until: head.position, schemes: head.schemes, limit: maxRecords}
}

// run folds all into an empty database.
func (r *replay) run(ctx context.Context) error {
	switch start, end := r.log.Start(), r.log.End(); {
	case start > 0:
		return fmt.Errorf("%w: it begins at %d, and a ledger can be made again from the first record alone", ErrLogGone, start)
	case r.until > end:
		return fmt.Errorf("%w: it has folded up to %d and the log ends at %d", ErrLogLost, r.until, end)
	}
	empty := &Ledger{db: r.db}
	err := r.db.Update(func(tx store.Tx) error {
		_, err := empty.prepareBuckets(tx)
		return err
	})
	if err != nil {
		return err
	}
	r.money = newMoney()
	in := r.log.Read(0)
	defer in.Close()
	for r.at < r.until {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.db.Update(func(tx store.Tx) error { return r.some(tx, in) }); err != nil {
			return fmt.Errorf("replaying the share log: %w", err)
		}
	}
	return nil
}

// some folds what fits into one transaction. One ends where the ledger has saved its
// schemes, so that they are saved here at the same place.
func (r *replay) some(tx store.Tx, in *sharelog.Reader) error {
	f := newFold(tx, r.money)
	for n := 0; n < r.limit && f.rows < maxRows && r.at < r.until; n++ {
		rec, pos, err := in.Next()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if pos > r.until {
			return fmt.Errorf("%w: it has folded up to %d, and there is a record from %d to %d", ErrDamaged, r.until, r.at, pos)
		}
		if err := f.record(&rec); err != nil {
			return fmt.Errorf("record before position %d: %w", pos, err)
		}
		before := r.at
		r.at = pos
		r.records++
		if before < r.schemes && pos >= r.schemes {
			f.save = true
			break
		}
	}
	return f.commit(r.at)
}
