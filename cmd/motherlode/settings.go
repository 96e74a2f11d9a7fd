package main

import (
	"net/http"

	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/settings"
)

// settingsRoutes are what accounts set by signed messages, for the API to mount.
func settingsRoutes(e *engine.Engine) map[string]http.Handler {
	h, routes := e.SettingsHandler(), map[string]http.Handler{}
	for _, pattern := range settings.Patterns() {
		routes[pattern] = h
	}
	return routes
}
