package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

const operatorPath = "/api/v1/operator/"

// Orders of sessions: what comes first.
const (
	BySince   = "since"   // the oldest
	ByRefused = "refused" // the most refused shares
	ByRTT     = "rtt"     // the slowest answer to a ping
	BySilent  = "silent"  // the longest without a share
)

func (s *Server) operatorRoutes() {
	src := s.o.Source
	s.operator("nodes", func(*question) maker {
		return func(context.Context) (any, error) {
			all, err := src.OperatorCoins()
			return map[string]any{"coins": list(all)}, err
		}
	})
	s.operator("plugins", func(*question) maker {
		return func(context.Context) (any, error) {
			all, err := src.OperatorPlugins()
			return map[string]any{"plugins": list(all)}, err
		}
	})
	s.operator("bans", func(*question) maker {
		return func(context.Context) (any, error) {
			all, err := src.OperatorBans()
			return map[string]any{"bans": list(all)}, err
		}
	})
	s.operator("payments", func(q *question) maker {
		pool, chain, p := q.text("pool"), q.text("chain"), q.page("payments")
		return func(context.Context) (any, error) {
			rows, next, err := src.OperatorPayments(pool, chain, p)
			return map[string]any{"payments": list(rows), "next": numberCursor("payments", next)}, err
		}
	})
	s.operator("config", func(*question) maker {
		return func(context.Context) (any, error) {
			var c OperatorConfig
			if s.o.Config != nil {
				c = s.o.Config()
			}
			for _, p := range src.About().Problems {
				c.Problems = append(c.Problems, p.Text)
			}
			c.Warnings, c.Problems = list(c.Warnings), list(c.Problems)
			return c, nil
		}
	})
	s.operator("sessions", s.sessions)
	s.operator("journal", func(q *question) maker {
		pool := q.text("pool")
		return func(context.Context) (any, error) {
			all, err := src.OperatorIncidents(pool)
			return map[string]any{"incidents": list(all), "token": s.wrong.view()}, err
		}
	})
}

// sessions is a page of sessions, which is counted from their start in the wanted
// order: they come and go meanwhile.
func (s *Server) sessions(q *question) maker {
	pool, order, limit := q.text("pool"), q.oneOf("sort", BySince, BySince, ByRefused, ByRTT, BySilent), q.limit()
	from := 0
	if c := q.cursor("sessions"); c != "" {
		n, err := strconv.Atoi(c)
		if err != nil || n < 0 {
			q.wrong("cursor", "is none of this list")
		}
		from = n
	}
	return func(context.Context) (any, error) {
		rows, all, closed, err := s.o.Source.OperatorSessions(pool, order, from, limit)
		var next *string
		if n := from + len(rows); n < all {
			next = encodeCursor("sessions", strconv.Itoa(n))
		}
		return map[string]any{"sessions": list(rows), "closed": list(closed), "next": next}, err
	}
}

// operator serves a path to who has the token. Nothing is kept.
func (s *Server) operator(name string, read func(*question) maker) {
	s.route(operatorPath+name, func(w http.ResponseWriter, r *http.Request) {
		if err := s.mayOperate(r); err != nil {
			switch err.Kind {
			case ErrUnauthorized:
				w.Header().Set("WWW-Authenticate", `Bearer realm="motherlode"`)
			case ErrTooMany:
				w.Header().Set("Retry-After", strconv.Itoa(int(guessEvery/time.Second)))
			}
			sendProblem(w, r, err)
			return
		}
		q := &question{params: newParams(r.URL.RawQuery), r: r}
		makeIt := read(q)
		if err := q.done(); err != nil {
			sendProblem(w, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), makeWait)
		defer cancel()
		a := s.cache.makeOne(ctx, laneOperator, func(ctx context.Context) *answer { return jsonAnswer(makeIt(ctx)) })
		if a == nil {
			sendProblem(w, r, Problemf(ErrBusy, "too many answers are being made; come back in a second"))
			return
		}
		if a.panic != nil {
			s.log.Error("an answer of the API could not be made", "path", r.URL.Path, "error", a.panic)
		}
		h := w.Header()
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Vary", "Authorization")
		if a.status == http.StatusServiceUnavailable {
			h.Set("Retry-After", "1")
		}
		a.send(w, r)
	})
}

// mayOperate says why a request may not see the operator's part.
func (s *Server) mayOperate(r *http.Request) *Problem {
	if s.o.Token == "" {
		return Problemf(ErrNotFound, "the operator's part is off; http.operator_token_file turns it on")
	}
	if !s.o.Plain && !private(r) {
		return Problemf(ErrForbidden, "the token would go over the network in plain text: ask from the pool's own machine, through a reverse proxy with TLS on it "+
			"or an SSH tunnel (ssh -L), or set http.operator_plain where the network between is your own")
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	from, _ := visitor(r)
	if token != "" && s.wrong.wait(from) > 0 {
		return Problemf(ErrTooMany, "too many wrong tokens came from %s; come back in %d seconds with the right one", from, int(guessEvery/time.Second))
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.o.Token))
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
		if token != "" {
			s.wrong.wrong(from, r.RemoteAddr, r.URL.Path)
		}
		return Problemf(ErrUnauthorized, "send the token of http.operator_token_file as the header Authorization: Bearer TOKEN")
	}
	return nil
}

// private reports whether nobody on the network hears the request: it came by TLS,
// or from this machine, where a proxy has not said that it got it in plain text.
func private(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	if err != nil || !a.Unmap().IsLoopback() {
		return false
	}
	for _, proto := range r.Header.Values("X-Forwarded-Proto") {
		if !strings.EqualFold(strings.TrimSpace(proto), "https") {
			return false
		}
	}
	if len(r.Header.Values("X-Forwarded-Proto")) > 0 {
		return true
	}
	// A proxy that does not say so may have got it from anywhere. One that leaves no trace
	// of itself cannot be told from a program of this machine.
	return r.ProtoAtLeast(1, 1) && !slices.ContainsFunc(proxyMarks, func(name string) bool { return len(r.Header.Values(name)) > 0 })
}

// proxyMarks are header fields by which proxies are known. Some ask in HTTP/1.0, too,
// which no browser does.
var proxyMarks = []string{
	"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Ssl", "X-Forwarded-Scheme",
	"X-Original-Host", "X-Real-Ip", "X-Client-Ip", "Cf-Connecting-Ip", "True-Client-Ip",
}
