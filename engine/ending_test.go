package engine

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

// closing is a database that tells when it is closed.
type closing struct {
	store.Store
	closed chan error
}

func (c closing) Close() error {
	close(c.closed)
	return c.Store.Close()
}

// TestEndingClosesADatabaseThatHangs waits for a part that ends only once the
// database is closed under it.
func TestEndingClosesADatabaseThatHangs(t *testing.T) {
	log, err := sharelog.Open(filepath.Join(t.TempDir(), "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	db, err := boltdb.Open(filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	part := make(chan error)
	l, err := ledger.New(closing{db, part}, log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{log: slog.New(slog.DiscardHandler), ledger: l}
	e.cfg.Database = "postgres://hangs"
	if err := e.ending(part, 0); err != nil {
		t.Error(err)
	}
	select {
	case <-part:
	default:
		t.Error("the database was not closed")
	}
}
