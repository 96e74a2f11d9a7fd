package ledger

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// TestLedgerKnowsItsLog opens a ledger with the log of another pool, whose frames
// end where its own do: the sums of both must not be mixed.
func TestLedgerKnowsItsLog(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "db")
	logs := map[string]*sharelog.Log{}
	for name, shares := range map[string]int{"alice": 10, "bobby": 25} {
		logs[name] = mustLog(t, filepath.Join(dir, name))
		for i := range shares {
			mustAppend(t, logs[name], func(b *sharelog.Batch) {
				b.Share(&sharelog.Share{Time: int64(i), Pool: "p", Account: name, Worker: "w", Difficulty: 1})
			})
		}
	}
	l := mustLedger(t, path, logs["alice"])
	run(t, l, logs["alice"])
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if other, err := openAt(t, path, logs["bobby"]); !errors.Is(err, ErrOtherLog) {
		t.Errorf("with another log: got %v, want %v", err, ErrOtherLog)
		if err == nil {
			other.Close()
		}
	}
	l = mustLedger(t, path, logs["alice"])
	if got, err := l.Account("p", "alice"); err != nil || got.Accepted != 10 {
		t.Errorf("with its own log: %+v, %v", got, err)
	}
}
