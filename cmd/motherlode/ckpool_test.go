package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/web/api"
)

func mustCKPoolConfig(t *testing.T, http, pool string) *configs.Config {
	t.Helper()
	cfg, err := configs.Parse("pool.toml", fmt.Appendf(nil, `data_dir = %q
[http]
%s
[coins.btc]
driver = "bitcoin"
network = "regtest"
  [coins.btc.settings]
  nodes = [{ url = "http://127.0.0.1:1", user = "u", password = "p" }]
[pools.p]
parent = "btc"
address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
%s
listen = [{ address = "127.0.0.1:0" }]
`, filepath.Join(t.TempDir(), "data"), http, pool))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// ckpool's paths are served where the configuration says so, and all else as before.
func TestCKPoolIsServed(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for name, c := range map[string]struct {
		http, pool string
		served     bool
	}{
		"off":          {"", "", false},
		"files":        {"", `ckpool_files = "logs"`, true},
		"HTTP alone":   {`ckpool = "p"`, "", true},
		"no HTTP":      {`ckpool = "off"`, `ckpool_files = "logs"`, false},
		"off for good": {`ckpool = "off"`, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := mustCKPoolConfig(t, c.http, c.pool)
			ec, cleanup, err := engineConfig(cfg, t.TempDir(), slog.New(slog.DiscardHandler))
			t.Cleanup(cleanup)
			if err != nil {
				t.Fatal(err)
			}
			e, err := engine.New(ec, engine.Deps{})
			if err != nil {
				t.Fatal(err)
			}
			h := withCKPool(cfg, e, api.New(api.Options{Source: e.API()}), next)
			for path, ours := range map[string]bool{
				"/pool/pool.status": true, "/users/bcrt1q": true, "/workers/bcrt1q.rig": true,
				"/": false, "/pool/": false, "/status": false, "/miner/bcrt1q": false,
			} {
				want := http.StatusTeapot
				if ours && c.served {
					want = http.StatusServiceUnavailable // the engine has not begun
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				if w.Code != want {
					t.Errorf("%s: got %d, want %d: %s", path, w.Code, want, w.Body)
				}
			}
		})
	}
}

// A folder that cannot be made is found by the check.
func TestCheckOfCKPoolFiles(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "unknown")
	cfg := mustCKPoolConfig(t, "", fmt.Sprintf("ckpool_files = %q", filepath.Join(missing, "logs")))
	problems, _, _, cleanup, err := problemsOf(context.Background(), cfg, startPatience, slog.New(slog.DiscardHandler))
	t.Cleanup(cleanup)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range problems {
		found = found || p.Key == "pools.p.ckpool_files" && p.Line == 12 && strings.Contains(p.Message, "there is no folder "+missing)
	}
	if !found {
		t.Errorf("got %v", problems)
	}
}
