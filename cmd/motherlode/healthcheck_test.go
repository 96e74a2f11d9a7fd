package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	status, text := http.StatusOK, "ok\n"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}))
	addr := srv.Listener.Addr().String()
	// A file that would not start a pool tells where the running one is all the same.
	file := mustWrite(t, "[http]\nlisten = \""+addr+"\"\n")
	if out, _, err := importCommand(t, "healthcheck", file); err != nil || out != "ok\n" {
		t.Errorf("healthy: got %q, %v", out, err)
	}
	status, text = http.StatusServiceUnavailable, "pool p: no template\n"
	if _, _, err := importCommand(t, "healthcheck", file); err == nil || !strings.Contains(err.Error(), "pool p: no template") {
		t.Errorf("without work: got %v", err)
	}
	// A container that is drained is not to be killed for it.
	text = "draining\npool p: its ports were closed\n"
	if out, _, err := importCommand(t, "healthcheck", file); err != nil || out != text {
		t.Errorf("drained: got %q, %v", out, err)
	}
	srv.Close()
	if _, _, err := importCommand(t, "healthcheck", file); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("not there: got %v", err)
	}
	if _, _, err := importCommand(t, "healthcheck", mustWrite(t, "[http]\nlisten = \"\"\n")); err == nil || !strings.Contains(err.Error(), "http.listen is empty") {
		t.Errorf("without a listener: got %v", err)
	}
}

func TestReachable(t *testing.T) {
	for listen, want := range map[string]string{
		"0.0.0.0:8080": "127.0.0.1:8080", ":8080": "127.0.0.1:8080", "[::]:8080": "[::1]:8080", "10.0.0.1:80": "10.0.0.1:80",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("%s: got %s, want %s", listen, got, want)
		}
	}
}
