package stratum

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestRefusedLoginsAreLoggedAndBounded(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	var f refusals
	now := time.Unix(1000, 0)
	for range 100 {
		f.log(log, now, "192.0.2.1:5", "bob\nlevel=ERROR", "not an address")
	}
	if n := strings.Count(out.String(), "\n"); n != refusalsPerSecond {
		t.Errorf("%d lines in one second, want %d", n, refusalsPerSecond)
	}
	if !strings.Contains(out.String(), `user="bob\nlevel=ERROR" reason="not an address"`) {
		t.Errorf("got %s", out.String())
	}
	out.Reset()
	f.log(log, now.Add(time.Second), "192.0.2.1:5", strings.Repeat("x", 5000), "no")
	if !strings.Contains(out.String(), "not_logged_before=95") || out.Len() > 400 {
		t.Errorf("got %s, want the count of what was left out, and a short name", out.String())
	}
}
