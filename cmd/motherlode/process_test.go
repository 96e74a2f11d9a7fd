package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/internal/freeport"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testminer"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// binary is the program, built once for all tests of this package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "motherlode-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "motherlode")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if driver := os.Getenv(chaosVar); driver != "" {
		chaosPlugin(driver) // does not return
	}
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// withoutRace leaves a test out where the race detector is on, because it only starts
// processes one after another and reads what they print. .ci/run lists these.
func withoutRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("starts of processes take ten times as long with the race detector, which learns nothing from this test")
	}
}

func mustBinary(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is a running motherlode.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *output
	done chan struct{}
}

// output collects what a process prints, while others read it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// mustStart runs the binary; it is killed with the test.
func mustStart(t *testing.T, args ...string) *process {
	t.Helper()
	return mustStartCommand(t, exec.Command(mustBinary(t), args...))
}

// mustStartCommand starts what becomes the binary; it is killed with the test.
func mustStartCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	return mustStartWith(t, cmd, nil)
}

// mustStartWith is mustStartCommand with standard error apart, unless it is nil.
func mustStartWith(t *testing.T, cmd *exec.Cmd, stderr *output) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, log: &output{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if stderr != nil {
		p.cmd.Stderr = stderr
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("its log:\n%s", tail(p.log.String(), 6000))
		}
	})
	return p
}

func tail(s string, n int) string {
	if len(s) > n {
		return "..." + s[len(s)-n:]
	}
	return s
}

// kill is SIGKILL; it returns when the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop is SIGTERM; the process must end by itself with exit code 0.
func (p *process) stop() {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(60 * time.Second):
		p.t.Fatal("motherlode does not end after SIGTERM")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Fatalf("exit code %d after SIGTERM", code)
	}
}

// children are the pids of the process's plugins.
func (p *process) children() []int {
	p.t.Helper()
	var pids []int
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				p.t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// gone reports whether no process has the pid; a zombie is gone.
func gone(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	rest := text[bytes.LastIndexByte(text, ')')+1:]
	return len(rest) > 1 && rest[1] == 'Z'
}

// poll asks until ready says yes.
func poll(t *testing.T, what string, limit time.Duration, ready func() bool) {
	t.Helper()
	end := time.Now().Add(limit)
	for !ready() {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain for %s", limit, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// mustConnect connects a miner, again until the pool listens.
func mustConnect(t *testing.T, addr, user string) *testminer.Client {
	t.Helper()
	var c *testminer.Client
	poll(t, "the pool to take miners", 60*time.Second, func() bool {
		var err error
		c, err = testminer.Connect(addr, "sha256d", user)
		return err == nil
	})
	t.Cleanup(c.Close)
	return c
}

// mustSim starts a simulated chain that lives as long as the test.
func mustSim(t *testing.T, cfg simchain.Config) *simchain.Node {
	t.Helper()
	cfg.User, cfg.Password = "u", "p"
	node := simchain.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("simulated chain %s: %v", cfg.Name, err)
		}
	})
	<-node.Ready()
	return node
}

func mustFreePort(t *testing.T) string {
	t.Helper()
	addr, err := freeport.TCP()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// mustProgram writes a file that is going to be executed, from another process: what
// somebody has open for writing cannot be, and a program that a test beside is just
// starting has all open files of this process.
func mustProgram(t *testing.T, path string, text []byte) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `cat >"$0" && chmod 755 "$0"`, path)
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("writing %s: %v: %s", path, err, out)
	}
}

// mustWrite writes a configuration file into a folder of the test.
func mustWrite(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "motherlode.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mineTo mines share after share until the node reports a height.
func mineTo(t *testing.T, c *testminer.Client, user string, node *testnode.Node, height uint64) {
	t.Helper()
	poll(t, fmt.Sprintf("height %d of the node", height), 60*time.Second, func() bool {
		s, err := c.Solve(user)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Call("mining.submit", s.Params...); err != nil {
			t.Fatal(err)
		}
		h, err := node.Height(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h >= height
	})
}

// mustReadLog is the share log of a pool that has ended, record by record.
func mustReadLog(t *testing.T, dir string) iter.Seq[sharelog.Record] {
	t.Helper()
	return func(yield func(sharelog.Record) bool) {
		log, err := sharelog.Open(dir, sharelog.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		r := log.Read(log.Start())
		defer r.Close()
		for {
			rec, _, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !yield(rec) {
				return
			}
		}
	}
}
