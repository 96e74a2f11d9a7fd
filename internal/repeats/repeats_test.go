package repeats

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestSay(t *testing.T) {
	var w Words
	start := time.Unix(1_795_000_000, 0)
	for i, c := range []struct {
		after  time.Duration
		text   string
		forget bool
		kept   int
		ok     bool
	}{
		{0, "down", false, 0, true},
		{10 * time.Second, "down", false, 1, false},
		{20 * time.Second, "down", false, 2, false},
		{30 * time.Second, "syncing", false, 0, true},
		{40 * time.Second, "down", false, 3, false},
		{Every, "down", false, 3, true},
		{50*time.Second + Every, "down", false, 1, false},
		{60*time.Second + Every, "down", true, 0, true},
		{70*time.Second + Every, "", false, 0, true},
		{80*time.Second + Every, "", false, 1, false},
	} {
		if c.forget {
			w.Forget()
		}
		if kept, ok := w.Say(c.text, start.Add(c.after)); kept != c.kept || ok != c.ok {
			t.Errorf("%d: %q after %v: %d, %t; want %d, %t", i, c.text, c.after, kept, ok, c.kept, c.ok)
		}
	}
}

func TestWarn(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var w Words
	start := time.Unix(1_795_000_000, 0)
	for i, want := range []string{"level=WARN msg=m coin=btc\n", "level=DEBUG msg=m coin=btc\n", "level=WARN msg=m coin=btc times_meanwhile=1\n"} {
		out.Reset()
		w.Warn(log, start.Add(time.Duration(i)*Every/2), "down", "m", "coin", "btc")
		if !strings.HasSuffix(out.String(), want) {
			t.Errorf("%d: got %q, want %q", i, out.String(), want)
		}
	}
}
