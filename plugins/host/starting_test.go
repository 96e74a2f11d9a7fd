package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// A start that lasts is waited for, and the log says so.
func TestSlowStartIsWaitedForAndSaid(t *testing.T) {
	cfg, logs := config(t, "slow")
	d := New(cfg)
	if d.cfg.StartTimeout < time.Minute {
		t.Errorf("a start may take %v, want a minute", d.cfg.StartTimeout)
	}
	d.tempo.sayWaiting = 100 * time.Millisecond
	mustOpen(t, d, "")
	if s := logs.String(); !strings.Contains(s, "still waiting for the coin's plugin to start") || !strings.Contains(s, "at_most=1m0s") {
		t.Errorf("the log says nothing of it: %s", s)
	}
}

// What only a person can mend is told from what may pass by itself.
func TestWhatIsSettled(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string, mode os.FileMode) []string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return []string{path}
	}
	for _, c := range []struct {
		name    string
		mode    string
		set     func(*Config)
		settled bool
		text    string
	}{
		{"missing", "", func(c *Config) { c.Command = []string{dir + "/none"} }, true, "no such file"},
		{"missing, a third party's", "", func(c *Config) { c.External, c.AllowUnverified, c.Command = true, true, []string{dir + "/none"} }, true, "no such file"},
		{"interpreter is missing", "", func(c *Config) { c.Command = script("other", "#!/none/python3\n", 0o755) }, true, "no such file"},
		{"not executable", "", func(c *Config) { c.Command = script("plain", "#!/bin/sh\n", 0o644) }, true, "permission denied"},
		{"no program", "", func(c *Config) { c.Command = script("text", "hello", 0o755) }, true, "exec format"},
		{"wrong sha256", "plugin", func(c *Config) { c.SHA256 = strings.Repeat("00", 32) }, true, "configured is 0000"},
		{"ends at once and well", "", func(c *Config) { c.Command = []string{"/bin/true"} }, true, "no plugin"},
		{"prints something else", "junk", nil, true, "hello, I print"},
		{"half a handshake", "half a handshake", nil, true, `is "1|1|unix"`},
		{"no certificate", "bare", func(c *Config) { c.MTLS = true }, true, "mtls = false"},
		{"crashes", "crashes", nil, false, "its library is missing"},
		{"fails", "", func(c *Config) { c.Command = script("fails", "#!/bin/sh\nexit 1\n", 0o755) }, false, "exit status 1"},
		{"is killed", "", func(c *Config) { c.Command = script("killed", "#!/bin/sh\nkill -9 $$\n", 0o755) }, false, "signal: killed"},
		{"too slow", "silent", func(c *Config) { c.StartTimeout = 100 * time.Millisecond }, false, "no handshake within 100ms"},
		{"serves elsewhere", "elsewhere", nil, false, "does not describe itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, _ := config(t, c.mode)
			if c.set != nil {
				c.set(&cfg)
			}
			d := New(cfg)
			d.tempo.killGrace = 100 * time.Millisecond
			_, err := d.Open(t.Context(), coins.Settings{})
			var e *Error
			if !errors.As(err, &e) || e.Settled() != c.settled || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want one with %q that is settled: %v", err, c.text, c.settled)
			}
		})
	}
	t.Run("given up by the caller", func(t *testing.T) {
		cfg, _ := config(t, "silent")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := New(cfg).Open(ctx, coins.Settings{})
		var e *Error
		if errors.As(err, &e) || coins.FaultOf(err) != coins.NoFault || !strings.Contains(err.Error(), "had not started after") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no room for a process", func(t *testing.T) {
		if (&Error{Kind: ErrPluginStart, Err: syscall.EAGAIN, settled: cannotRun(syscall.EAGAIN)}).Settled() {
			t.Error("a machine without room is settled")
		}
	})
}
