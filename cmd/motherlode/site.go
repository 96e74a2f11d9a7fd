package main

import (
	"net/http"
	"strings"

	"github.com/motherlode-pool/motherlode/web/api"
)

// site is all that http.listen serves. What begins with /api is the API's alone:
// a test holds its routes to web/openapi.yaml, which so has all of them.
type site struct {
	api  *api.Server
	rest http.Handler // pages, status, metrics, share log
}

// ServeHTTP answers from the API or from the rest.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; p == "/api" || strings.HasPrefix(p, "/api/") {
		s.api.ServeHTTP(w, r)
		return
	}
	s.rest.ServeHTTP(w, r)
}
