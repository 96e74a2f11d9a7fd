package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// mostCommands is how many the way from nothing to a block may take.
const mostCommands = 9

// quickstartTime is far more than the commands need.
const quickstartTime = 4 * time.Minute

// TestQuickStart runs the commands of docs/plugins.md as they stand there, in an
// empty folder: a new plugin project, every rule of "plugin check", a pool, a
// miner, and blocks of the new coin. Only the ports are others, so that nothing
// on this machine is in the way.
func TestQuickStart(t *testing.T) {
	if raceEnabled {
		t.Skip("it runs programs built without the race detector: the other run of the tests has done it")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "plugins.md"))
	if err != nil {
		t.Fatal(err)
	}
	bin := mustPlainBinary(t, root)
	for _, lang := range []string{"Go", "Python"} {
		t.Run(lang, func(t *testing.T) {
			if lang == "Python" {
				mustHaveGRPC(t)
			}
			commands := mustCommands(t, string(doc), lang)
			if n := len(commands); n > mostCommands {
				t.Errorf("%d commands, want at most %d", n, mostCommands)
			}
			dir := t.TempDir()
			env := []string{
				"REPO=" + root, "PATH=" + bin + ":" + os.Getenv("PATH"),
				"GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOSUMDB=off",
			}
			runCommands(t, dir, commands[:1], env)
			rest := movePorts(t, filepath.Join(dir, "mycoin", "pool.toml"), commands[1:])
			out := runCommands(t, dir, append(rest, "wait $!"), env) // the pool's own exit code
			checkMined(t, out, filepath.Join(dir, "mycoin"), lang)
		})
	}
}

// mustPlainBinary is a folder with the program as its users have it.
func mustPlainBinary(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "./cmd/motherlode")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

func mustHaveGRPC(t *testing.T) {
	t.Helper()
	const python = "/usr/bin/python3"
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import grpc, google.protobuf").CombinedOutput(); err != nil {
		t.Skipf("%s has no gRPC (apt-get install python3-grpcio python3-protobuf): %v: %s", python, err, out)
	}
}

// mustCommands are the lines of the block of commands for a language under the
// heading "Quick start".
func mustCommands(t *testing.T, doc, lang string) []string {
	t.Helper()
	_, section, found := strings.Cut(doc, "\n## Quick start\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, section, ok := strings.Cut(section, "\n### In "+lang+"\n")
	section, _, _ = strings.Cut(section, "\n### ")
	_, block, fenced := strings.Cut(section, "\n```sh\n")
	block, _, closed := strings.Cut(block, "\n```\n")
	if !found || !ok || !fenced || !closed {
		t.Fatalf("docs/plugins.md has no block of commands for %s under \"Quick start\"", lang)
	}
	return strings.Split(block, "\n")
}

// movePorts gives the new project's pool free ports, and returns the commands
// with these.
func movePorts(t *testing.T, config string, commands []string) []string {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "[http]") {
		text = append(text, "\n[http]\nlisten = \"127.0.0.1:8080\"\n"...) // the default
	}
	ports := strings.NewReplacer("127.0.0.1:3333", mustFreePort(t), "127.0.0.1:8080", mustFreePort(t))
	if err := os.WriteFile(config, []byte(ports.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	var moved []string
	for _, c := range commands {
		moved = append(moved, ports.Replace(c))
	}
	return moved
}

// runCommands runs commands in one shell, until the first that fails, and returns
// what they print. What they leave in the background is ended.
func runCommands(t *testing.T, dir string, commands, env []string) string {
	t.Helper()
	script := "set -ex"
	for _, c := range commands {
		script += "\n" + c
		if strings.HasPrefix(c, "timeout ") {
			script += " || [ $? = 124 ]" // what timeout says when the time is over
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), quickstartTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left when a command has failed
	}
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "mycoin", "pool.log"))
		t.Fatalf("%v\n%s\nthe pool's log:\n%s", err, out, tail(string(log), 3000))
	}
	return string(out)
}

// checkMined wants blocks of the new coin among what the commands printed, and
// the same ones in the pool's ledger.
func checkMined(t *testing.T, out, project, lang string) {
	t.Helper()
	var found []coins.Hash
	for line := range strings.Lines(out) {
		var entry struct {
			Msg, Chain string
			Hash       coins.Hash
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "block accepted" && entry.Chain == "mycoin" {
			found = append(found, entry.Hash)
		}
	}
	if len(found) == 0 {
		t.Fatalf("no block accepted:\n%s", out)
	}

	data := filepath.Join(project, map[string]string{"Go": "pool.data", "Python": "data"}[lang])
	log, err := sharelog.Open(filepath.Join(data, "shares"), sharelog.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	books, err := ledger.Open(filepath.Join(data, "ledger.db"), log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	for _, hash := range found {
		b, err := books.Block("mycoin", hash)
		if err != nil || b.State != "accepted" && b.State != "mature" || b.Reward == 0 || b.Account != "me" {
			t.Errorf("block %v in the ledger: %+v, %v", hash, b, err)
		}
	}
	t.Logf("%d blocks, the first of them %v", len(found), found[0])
}
