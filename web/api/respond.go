package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
	leastGzip   = 1000 // bytes below which gzip saves no packet
)

// answer is what is sent, as often as it is asked for.
type answer struct {
	status int
	kind   string // Content-Type
	body   []byte
	etag   string
	panic  any // why it could not be made

	once  sync.Once
	small []byte // gzip
}

func newAnswer(status int, kind string, body []byte) *answer {
	sum := sha256.Sum256(body)
	return &answer{status: status, kind: kind, body: body, etag: `W/"` + hex.EncodeToString(sum[:8]) + `"`}
}

// jsonAnswer is v, or err as a problem.
func jsonAnswer(v any, err error) *answer {
	if err != nil {
		p := problemOf(err)
		raw, _ := json.Marshal(p) // plain fields
		a := newAnswer(p.Status(), problemType, append(raw, '\n'))
		if p.Kind == ErrInternal {
			a.panic = err
		}
		return a
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return jsonAnswer(nil, fmt.Errorf("encoding %T: %w", v, err))
	}
	return newAnswer(http.StatusOK, jsonType, b.Bytes())
}

func panicked(r any) *answer {
	return jsonAnswer(nil, fmt.Errorf("panic: %v", r))
}

func (a *answer) size() int { return len(a.body) + len(a.body)/4 + 200 }

// gzipped is the body as gzip, made when it is first wanted; nil where that is of
// no use.
func (a *answer) gzipped() []byte {
	if len(a.body) < leastGzip {
		return nil
	}
	a.once.Do(func() {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level exists
		_, _ = z.Write(a.body)                          // into memory
		_ = z.Close()
		a.small = b.Bytes()
	})
	return a.small
}

// send writes the answer, or 304 where the visitor has it.
func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("ETag", a.etag)
	h.Add("Vary", "Accept-Encoding")
	if a.status == http.StatusOK && matches(r.Header.Values("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if accepts(r.Header.Values("Accept-Encoding")) {
		if small := a.gzipped(); small != nil {
			body = small
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor that has gone is nobody to tell
	}
}

// matches reports whether one of the tags is ours; weak comparison, RFC 9110 13.1.2.
func matches(values []string, etag string) bool {
	for _, tag := range strings.Split(strings.Join(values, ","), ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// accepts reports whether gzip may be sent. What is said of gzip wins over what is said
// of all, RFC 9110 12.5.3.
func accepts(values []string) bool {
	others := false
	for _, part := range strings.Split(strings.ToLower(strings.Join(values, ",")), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q="), 64)
		takes := q == "" || err == nil && weight > 0
		switch strings.TrimSpace(name) {
		case "gzip":
			return takes
		case "*":
			others = takes
		}
	}
	return others
}

// sendProblem writes a problem that is not worth keeping.
func sendProblem(w http.ResponseWriter, r *http.Request, err error) {
	a := jsonAnswer(nil, err)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if a.status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "1")
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body)
	}
}
