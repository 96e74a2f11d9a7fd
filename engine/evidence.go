package engine

import (
	"net/http"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// ShareLog is the engine's share log, for those who read it. It may be called
// once Ready is closed; the log is closed when Run returns.
func (e *Engine) ShareLog() *sharelog.Log { return e.shareLog }

// copyStall is how long who asked for a copy of the ledger may take nothing of it: while
// the copy is read, the ledger's file cannot grow.
const copyStall = 10 * time.Second

// showLedger answers GET /ledger: a copy of all rows of one moment. It has an end by
// which who reads it knows that it is whole.
func (e *Engine) showLedger(w http.ResponseWriter, _ *http.Request) {
	out := &begun{w: w, control: http.NewResponseController(w), stall: copyStall}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := e.ledger.Copy(out); err != nil && !out.yes {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// begun is an answer that knows whether a part of it was sent, and that fails where
// nobody takes the next one.
type begun struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	yes     bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	if err := b.control.SetWriteDeadline(time.Now().Add(b.stall)); err != nil {
		return 0, err
	}
	return b.w.Write(p)
}
