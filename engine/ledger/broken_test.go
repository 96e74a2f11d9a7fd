package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// TestDamagedDatabaseIsNotTriedAgain ends Run where a commit finds its file
// damaged: no time mends that.
func TestDamagedDatabaseIsNotTriedAgain(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "log"))
	l, err := Open(filepath.Join(dir, "db"), log, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.update = func(f func(store.Tx) error) error {
		return l.db.Update(func(tx store.Tx) error {
			if err := f(tx); err != nil {
				return err
			}
			return fmt.Errorf("page 7: %w", store.ErrBroken)
		})
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Share(&sharelog.Share{Pool: "p", Account: "a", Worker: "w", Difficulty: 64})
	})
	if err := l.Run(t.Context()); !errors.Is(err, store.ErrBroken) {
		t.Errorf("got %v, want %v", err, store.ErrBroken)
	}
}
