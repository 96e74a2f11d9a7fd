package ledger

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/postgres"
)

func openPostgres(log *sharelog.Log, o Options) (*Ledger, error) {
	db, err := postgres.New(o.Database, postgres.Options{Logger: o.Logger, Setup: views})
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	l, err := New(db, log, o)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger in PostgreSQL: %w", err)
	}
	return l, nil
}

// passes reports whether a failure to fold may be over at the next try.
func passes(err error) bool {
	return !errors.Is(err, store.ErrBroken) && (errors.Is(err, errWrite) || errors.Is(err, store.ErrFailed) || errors.Is(err, store.ErrLocked))
}

// turn folds what there is to fold. After a failure it reads where the database is
// first: the last commit may have taken place although its answer was lost.
func (l *Ledger) turn(r **sharelog.Reader) (more bool, err error) {
	if l.isUnsure() {
		if err := l.prepare(); err != nil {
			return false, err
		}
		if g, ok := l.db.(*gate); ok {
			g.open.Store(true)
		}
		if err := (*r).Close(); err != nil {
			return false, err
		}
		*r = l.shares.Read(l.Position()) // nothing of the failed fold remains
	}
	more, err = l.step(*r)
	if err == nil && !more {
		more, err = l.countStep(maxRecords)
	}
	return more, err
}

func (l *Ledger) isUnsure() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unsure
}

// waitFor has Run open the database.
func (l *Ledger) waitFor(err error) {
	l.db = &gate{Store: l.db}
	l.unsure, l.trouble = true, err
	l.log.Error("the ledger's database does not answer; mining begins, and the ledger follows once it does", "error", err)
}

// gate keeps queries off a database that was not prepared yet.
type gate struct {
	store.Store
	open atomic.Bool
}

func (g *gate) View(f func(store.Tx) error) error {
	if !g.open.Load() {
		return fmt.Errorf("%w: it has not answered since the start", store.ErrFailed)
	}
	return g.Store.View(f)
}
