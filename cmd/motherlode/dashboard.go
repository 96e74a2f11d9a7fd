package main

import (
	"net/http"

	"github.com/motherlode-pool/motherlode/web/dashboard"
)

// withDashboard serves the pages beside the status and the metrics.
func withDashboard(status http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/metrics", "/status", "/status.txt", "/healthz"} {
		mux.Handle(path, status)
	}
	mux.Handle("/", dashboard.Handler())
	return mux
}
