package main

import (
	"net/http"

	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/settings"
)

// withSettings adds what accounts set by signed messages to what rest serves.
func withSettings(e *engine.Engine, rest http.Handler) http.Handler {
	h := e.SettingsHandler()
	mux := http.NewServeMux()
	mux.Handle(settings.Path, h)
	mux.Handle(settings.Path+"/message", h)
	mux.Handle("/", rest)
	return mux
}
