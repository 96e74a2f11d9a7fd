package ledger

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// folding runs the ledger until the test ends.
func folding(t *testing.T, l *Ledger) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func mustSync(t *testing.T, l *Ledger, log *sharelog.Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := l.Sync(ctx, log.End()); err != nil {
		t.Fatalf("%v; trouble: %v", err, l.Trouble())
	}
}

// TestKillsOfPostgreSQL kills connections and the whole server with kill -9 at
// random moments, while the ledger commits one small transaction after the other.
// It ends equal to the model and to a ledger that folded everything in peace.
func TestKillsOfPostgreSQL(t *testing.T) {
	mustPostgres(t)
	rng := rand.New(rand.NewPCG(5, 5))
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	l, err := Open("", log, Options{Database: databaseAt(t, "a"), Interval: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.retry = time.Millisecond
	stop := folding(t, l)
	before := log.End()
	for kill := range 14 {
		for end := time.Now().Add(time.Duration(rng.IntN(40)) * time.Millisecond); time.Now().Before(end); {
			mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
			at := l.Position() // some commits begin before the next record
			for until := time.Now().Add(time.Millisecond); l.Position() == at && time.Now().Before(until); {
				time.Sleep(50 * time.Microsecond)
			}
		}
		if kill%5 == 4 {
			server.Kill()
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
		} else {
			server.MustExec(t, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'motherlode' and pid <> pg_backend_pid()")
		}
		mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
		mustSync(t, l, log)
	}
	if log.End() == before {
		t.Fatal("nothing was folded")
	}
	stop()
	mustCatchUp(t, l)
	compare(t, l, model(t, log))
	compareMoney(t, l, log)
	compareStatistics(t, l, log)
	file, err := Open(filepath.Join(dir, "peace"), log, Options{}) // as who changes the database does
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	run(t, file, log)
	if a, b := dump(t, l), dump(t, file); !reflect.DeepEqual(a, b) {
		t.Error("a ledger in a file, folded from the same log, differs")
	}
}

// TestAnswerToACommitIsLost has the server commit and its answer get lost: what is
// folded again must not count twice.
func TestAnswerToACommitIsLost(t *testing.T) {
	mustPostgres(t)
	log := mustLog(t, filepath.Join(t.TempDir(), "shares"))
	l := mustLedger(t, "lost", log)
	l.retry = time.Millisecond
	lost := 0
	l.update = func(f func(store.Tx) error) error {
		if err := l.db.Update(f); err != nil || lost == 3 {
			return err
		}
		lost++
		return store.ErrFailed
	}
	const shares = 5
	for range shares {
		mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 8}) })
	}
	stop := folding(t, l)
	for range shares {
		mustSync(t, l, log)
		mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 8}) })
	}
	mustSync(t, l, log)
	stop()
	if got, err := l.Account("p", "a"); err != nil || got.Accepted != 2*shares || lost == 0 {
		t.Errorf("got %d shares (%v), %d answers lost; want %d", got.Accepted, err, lost, 2*shares)
	}
}

// TestDatabaseIsDown opens the ledger while the server is down, and sees it follow
// once it is up.
func TestDatabaseIsDown(t *testing.T) {
	mustPostgres(t)
	log := mustLog(t, filepath.Join(t.TempDir(), "shares"))
	mustAppend(t, log, func(b *sharelog.Batch) { b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 8}) })
	url := databaseAt(t, "down")
	server.Kill()
	if _, err := Open("", log, Options{Database: url}); !errors.Is(err, store.ErrFailed) {
		t.Errorf("without waiting: got %v, want ErrFailed", err)
	}
	l, err := Open("", log, Options{Database: url, Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Pool("p"); !errors.Is(err, store.ErrFailed) {
		t.Errorf("query while it is down: got %v, want ErrFailed", err)
	}
	if l.Trouble() == nil {
		t.Error("no trouble is told")
	}
	l.retry = time.Millisecond
	stop := folding(t, l)
	defer stop()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	mustSync(t, l, log)
	if got, err := l.Pool("p"); err != nil || got.Accepted != 1 || l.Trouble() != nil {
		t.Errorf("once it is up: got %+v, %v; trouble %v", got, err, l.Trouble())
	}
}
