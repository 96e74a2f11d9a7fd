package api

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/motherlode-pool/motherlode/web"
	"github.com/motherlode-pool/motherlode/web/apitest"
)

const token = "0123456789abcdef0123456789abcdef"

func newServer(f *fake) *Server {
	return New(Options{
		Source: f, OpenAPI: web.OpenAPI, OpenAPIJSON: web.OpenAPIJSON, PublicPool: "btc", Token: token,
		Config: func() OperatorConfig { return OperatorConfig{File: "motherlode.toml"} },
	})
}

// ask sends a request from this machine, with header fields as "Name: value".
func ask(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "http://pool.example:8080"+path, nil)
	r.RemoteAddr = "127.0.0.1:1"
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Remote" {
			r.RemoteAddr = value
			continue
		}
		if name == "Proto" {
			r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(value)
			continue
		}
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func mustBody(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// examples are paths to ask, by what they are an example of.
var examples = map[string]string{
	"{pool}": "btc", "{chain}": "bitcoin", "{hash}": fakeHash, "{address}": fakeOwner, "{worker}": "_", "{session}": "00000007",
}

func example(path string) string {
	for k, v := range examples {
		path = strings.ReplaceAll(path, k, v)
	}
	return path
}

// TestDescribedAndServedAreTheSame asks every described path, holds each answer to its
// schema, and finds routes that are not described.
func TestDescribedAndServedAreTheSame(t *testing.T) {
	d, s := apitest.Must(t), newServer(&fake{})
	elsewhere := func(route string) bool { return strings.Contains(route, "/settings") } // mounted by the program
	if served, want := s.Routes(), slices.DeleteFunc(d.Routes(), elsewhere); !slices.Equal(served, want) {
		t.Errorf("served %q\ndescribed %q", served, want)
	}
	for _, p := range d.Paths() {
		if p == "/api/v1/events" || elsewhere(p) {
			continue // the events never end; see TestEvents
		}
		resp := ask(s, "GET", example(p), "Authorization: Bearer "+token)
		d.Check(t, example(p), resp)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", p, resp.Status)
		}
		for _, name := range []string{"ETag", "Cache-Control"} {
			if resp.Header.Get(name) == "" {
				t.Errorf("%s has no %s", p, name)
			}
		}
		cors := "*"
		if strings.HasPrefix(p, operatorPath) {
			cors = ""
		}
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != cors {
			t.Errorf("%s: Access-Control-Allow-Origin %q, want %q", p, got, cors)
		}
	}
}

func TestProblems(t *testing.T) {
	d, s := apitest.Must(t), newServer(&fake{})
	for name, c := range map[string]struct {
		method, path string
		status       int
		words        string // of the detail
	}{
		"no such pool":        {"GET", "/api/v1/pools/ltc", 404, `no pool is called "ltc"`},
		"nobody":              {"GET", "/api/v1/accounts/bc1qnobody", 404, "nobody has mined"},
		"too long an address": {"GET", "/api/v1/accounts/" + strings.Repeat("a", 600), 404, "characters"},
		"no hash":             {"GET", "/api/v1/blocks/bitcoin/zz", 404, "64 hexadecimal"},
		"limit":               {"GET", "/api/v1/blocks?limit=0", 400, "1 to 200"},
		"limit, no number":    {"GET", "/api/v1/blocks?limit=ten", 400, "1 to 200"},
		"state":               {"GET", "/api/v1/blocks?state=gone", 400, "pending, received"},
		"cursor":              {"GET", "/api/v1/blocks?cursor=eHh4", 400, "none of this list"},
		"cursor of another":   {"GET", "/api/v1/blocks?cursor=" + *encodeCursor("payments", "7"), 400, "none of this list"},
		"unknown parameter":   {"GET", "/api/v1/blocks?page=2", 400, "chain, cursor, limit, pool, state"},
		"parameter twice":     {"GET", "/api/v1/blocks?limit=1&limit=2", 400, "once"},
		"time":                {"GET", "/api/v1/pools/btc/chart?from=yesterday", 400, "2026-01-31T12:00:00Z"},
		"resolution":          {"GET", "/api/v1/pools/btc/chart?resolution=week", 400, "minute, hour, day"},
		"no query":            {"GET", "/api/v1/blocks?limit=%zz", 400, "percent-encoded"},
		"semicolons":          {"GET", "/api/v1/blocks?limit=1;state=lost", 400, "with & between"},
		"long url":            {"GET", "/api/v1/blocks?chain=" + strings.Repeat("a", 3000), 414, "2048"},
		"nothing there":       {"GET", "/api/v2/pools", 404, "openapi.yaml"},
		"another method":      {"DELETE", "/api/v1/pools", 405, "GET, HEAD, OPTIONS"},
	} {
		t.Run(name, func(t *testing.T) {
			resp := ask(s, c.method, c.path)
			body := mustBody(t, resp)
			d.Valid(t, "Problem", []byte(body))
			if resp.StatusCode != c.status || resp.Header.Get("Content-Type") != problemType {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, resp.Header.Get("Content-Type"), c.status, problemType)
			}
			if detail := apitest.Field(t, []byte(body), "detail").(string); !strings.Contains(detail, c.words) {
				t.Errorf("detail %q has no %q", detail, c.words)
			}
			if got := apitest.Field(t, []byte(body), "status").(float64); int(got) != c.status {
				t.Errorf("status %v in the body, want %d", got, c.status)
			}
		})
	}
}

// TestFaultsAreNotTold holds back what an error of our own says.
func TestFaultsAreNotTold(t *testing.T) {
	f := &fake{err: io.ErrUnexpectedEOF}
	s := newServer(f)
	resp := ask(s, "GET", "/api/v1/pools/btc")
	if body := mustBody(t, resp); resp.StatusCode != 500 || strings.Contains(body, "EOF") || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s %q", resp.Status, body)
	}
	f.err = Problemf(ErrStarting, "starting")
	if resp := ask(s, "GET", "/api/v1/pools/btc"); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("got %s with Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	f.err = nil // a fault is not kept
	if resp := ask(s, "GET", "/api/v1/pools/btc"); resp.StatusCode != 200 {
		t.Errorf("got %s after the fault", resp.Status)
	}
}

func TestConditionalAndGzip(t *testing.T) {
	s := newServer(&fake{})
	plain := ask(s, "GET", "/api/v1/pools")
	body, tag := mustBody(t, plain), plain.Header.Get("ETag")
	if resp := ask(s, "GET", "/api/v1/pools", `If-None-Match: "x", `+tag); resp.StatusCode != 304 || mustBody(t, resp) != "" {
		t.Errorf("the same tag: %s", resp.Status)
	}
	if resp := ask(s, "GET", "/api/v1/pools", `If-None-Match: "x"`); resp.StatusCode != 200 {
		t.Errorf("another tag: %s", resp.Status)
	}
	if resp := ask(s, "GET", "/api/v1/pools/none", `If-None-Match: *`); resp.StatusCode != 404 {
		t.Errorf("a problem: %s", resp.Status)
	}
	for _, accept := range []string{"GZIP;Q=0.5", "br;q=1, *;q=0.1", "*;q=0, gzip"} {
		if got := ask(s, "GET", "/api/v1/pools", "Accept-Encoding: "+accept).Header.Get("Content-Encoding"); got != "gzip" {
			t.Errorf("%q: sent as %q, want gzip", accept, got)
		}
	}
	packed := ask(s, "GET", "/api/v1/pools", "Accept-Encoding: br, gzip;q=0.5")
	if packed.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(packed.Header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("header %v", packed.Header)
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != body {
		t.Errorf("unpacked %.100q %v, want %.100q", got, err, body)
	}
	for _, accept := range []string{"gzip;q=0", "gzip;q=0, *", "*;q=1, GZIP;Q=0", "*;q=0", "identity", ""} {
		if resp := ask(s, "GET", "/api/v1/pools", "Accept-Encoding: "+accept); resp.Header.Get("Content-Encoding") != "" {
			t.Errorf("%q got %s", accept, resp.Header.Get("Content-Encoding"))
		}
	}
	head := ask(s, "HEAD", "/api/v1/pools")
	if got := mustBody(t, head); got != "" || head.Header.Get("ETag") != tag || head.StatusCode != 200 {
		t.Errorf("HEAD: %s %q %v", head.Status, got, head.Header)
	}
}

func TestOptions(t *testing.T) {
	extra := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	s := New(Options{Source: &fake{}, Extra: map[string]http.Handler{"POST /api/v1/settings": extra}})
	for path, want := range map[string]string{
		"/api/v1/pools": "GET, HEAD, OPTIONS", "/api/v1/settings": "POST, OPTIONS",
	} {
		resp := ask(s, "OPTIONS", path)
		if resp.StatusCode != 204 || resp.Header.Get("Allow") != want || resp.Header.Get("Access-Control-Allow-Methods") != want {
			t.Errorf("%s: %s, Allow %q, want %q", path, resp.Status, resp.Header.Get("Allow"), want)
		}
	}
	if resp := ask(s, "OPTIONS", operatorPath+"nodes"); resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("operator: %s, Access-Control-Allow-Methods %q", resp.Status, resp.Header.Get("Access-Control-Allow-Methods"))
	}
	if resp := ask(s, "POST", "/api/v1/settings"); resp.StatusCode != http.StatusTeapot {
		t.Errorf("POST to what is mounted: %s", resp.Status)
	}
	if resp := ask(s, "GET", "/api/v1/settings"); resp.StatusCode != 405 {
		t.Errorf("GET of what takes POST: %s", resp.Status)
	}
	if resp := ask(s, "GET", "/api/info"); resp.StatusCode != 404 {
		t.Errorf("widgets' endpoint without a pool: %s", resp.Status)
	}
}

// TestPaging walks a list to its end.
func TestPaging(t *testing.T) {
	s := newServer(&fake{})
	walk := func(path, rows, field string) (all []any) {
		cursor := ""
		for range 10 {
			body := []byte(mustBody(t, ask(s, "GET", path+cursor, "Authorization: Bearer "+token)))
			page := apitest.Field(t, body, rows).([]any)
			for i := range page {
				all = append(all, apitest.Field(t, body, rows, i, field))
			}
			next := apitest.Field(t, body, "next")
			if next == nil {
				return all
			}
			cursor = "&cursor=" + next.(string)
		}
		t.Fatalf("%s does not end", path)
		return nil
	}
	for path, c := range map[string]struct {
		rows, field, want string
	}{
		"/api/v1/blocks?limit=2":                                   {"blocks", "number", "[5,4,3,2,1]"},
		"/api/v1/accounts/" + fakeOwner + "/workers?limit=2":       {"workers", "id", `["_","__odd","rig/1"]`},
		"/api/v1/operator/sessions?limit=2":                        {"sessions", "number", "[0,1,2,3,4]"},
		"/api/v1/operator/sessions?limit=3&sort=rtt":               {"sessions", "number", "[0,1,2,3,4]"},
		"/api/v1/operator/sessions?limit=4&sort=silent&pool=btc":   {"sessions", "number", "[0,1,2,3,4]"},
		"/api/v1/operator/sessions?limit=200&sort=refused&pool=xx": {"sessions", "number", "[0,1,2,3,4]"},
	} {
		got, err := json.Marshal(walk(path, c.rows, c.field))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, want %s", path, got, c.want)
		}
	}
}

// TestNamesInPaths finds workers whose names are no easy part of a path.
func TestNamesInPaths(t *testing.T) {
	s := newServer(&fake{})
	for path, name := range map[string]string{"_": "", "__odd": "_odd", "_.": ".", "_..": "..", "rig%2F1": "rig/1", "rig%201": "rig 1"} {
		body := mustBody(t, ask(s, "GET", "/api/v1/accounts/"+fakeOwner+"/workers/"+path))
		if got := apitest.Field(t, []byte(body), "name"); got != name {
			t.Errorf("%s: name %q, want %q", path, got, name)
		}
	}
}

func TestConnectNamesTheVisitorsHost(t *testing.T) {
	for _, c := range []struct{ configured, host, want string }{
		{"", "192.168.1.7:8080", "stratum+tcp://192.168.1.7:3333 stratum+ssl://192.168.1.7:3333 stratum+tcp://127.0.0.1:3333"},
		{"", "[2001:db8::1]:8080", "stratum+tcp://[2001:db8::1]:3333 stratum+ssl://[2001:db8::1]:3333 stratum+tcp://127.0.0.1:3333"},
		{"", "<script>", "stratum+tcp://localhost:3333 stratum+ssl://localhost:3333 stratum+tcp://127.0.0.1:3333"},
		{"pool.example.org", "192.168.1.7:8080", "stratum+tcp://pool.example.org:3333 stratum+ssl://pool.example.org:3333 stratum+tcp://127.0.0.1:3333"},
	} {
		s := New(Options{Source: &fake{}, StratumHost: c.configured})
		r := httptest.NewRequest("GET", "/api/v1/connect", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var urls []string
		for i := range 3 {
			urls = append(urls, apitest.Field(t, w.Body.Bytes(), "pools", 0, "listeners", i, "url").(string))
		}
		if got := strings.Join(urls, " "); got != c.want {
			t.Errorf("configured %q, visited %q: %s, want %s", c.configured, c.host, got, c.want)
		}
	}
}

// TestOneIsMadeForAll has many ask at once, and the source asked once.
func TestOneIsMadeForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{hold: make(chan struct{})}
		s := newServer(f)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if resp := ask(s, "GET", "/api/v1/pools"); resp.StatusCode != 200 {
					t.Errorf("got %s", resp.Status)
				}
			})
		}
		synctest.Wait() // all have asked
		close(f.hold)
		all.Wait()
		if n := f.asked.Load(); n != 1 {
			t.Errorf("asked %d times, want 1", n)
		}
	})
}

// TestSpellingsShareAnAnswer asks for one thing in other words: it is made once.
func TestSpellingsShareAnAnswer(t *testing.T) {
	f := &fake{}
	s := newServer(f)
	for _, path := range []string{"/api/v1/pools", "/api/v1/%70ools", "/%61pi/v1/pool%73", "/api/v1/pools?"} {
		if resp := ask(s, "GET", path); resp.StatusCode != 200 {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if n := f.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
	entries := func() int {
		s.cache.mu.Lock()
		defer s.cache.mu.Unlock()
		return len(s.cache.entries)
	}
	before := entries()
	for _, path := range []string{"/api/info", "/api/info?t=1", "/api/info?t=2&u", "/api/info?%zz", "/api/info?a;b"} { // widgets' parameters
		if resp := ask(s, "GET", path); resp.StatusCode != 200 {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if n := entries() - before; n != 1 {
		t.Errorf("%d answers are kept of one question, want 1", n)
	}
	// A slash in a name is none of the path.
	one, other := ask(s, "GET", "/api/v1/accounts/a%2Fworkers"), ask(s, "GET", "/api/v1/accounts/a/workers")
	if a, b := mustBody(t, one), mustBody(t, other); !strings.Contains(a, "a/workers") || strings.Contains(b, "a/workers") {
		t.Errorf("answers are mixed up: %s and %s", a, b)
	}
}

func TestWorkerIDs(t *testing.T) {
	for name, id := range map[string]string{"": "_", "_x": "__x", ".": "_.", "..": "_..", "...": "...", "rig": "rig", ".x": ".x"} {
		if got := WorkerID(name); got != id || workerName(got) != name {
			t.Errorf("id of %q: %q, want %q; and back: %q", name, got, id, workerName(got))
		}
	}
}
