package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/web/apitest"
)

// TestAPIIsDescribed holds what the program serves below /api to web/openapi.yaml,
// route by route, and asks each that way round the pages do not answer for it.
func TestAPIIsDescribed(t *testing.T) {
	s := mustSite(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s is not answered by the API", r.Method, r.URL)
	}))
	described := apitest.Must(t).Routes()
	if served := s.api.Routes(); !slices.Equal(served, described) {
		t.Errorf("served and not described: %q\ndescribed and not served: %q", without(served, described), without(described, served))
	}
	methods := map[string]string{}
	for _, route := range described {
		method, path, _ := strings.Cut(route, " ")
		if method == "GET" {
			method = "GET, HEAD"
		}
		methods[path] += method + ", "
	}
	for path, want := range methods {
		r := httptest.NewRequest("OPTIONS", strings.NewReplacer("{", "", "}", "").Replace(path), nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Header().Get("Allow"); w.Code != http.StatusNoContent || got != want+"OPTIONS" {
			t.Errorf("OPTIONS %s: %d, Allow %q, want %q", path, w.Code, got, want+"OPTIONS")
		}
	}
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v2/pools"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if kind := w.Header().Get("Content-Type"); w.Code != http.StatusNotFound || kind != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, kind)
		}
	}
}

func without(all, less []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(less, s) })
}

// mustSite is what a program serves that has not begun to run, with rest beside the
// API.
func mustSite(t *testing.T, rest http.Handler) *site {
	t.Helper()
	cfg, err := configs.Parse("pool.toml", []byte(`
data_dir = "`+t.TempDir()+`"
[http]
listen = "127.0.0.1:0"
[coins.bitcoin]
driver = "bitcoin"
network = "regtest"
  [coins.bitcoin.settings]
  nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]
[pools.btc]
parent = "bitcoin"
address = "`+demoAddress+`"
  [[pools.btc.listen]]
  address = "127.0.0.1:0"
`))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	ec, cleanup, err := checkConfig(cfg, log)
	t.Cleanup(cleanup)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(ec, engine.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	group, ctx := errgroup.WithContext(ctx)
	var live httpAPI
	s, err := live.with(ctx, group, cfg, e, log, rest)
	t.Cleanup(func() {
		cancel()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
