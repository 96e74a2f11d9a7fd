package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// fakeCKPool has one document of each kind.
type fakeCKPool struct {
	made atomic.Int32
	err  error
}

func (f *fakeCKPool) document(text string) ([]byte, error) {
	f.made.Add(1)
	return []byte(text), f.err
}

func (f *fakeCKPool) PoolStatus() ([]byte, error) { return f.document("{\"runtime\": 1}\n{}\n{}\n") }

func (f *fakeCKPool) User(_ context.Context, address string) ([]byte, error) {
	if address == "nobody" {
		return nil, Problemf(ErrNotFound, "nobody has mined for %q here", address)
	}
	return f.document("user " + address)
}

func (f *fakeCKPool) Worker(_ context.Context, user string) ([]byte, error) {
	return f.document("worker " + user)
}

func TestCKPoolRoutes(t *testing.T) {
	h := newServer(&fake{}).CKPool(&fakeCKPool{})
	for name, c := range map[string]struct {
		method, path string
		status       int
		kind, body   string
	}{
		"the pool":             {"GET", "/pool/pool.status", 200, linesType, "{\"runtime\": 1}\n{}\n{}\n"},
		"around a cache":       {"GET", "/pool/pool.status?_=17", 200, linesType, "{\"runtime\": 1}"},
		"a user":               {"GET", "/users/bc1q", 200, jsonType, "user bc1q"},
		"a worker":             {"GET", "/workers/bc1q.rig1", 200, jsonType, "worker bc1q.rig1"},
		"bound addresses":      {"GET", "/users/bc1q/namecoin:N1", 200, jsonType, "user bc1q/namecoin:N1"},
		"bound, encoded":       {"GET", "/users/bc1q%2Fnamecoin:N1", 200, jsonType, "user bc1q/namecoin:N1"},
		"the head":             {"HEAD", "/users/bc1q", 200, jsonType, ""},
		"who is not there":     {"GET", "/users/nobody", 404, problemType, "nobody has mined"},
		"no name":              {"GET", "/users/", 404, problemType, "an address has"},
		"too long a name":      {"GET", "/workers/" + strings.Repeat("a", maxAddress+1), 404, problemType, "an address has"},
		"too long":             {"GET", "/users/" + strings.Repeat("a", maxURL), 414, problemType, "more than"},
		"nothing is written":   {"PUT", "/users/bc1q", 405, problemType, "GET and HEAD are"},
		"nothing else of pool": {"GET", "/pool/pool.txns", 404, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			resp := ask(h, c.method, c.path)
			body := mustBody(t, resp)
			if resp.StatusCode != c.status || c.kind != "" && resp.Header.Get("Content-Type") != c.kind || !strings.Contains(body, c.body) {
				t.Errorf("got %s, %s, %q, want %d, %s, %q", resp.Status, resp.Header.Get("Content-Type"), body, c.status, c.kind, c.body)
			}
			if c.method == "HEAD" && body != "" {
				t.Errorf("the head has the body %q", body)
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("pages of other sites may not read it: %q", got)
			}
		})
	}
}

// A document is made once for all who ask in a while, and what cannot be made is not
// kept.
func TestCKPoolKeepsDocuments(t *testing.T) {
	f := &fakeCKPool{}
	h := newServer(&fake{}).CKPool(f)
	first := ask(h, "GET", "/users/a?x=1")
	for _, path := range []string{"/users/a", "/users/a?x=2"} {
		if resp := ask(h, "GET", path, "If-None-Match: "+first.Header.Get("ETag")); resp.StatusCode != http.StatusNotModified {
			t.Errorf("%s: got %s, want 304", path, resp.Status)
		}
	}
	if n := f.made.Load(); n != 1 {
		t.Errorf("made %d times, want once", n)
	}
	f.err = errors.New("ledger is away: secret")
	for range 2 {
		resp := ask(h, "GET", "/workers/a")
		if body := mustBody(t, resp); resp.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %s, %q, %q", resp.Status, body, resp.Header.Get("Cache-Control"))
		}
	}
	if n := f.made.Load(); n != 3 {
		t.Errorf("made %d times, want 3", n)
	}
}
