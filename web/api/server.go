package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options are what an API is made of.
type Options struct {
	Source Source
	Logger *slog.Logger // nil: none

	OpenAPI, OpenAPIJSON []byte // the description

	// StratumHost is the name that miners reach the pool by; empty: the one that a
	// visitor's request was sent to.
	StratumHost string

	// PublicPool is the pool that the endpoints for widgets are about; empty turns
	// them off.
	PublicPool string

	// Token opens the operator's part; empty turns it off. Plain allows it over
	// plain HTTP from other machines.
	Token string
	Plain bool
	// Config is what the check of the configuration says; nil: nothing.
	Config func() OperatorConfig

	// Extra are more routes by ServeMux pattern, such as "POST /api/v1/settings".
	// Their handlers do all by themselves but the refusal of other methods.
	Extra map[string]http.Handler

	MaxListeners   int // of events at one time; 0: 1000
	VisitorListens int // and of one visitor, by its address; 0: 50
}

// Server is the API. Run keeps its events going.
type Server struct {
	o      Options
	log    *slog.Logger
	mux    *http.ServeMux
	cache  *cache
	hub    *hub
	found  publicFound
	wrong  *guesses
	routes []string // patterns
}

// New makes an API. It does no I/O.
func New(o Options) *Server {
	s := &Server{o: o, log: o.Logger, mux: http.NewServeMux(), cache: newCache()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.hub = newHub(o.Source, o.MaxListeners, o.VisitorListens, s.log)
	s.wrong = newGuesses(s.log)
	s.publicRoutes()
	s.operatorRoutes()
	if o.PublicPool != "" {
		s.publicPoolRoutes()
	}
	for pattern, h := range o.Extra {
		s.routes = append(s.routes, pattern)
		s.mux.Handle(pattern, h)
	}
	slices.Sort(s.routes)
	return s
}

// Run sends events until ctx ends; then all listeners are let go.
func (s *Server) Run(ctx context.Context) error { return s.hub.run(ctx) }

// Block tells who listens that a block has changed its state. It never blocks.
func (s *Server) Block(b LiveBlock) { s.hub.block(b) }

// Routes are the patterns that are served, sorted.
func (s *Server) Routes() []string { return slices.Clone(s.routes) }

// methods are those that a path may be asked with.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// allowed are the methods that a request's path is served for.
func (s *Server) allowed(r *http.Request) (all []string) {
	probe := *r
	for _, m := range methods {
		probe.Method = m
		if _, pattern := s.mux.Handler(&probe); strings.HasPrefix(pattern, m) || m == http.MethodHead && pattern != "" {
			all = append(all, m)
		}
	}
	if len(all) > 0 {
		all = append(all, http.MethodOptions)
	}
	return all
}

// ServeHTTP answers what begins with /api/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if !strings.HasPrefix(r.URL.Path, operatorPath) {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
	}
	if len(r.URL.RequestURI()) > maxURL {
		sendProblem(w, r, Problemf(ErrTooLong, "the address of the request has more than %d characters", maxURL))
		return
	}
	if _, pattern := s.mux.Handler(r); pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	allow := s.allowed(r)
	if len(allow) == 0 {
		sendProblem(w, r, Problemf(ErrNotFound, "nothing is served at %q; /api/v1/openapi.yaml lists what is", r.URL.Path))
		return
	}
	h.Set("Allow", strings.Join(allow, ", "))
	if r.Method != http.MethodOptions {
		sendProblem(w, r, Problemf(ErrBadMethod, "%s is not served at %q; %s are", r.Method, r.URL.Path, strings.Join(allow, ", ")))
		return
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", strings.Join(allow, ", "))
		h.Set("Access-Control-Allow-Headers", "Content-Type, If-None-Match, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "86400")
	}
	w.WriteHeader(http.StatusNoContent)
}

// question is one request, on the way to its answer.
type question struct {
	*params
	r *http.Request
}

func (q *question) path(name string) string { return q.r.PathValue(name) }

// get serves a path. The first half reads the request and returns the second,
// which makes the answer; answers to the same path and parameters are kept.
func (s *Server) get(path string, keep time.Duration, read func(q *question) func(context.Context) (any, error)) {
	s.route(path, func(w http.ResponseWriter, r *http.Request) {
		q := &question{params: newParams(r.URL.RawQuery), r: r}
		makeIt := read(q)
		if err := q.done(); err != nil {
			sendProblem(w, r, err)
			return
		}
		s.answer(w, r, cacheKey(r, q.values), keep, makeIt)
	})
}

// cacheKey is what two requests for one thing have in common, however they spell
// it.
func cacheKey(r *http.Request, values url.Values) string {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = url.PathEscape(plain)
		}
	}
	return strings.Join(parts, "/") + "?" + values.Encode()
}

func (s *Server) route(path string, h http.HandlerFunc) {
	s.routes = append(s.routes, "GET "+path)
	s.mux.HandleFunc("GET "+path, h)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, key string, keep time.Duration, makeIt func(context.Context) (any, error)) {
	a, err := s.cache.get(r.Context(), laneOf(r.URL.Path), key, keep, func(ctx context.Context) *answer {
		a := jsonAnswer(makeIt(ctx))
		if a.panic != nil {
			s.log.Error("an answer of the API could not be made", "path", r.URL.Path, "error", a.panic)
		}
		return a
	})
	if err != nil {
		sendProblem(w, r, err)
		return
	}
	if a.status >= 500 {
		w.Header().Set("Cache-Control", "no-store")
		if a.status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
	} else {
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(keep/time.Second)))
	}
	a.send(w, r)
}
