package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/testnode"
	"github.com/motherlode-pool/motherlode/plugins/internal/wire"
)

// debuggee is a plugin that the test runs as its author would.
type debuggee struct {
	cmd    *exec.Cmd
	stderr *logBuffer
	attach Attachments
	done   chan struct{}
}

// mustDebug starts a debuggee of the given mode and waits for its line. The
// folder of its socket is below tmp.
func mustDebug(t *testing.T, mode, name, tmp string) *debuggee {
	t.Helper()
	d := &debuggee{cmd: exec.Command("/proc/self/exe"), stderr: &logBuffer{}, done: make(chan struct{})}
	d.cmd.Env = []string{modeKey + "=" + mode, wire.DebugVar + "=" + name, "TMPDIR=" + tmp, "PATH=" + os.Getenv("PATH")}
	d.cmd.Stderr = d.stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_ = d.cmd.Wait()
		close(d.done)
	}()
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.done
	})

	// A shell must understand the line as it is.
	value, err := exec.Command("/bin/sh", "-c", line+`printf %s "$`+AttachVar+`"`).Output()
	if err != nil || !strings.HasPrefix(line, "export "+AttachVar+"=") {
		t.Fatalf("printed %q: %v; on stderr: %s", line, err, d.stderr)
	}
	if d.attach, err = ParseAttachments(string(value)); err != nil {
		t.Fatal(err)
	}
	return d
}

// driver is a driver that attaches to it.
func (d *debuggee) driver(t *testing.T, name string) (*Driver, *logBuffer) {
	t.Helper()
	a, ok := d.attach[name]
	if !ok {
		t.Fatalf("no %q in %v", name, d.attach)
	}
	if a.PID != d.cmd.Process.Pid {
		t.Errorf("pid %d, want %d", a.PID, d.cmd.Process.Pid)
	}
	cfg, logs := config(t, "")
	cfg.Attach, cfg.Command, cfg.SocketDir = &a, nil, ""
	return New(cfg), logs
}

// alive asks the coin something.
func alive(t *testing.T, c coins.Coin) {
	t.Helper()
	if p, err := c.ValidateAddress(t.Context(), "fake1"); err != nil || !p.Valid {
		t.Errorf("the coin does not work: %+v, %v", p, err)
	}
}

// shortTemp is a folder whose sockets have short enough paths.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ml")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestAttachedPluginBehavesLikeAnyOther(t *testing.T) {
	for _, mode := range []string{"debug", "person"} { // Debug, and Serve with the variable
		p := mustDebug(t, mode, "xyz", shortTemp(t))
		d, logs := p.driver(t, "xyz")
		behaves(t, d, true)
		if !strings.Contains(logs.String(), "level=WARN") || !strings.Contains(logs.String(), "development only") {
			t.Errorf("%s: no warning in %q", mode, logs)
		}
		c := mustOpen(t, d, "")
		if pid := pidOf(c); pid != 0 {
			t.Errorf("%s: pid %d: it is not ours", mode, pid)
		}
		_ = c.Close()
		if gone(p.cmd.Process.Pid) {
			t.Errorf("%s: Close ended a process that it did not start", mode)
		}
		if _, err := c.ValidateAddress(t.Context(), "fake1"); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: after Close: %v", mode, err)
		}
	}
}

func TestDebuggeeTakesItsNameFromTheDriver(t *testing.T) {
	p := mustDebug(t, "debug", "1", shortTemp(t))
	if _, ok := p.attach["fake"]; !ok {
		t.Errorf("got %v, want the driver's name", p.attach)
	}
}

// A pool that was killed has closed nothing.
func TestNextPoolOpensTheDebuggeesCoinAnew(t *testing.T) {
	p := mustDebug(t, "debug", "xyz", shortTemp(t))
	first, _ := p.driver(t, "xyz")
	second, _ := p.driver(t, "xyz")
	a := mustOpen(t, first, "")
	ended, out := make(chan error, 1), make(chan *coins.Template, 1)
	go func() { ended <- a.(coins.Parent).Templates(t.Context(), out) }()
	<-out
	b := mustOpen(t, second, "")
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the first coin's stream ended without a reason")
		}
	case <-time.After(promptly):
		t.Error("the first coin was not closed")
	}
	alive(t, b)
}

func TestBreakpointsKillNobody(t *testing.T) {
	p := mustDebug(t, "debug", "xyz", shortTemp(t))
	d, _ := p.driver(t, "xyz")
	d.tempo.pingEvery, d.tempo.pingPatience = 10*time.Millisecond, 10*time.Millisecond
	c := mustOpen(t, d, "")
	testnode.MustPause(t, p.cmd.Process.Pid)
	answer := make(chan error, 1)
	go func() { _, err := c.ValidateAddress(t.Context(), "fake1"); answer <- err }()
	select {
	case err := <-answer:
		t.Errorf("at the breakpoint: %v, want patience", err)
	case <-time.After(500 * time.Millisecond): // fifty pings
	}
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Errorf("after the breakpoint: %v", err)
	}
}

func TestDebuggeeThatComesBackIsOpenedAgain(t *testing.T) {
	tmp := shortTemp(t)
	p := mustDebug(t, "debug", "xyz", tmp)
	d, _ := p.driver(t, "xyz")
	c := mustOpen(t, d, "")
	ended, out := make(chan error, 1), make(chan *coins.Template, 1)
	go func() { ended <- c.(coins.Parent).Templates(t.Context(), out) }()
	<-out
	_ = p.cmd.Process.Kill() // as a debugger ends it: its socket stays
	<-p.done
	select {
	case err := <-ended:
		if !errors.Is(err, ErrNotAttached) || !strings.Contains(err.Error(), "attached process ended") {
			t.Errorf("got %v, want %v", err, ErrNotAttached)
		}
	case <-time.After(promptly):
		t.Fatal("its end was not noticed")
	}
	if _, err := os.Stat(d.cfg.Attach.Socket); err != nil {
		t.Fatalf("nothing stale to take over: %v", err)
	}

	opened := make(chan coins.Coin, 1)
	go func() {
		c, err := d.Open(t.Context(), coins.Settings{})
		if err != nil {
			t.Errorf("Open that began before it was back: %v", err)
		}
		opened <- c
	}()
	again := mustDebug(t, "debug", "xyz", tmp)
	if again.attach["xyz"].Socket != p.attach["xyz"].Socket {
		t.Errorf("socket %v, want the same %v", again.attach, p.attach)
	}
	if c := <-opened; c != nil {
		alive(t, c)
		_ = c.Close()
	}
}

func TestDebuggeeEndsAtCtrlCAndRemovesItsSocket(t *testing.T) {
	p := mustDebug(t, "debug", "xyz", shortTemp(t))
	d, _ := p.driver(t, "xyz")
	mustOpen(t, d, "")
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(promptly):
		t.Fatal("goes on")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if _, err := os.Stat(d.cfg.Attach.Socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket: %v", err)
	}
}

func TestTwoDebuggeesOfOneNameAreRefused(t *testing.T) {
	tmp := shortTemp(t)
	p := mustDebug(t, "debug", "xyz", tmp)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	second := exec.CommandContext(ctx, "/proc/self/exe")
	second.Env = []string{modeKey + "=debug", wire.DebugVar + "=xyz", "TMPDIR=" + tmp}
	out, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another process serves at") {
		t.Errorf("the second: %v, %s", err, out)
	}
	d, _ := p.driver(t, "xyz")
	alive(t, mustOpen(t, d, ""))
}

func TestDebugFolderOfOthersIsRefused(t *testing.T) {
	tmp := shortTemp(t)
	p := mustDebug(t, "debug", "xyz", tmp)
	dir := filepath.Dir(p.attach["xyz"].Socket)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	second := exec.CommandContext(ctx, "/proc/self/exe")
	second.Env = []string{modeKey + "=debug", wire.DebugVar + "=other", "TMPDIR=" + tmp}
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "mode 0700") {
		t.Errorf("%v, %s", err, out)
	}
}

func TestNothingToAttachTo(t *testing.T) {
	dir := shortTemp(t)
	attachTo := func(socket string) error {
		cfg, _ := config(t, "")
		cfg.Attach = &Attachment{Socket: socket}
		d := New(cfg)
		d.tempo.attachWait = 50 * time.Millisecond
		_, err := d.Open(t.Context(), coins.Settings{})
		return err
	}
	if err := attachTo(dir + "/none"); !errors.Is(err, ErrNotAttached) || !strings.Contains(err.Error(), "start the plugin again, or the pool without "+AttachVar) {
		t.Errorf("no socket: %v", err)
	}

	lis, err := net.Listen("unix", dir+"/odd")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lis.Close() }()
	go func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 mail.example.org\r\n"))
			_ = conn.Close()
		}
	}()
	if err := attachTo(dir + "/odd"); !errors.Is(err, ErrNotAttached) || !strings.Contains(err.Error(), "not as a plugin does") {
		t.Errorf("something else: %v", err)
	}
}

func TestAttachingToAnotherMajorVersion(t *testing.T) {
	socket := shortTemp(t) + "/v2"
	lis, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer() // its services have other names
	served := make(chan error, 1)
	go func() { served <- g.Serve(lis) }()
	defer func() { g.Stop(); <-served }()
	cfg, _ := config(t, "")
	cfg.Attach = &Attachment{Socket: socket}
	if _, err := New(cfg).Open(t.Context(), coins.Settings{}); !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), "get the plugin's build for it") {
		t.Errorf("got %v, want %v", err, ErrProtocol)
	}
}
