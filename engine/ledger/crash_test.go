package ledger

import (
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// TestCrashAtEveryWrite has the ledger commit every record by itself, crash at the
// commit of each before it succeeds, and start anew behind each: as many crashes
// and restarts as there are writes. It ends equal to the model and to a ledger that
// folded everything at once.
func TestCrashAtEveryWrite(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 17))
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	for range fewer(80) {
		mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
	}
	path := filepath.Join(dir, "db")
	writes := 0
	for {
		l := mustLedger(t, path, log)
		if db, ok := l.db.(interface{ SetNoSync() }); ok {
			db.SetNoSync()
		}
		crashed := foldOne(t, l, log, true)
		done := foldOne(t, l, log, false)
		if crashed != done {
			t.Fatal("a crash changed what there is to fold")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if done {
			break
		}
		writes++
	}
	l := mustLedger(t, path, log)
	run(t, l, log)
	compare(t, l, model(t, log))
	compareMoney(t, l, log)
	compareCarries(t, l, log)
	compareStatistics(t, l, log)
	again := mustLedger(t, filepath.Join(dir, "again"), log)
	run(t, again, log)
	if a, b := dump(t, l), dump(t, again); !reflect.DeepEqual(a, b) {
		t.Error("a ledger folded again from the log differs")
	}
	if least := int(fewer(220)); writes < least {
		t.Errorf("%d writes, want at least %d", writes, least)
	}
}

// foldOne folds one record and commits it, or crashes at the commit. It reports
// that there is none.
func foldOne(t *testing.T, l *Ledger, log *sharelog.Log, crash bool) (end bool) {
	t.Helper()
	failed := errors.New("crash")
	r := log.Read(l.Position())
	defer r.Close()
	if err := l.remember(l.position); err != nil {
		t.Fatal(err)
	}
	var at sharelog.Position
	err := l.db.Update(func(tx store.Tx) error {
		rec, pos, err := r.Next()
		if err != nil {
			return err
		}
		f := newFold(tx, l.money)
		if err := f.record(&rec); err != nil {
			return err
		}
		at = pos
		err = f.commit(at)
		if crash {
			return errors.Join(err, failed)
		}
		return err
	})
	switch {
	case errors.Is(err, io.EOF):
		return true
	case crash && errors.Is(err, failed):
		l.money = nil
	case err != nil:
		t.Fatal(err)
	default:
		l.committed(at, true)
	}
	return false
}
