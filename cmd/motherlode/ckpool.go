package main

import (
	"net/http"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/web/api"
)

// withCKPool serves a pool's documents where monitors of ckpool look for them, if the
// configuration says so, and next beside.
func withCKPool(cfg *configs.Config, e *engine.Engine, s *api.Server, next http.Handler) http.Handler {
	src := e.CKPool(cfg.CKPoolPool())
	if src == nil {
		return next
	}
	mux, h := http.NewServeMux(), s.CKPool(src)
	for _, path := range api.CKPoolPaths {
		mux.Handle(path, h)
	}
	mux.Handle("/", next)
	return mux
}
