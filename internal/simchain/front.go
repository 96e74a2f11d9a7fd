package simchain

import (
	"context"
	"crypto/subtle"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of the front, after Core.
const (
	maxBody    = 32 << 20
	authPause  = 250 * time.Millisecond // before the answer to a wrong password
	cookieUser = "__cookie__"
)

// front is the HTTP side of a node from one opening of its port to the next.
type front struct {
	n       *Node
	up      context.Context // ends when the port closes
	threads chan struct{}
	waiting atomic.Int64
	busy    sync.RWMutex // held for reading by each request
}

func newFront(up context.Context, n *Node) *front {
	return &front{n: n, up: up, threads: make(chan struct{}, n.cfg.Threads)}
}

// wait returns when no request is worked on any more.
func (f *front) wait() {
	f.busy.Lock()
	defer f.busy.Unlock()
}

// ServeHTTP answers one request.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.busy.RLock()
	defer f.busy.RUnlock()
	if r.Method != http.MethodPost {
		http.Error(w, "JSONRPC server handles only POST requests", http.StatusMethodNotAllowed)
		return
	}
	if !f.allowed(r) {
		f.pause(r, authPause)
		w.Header().Set("WWW-Authenticate", `Basic realm="jsonrpc"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	in := parseCall(body)
	if !in.control() {
		if !f.hold(r) {
			panic(http.ErrAbortHandler)
		}
		if !f.enter() {
			http.Error(w, "Work queue depth exceeded", http.StatusServiceUnavailable)
			return
		}
		defer func() { <-f.threads }()
	}
	status, reply := f.n.answer(f.up, in)
	if !in.control() && f.n.fault().loseReplies {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(reply)
}

// allowed compares user and password with the configured ones and the cookie.
func (f *front) allowed(r *http.Request) bool {
	c := &f.n.cfg
	if c.User == "" && c.Password == "" && c.CookieFile == "" {
		return true
	}
	user, password, _ := r.BasicAuth()
	is := func(u, p string) bool {
		return subtle.ConstantTimeCompare([]byte(user+":"+password), []byte(u+":"+p)) == 1
	}
	return c.Password != "" && is(c.User, c.Password) || c.CookieFile != "" && is(cookieUser, f.n.cookie)
}

// pause waits, at most until the caller has gone or the port closes.
func (f *front) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-f.up.Done():
	}
}

// hold keeps a request while the node stalls or is slow. It is false if there
// is nobody left to answer.
func (f *front) hold(r *http.Request) bool {
	for {
		now := f.n.fault()
		if now.stall == nil {
			f.pause(r, now.slow)
			return r.Context().Err() == nil && f.up.Err() == nil
		}
		select {
		case <-now.stall:
		case <-r.Context().Done():
			return false
		case <-f.up.Done():
			return false
		}
	}
}

// enter waits for an RPC thread. It is false if too many wait already. As on a
// real node a call whose caller has gone keeps its place.
func (f *front) enter() bool {
	select {
	case f.threads <- struct{}{}:
		return true
	default:
	}
	defer f.waiting.Add(-1)
	if f.waiting.Add(1) > int64(f.n.cfg.Queue) {
		return false
	}
	select {
	case f.threads <- struct{}{}:
		return true
	case <-f.up.Done():
		return false
	}
}

// isControl reports whether a method belongs to the control set, which no fault
// touches.
func isControl(method string) bool { return strings.HasPrefix(method, "sim_") }
