package api

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// CKPool makes the documents of one pool that monitors of ckpool read, as they are
// sent. Methods may be called as those of a Source; errors are Problems, too.
type CKPool interface {
	PoolStatus() ([]byte, error)
	User(ctx context.Context, address string) ([]byte, error)
	Worker(ctx context.Context, user string) ([]byte, error) // user is ADDRESS.NAME
}

// CKPoolPaths are where ckpool's documents are, as its sites serve them; what ends with
// a slash holds one for each account or worker.
var CKPoolPaths = []string{"/pool/pool.status", "/users/", "/workers/"}

const linesType = "text/plain; charset=utf-8" // three objects, a line each

// CKPool serves a pool's documents at CKPoolPaths. They share the cache of the API.
func (s *Server) CKPool(src CKPool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pool/pool.status", func(w http.ResponseWriter, r *http.Request) {
		s.ckpool(w, r, linesType, func(context.Context) ([]byte, error) { return src.PoolStatus() })
	})
	// An account that has bound addresses of other chains has slashes in its name.
	for path, document := range map[string]func(context.Context, string) ([]byte, error){
		"/users/{address...}": src.User, "/workers/{address...}": src.Worker,
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			name, err := addressOf(r)
			if err != nil {
				sendProblem(w, r, err)
				return
			}
			s.ckpool(w, r, jsonType, func(ctx context.Context) ([]byte, error) { return document(ctx, name) })
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Access-Control-Allow-Origin", "*")
		switch {
		case len(r.URL.RequestURI()) > maxURL:
			sendProblem(w, r, Problemf(ErrTooLong, "the address of the request has more than %d characters", maxURL))
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			sendProblem(w, r, Problemf(ErrBadMethod, "%s is not served at %q; GET and HEAD are", r.Method, r.URL.Path))
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// ckpool answers with a document, made once for all who ask in a while. What stands
// behind a question mark, as pages put there to get around caches, means nothing.
func (s *Server) ckpool(w http.ResponseWriter, r *http.Request, kind string, document func(context.Context) ([]byte, error)) {
	a, err := s.cache.get(r.Context(), laneOf(r.URL.Path), cacheKey(r, nil), keepRows, func(ctx context.Context) *answer {
		body, err := document(ctx)
		if err != nil {
			return jsonAnswer(nil, err)
		}
		return newAnswer(http.StatusOK, kind, body)
	})
	if err != nil {
		sendProblem(w, r, err)
		return
	}
	if a.panic != nil {
		s.log.Error("a document for ckpool's monitors could not be made", "path", r.URL.Path, "error", a.panic)
	}
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(keepRows/time.Second)))
	if a.status >= http.StatusInternalServerError {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Retry-After", "1")
	}
	a.send(w, r)
}
