package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/sharedays"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// inParts lets an answer take as long as the visitor goes on reading it.
func inParts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &parts{w, http.NewResponseController(w)}
		next.ServeHTTP(p, r)
	})
}

// parts gives each write the time that else a whole answer has.
type parts struct {
	http.ResponseWriter
	ctrl *http.ResponseController
}

// Unwrap is what http.ResponseController looks for.
func (p *parts) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write writes a part.
func (p *parts) Write(b []byte) (int, error) {
	_ = p.ctrl.SetWriteDeadline(time.Now().Add(writeTime))
	return p.ResponseWriter.Write(b)
}

// withShareLog offers the share log's days for download in front of next, where
// the operator says so.
func withShareLog(ctx context.Context, group *errgroup.Group, cfg configs.HTTP, e *engine.Engine, log *slog.Logger, next http.Handler) http.Handler {
	if !cfg.ShareLog {
		return next
	}
	var days atomic.Pointer[sharelog.Days]
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-e.Ready():
		}
		d := sharelog.NewDays(e.ShareLog())
		days.Store(d)
		if err := d.Run(ctx); err != nil { // the pool goes on; who asks is told as well
			log.Error("the share log cannot be offered for download", "error", err)
		}
		return nil
	})
	mux := http.NewServeMux()
	mux.Handle(sharedays.Path, inParts(sharedays.Handler(days.Load)))
	mux.Handle("/", next)
	return mux
}
