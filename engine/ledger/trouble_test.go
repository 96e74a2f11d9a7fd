package ledger

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// TestFullDiskIsWaitedOut fails commits after they have folded, as a database
// that cannot grow does, and expects nothing lost and nothing counted twice.
func TestFullDiskIsWaitedOut(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "log"))
	l := mustLedger(t, filepath.Join(dir, "ledger.db"), log)
	full := errors.New("no space left on device")
	var failing atomic.Bool
	var tries atomic.Int32
	l.update = func(fold func(store.Tx) error) error {
		return l.db.Update(func(tx store.Tx) error {
			if err := fold(tx); err != nil || !failing.Load() {
				return err
			}
			tries.Add(1)
			return full
		})
	}
	failing.Store(true)
	const shares = 7
	for range shares {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Share(&sharelog.Share{Pool: "p", Account: "a", Worker: "w", Difficulty: 64})
		})
	}

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	end := time.Now().Add(20 * time.Second)
	for tries.Load() < 2 {
		if time.Now().After(end) {
			t.Fatal("the commit was not tried again")
		}
		time.Sleep(time.Millisecond)
	}
	if !errors.Is(l.Trouble(), full) {
		t.Errorf("trouble: got %v, want %v", l.Trouble(), full)
	}
	failing.Store(false)
	if err := l.Sync(t.Context(), log.End()); err != nil {
		t.Fatal(err)
	}
	if l.Trouble() != nil {
		t.Errorf("trouble after a commit: %v", l.Trouble())
	}
	got, err := l.Worker("p", "a", "w")
	if err != nil || got.Accepted != shares {
		t.Errorf("folded %d shares, %v; want %d", got.Accepted, err, shares)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}
