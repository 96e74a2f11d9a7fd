package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/web/api"
)

// site is all that http.listen serves. What begins with /api is the API's alone:
// a test holds its routes to web/openapi.yaml, which so has all of them.
type site struct {
	api  *api.Server
	rest http.Handler // pages, status, metrics, share log
}

// Times of a request. Events and the share log's days, which may take as long as
// they like, set their own.
const (
	headerTime = 5 * time.Second
	readTime   = 30 * time.Second
	writeTime  = time.Minute
	idleTime   = time.Minute
	headerSize = 16 << 10
)

// server serves the site.
func (s *site) server() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
	}
}

// ServeHTTP answers from the API or from the rest.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; p == "/api" || strings.HasPrefix(p, "/api/") {
		s.api.ServeHTTP(w, r)
		return
	}
	s.rest.ServeHTTP(w, r)
}
