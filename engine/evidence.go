package engine

import (
	"net/http"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// ShareLog is the engine's share log, for those who read it. It may be called
// once Ready is closed; the log is closed when Run returns.
func (e *Engine) ShareLog() *sharelog.Log { return e.shareLog }

// showLedger answers GET /ledger: a copy of all rows of one moment. It has an end by
// which who reads it knows that it is whole.
func (e *Engine) showLedger(w http.ResponseWriter, _ *http.Request) {
	out := &begun{ResponseWriter: w}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := e.ledger.Copy(out); err != nil && !out.yes {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// begun is an answer that knows whether a part of it was sent.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}
