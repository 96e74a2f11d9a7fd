package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
	"github.com/motherlode-pool/motherlode/engine/store/postgres"
)

// files opens the ledger of a pool that does not run, to be read, and closed by
// done. Nothing is made or changed: whoever asks may be another user than the pool's,
// which could not open what they leave behind. Where there is nothing yet it is
// control.ErrNotRunning.
func (o *operating) files(context.Context) (l *ledger.Ledger, done func() error, err error) {
	dir := o.cfg.DataDir
	log, err := sharelog.OpenView(filepath.Join(dir, "shares"))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, sharelog.ErrNone):
		return nil, nil, fmt.Errorf("there is nothing to list yet, and %w", control.ErrNotRunning)
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, notOurs(err)
	case err != nil:
		return nil, nil, err
	}
	l, err = openView(dir, o.cfg.Database, o.bare)
	if err != nil {
		return nil, nil, err
	}
	if end, at := log.End(), l.Position(); at < end {
		fmt.Fprintf(o.notes, "note: the ledger has not come to the end of the share log, %d bytes of it are not counted here; the next start of the pool counts them\n", end-at)
	}
	return l, l.Close, nil
}

// notOurs is err of a file that the pool's user alone may read.
func notOurs(err error) error { return fmt.Errorf("%w (%w)", control.ErrForbidden, err) }

// openView opens the ledger for reading: the file in dir, or the database.
func openView(dir, database string, bare bool) (*ledger.Ledger, error) {
	if database != "" {
		return viewDatabase(database)
	}
	path := filepath.Join(dir, "ledger.db")
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && bare: // it may be in a database that only the file names
		return nil, control.ErrNotRunning
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no ledger in %s, though a share log is there: the next start of the pool makes it of the log", dir)
	}
	db, err := boltdb.OpenView(path)
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, fmt.Errorf("the ledger %s is in use by a process that does not answer", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, notOurs(err)
	case err != nil:
		return nil, fmt.Errorf("the ledger %s cannot be read: %w", path, err)
	}
	l, err := ledger.View(db)
	if err != nil {
		return nil, fmt.Errorf("the ledger %s cannot be read: %w", path, err)
	}
	return l, nil
}

func viewDatabase(database string) (*ledger.Ledger, error) {
	answer, err := postgres.Check(database)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the ledger in PostgreSQL cannot be read: %w", err)
	case !answer.Made:
		return nil, fmt.Errorf("there is no ledger yet in PostgreSQL (%s): the next start of the pool makes it", answer.Where)
	case answer.InUse:
		return nil, fmt.Errorf("the ledger in PostgreSQL (%s) is in use by a process that does not answer", answer.Where)
	}
	db, err := postgres.New(database, postgres.Options{})
	if err != nil {
		return nil, err
	}
	l, err := ledger.View(db)
	if err != nil {
		return nil, fmt.Errorf("the ledger in PostgreSQL cannot be read: %w", err)
	}
	return l, nil
}
