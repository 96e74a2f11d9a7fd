package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// What a plugin sees of the pool is written down by a shell, in subshells: where
// the shell itself redirects an output, it keeps the old one open elsewhere.
const look = `
(exec >"$1/fd";    ls /proc/$$/fd)
(exec >"$1/links"; for fd in /proc/$$/fd/*; do echo "${fd##*/} $(readlink $fd)"; done)
(exec >"$1/stdin"; wc -c)
(exec >"$1/env";   tr '\0' '\n' </proc/$$/environ)
`

func TestPluginSeesNothingOfThePool(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc to look into")
	}
	t.Setenv("SECRET_OF_THE_POOL", "x")
	t.Setenv("MOTHERLODE_ATTACH", "{}")

	// Files that the pool got from its own parent are not marked to be closed.
	dir := t.TempDir()
	secret, err := syscall.Open(filepath.Join(dir, "wallet"), syscall.O_RDWR|syscall.O_CREAT, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(secret) }()

	cfg, _ := config(t, "")
	cfg.Command = []string{"/bin/sh", "-c", look, "sh", dir}
	cfg.Env = []string{"OF_THE_CONFIG=y"}
	if _, err := New(cfg).Open(t.Context(), coins.Settings{}); err == nil {
		t.Fatal("a shell is no plugin")
	}

	saw := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	var keys []string
	for _, line := range strings.Split(saw("env"), "\n") {
		key, _, _ := strings.Cut(line, "=")
		keys = append(keys, key)
	}
	slices.Sort(keys)
	want := []string{
		"MOTHERLODE_HOST_PID", "MOTHERLODE_PLUGIN", "OF_THE_CONFIG", "PATH",
		"PLUGIN_MAX_PORT", "PLUGIN_MIN_PORT", "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_UNIX_SOCKET_DIR",
	}
	if !slices.Equal(keys, want) {
		t.Errorf("environment: got %q, want %q", keys, want)
	}
	if !strings.Contains(saw("env"), fmt.Sprintf("MOTHERLODE_HOST_PID=%d", os.Getpid())) {
		t.Errorf("environment: %s", saw("env"))
	}
	if got := strings.Fields(saw("fd")); !slices.Equal(got, []string{"0", "1", "2"}) {
		t.Errorf("open files: got %q, want 0, 1 and 2: %s", got, saw("links"))
	}
	if got := saw("stdin"); got != "0" {
		t.Errorf("standard input has %s bytes, want none", got)
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(secret, &st); err != nil {
		t.Errorf("the pool's own file was closed: %v", err)
	}
}
