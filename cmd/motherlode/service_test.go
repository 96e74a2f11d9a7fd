package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/simchain"
)

// TestUnderAServiceManager starts the program as systemd does, with its port open
// already and a socket to be told on: a miner that connects before the pool is there
// is served when it is, one that connects during a reload waits, one that connects
// behind a drain is sent away, and the manager hears when the pool is ready, reloads and
// ends.
func TestUnderAServiceManager(t *testing.T) {
	t.Parallel()
	parent := mustSim(t, simchain.Config{Name: "parent", Parent: true, Bits: monitoringBits})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	addr := ln.Addr().String()
	port, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	dir, err := os.MkdirTemp("/tmp", "mls") // socket paths are short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: dir + "/notify", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()

	early, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	web := mustFreePort(t)
	config := strings.Replace(killConfig(filepath.Join(dir, "data"), addr, parent), `listen = ""`, fmt.Sprintf("listen = %q", web), 1)
	file := mustWrite(t, config)
	// LISTEN_PID is the shell's own, which becomes the program.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" run "$1"`, mustBinary(t), file)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+dir+"/notify")
	cmd.ExtraFiles = []*os.File{port}
	p := mustStartCommand(t, cmd)

	mustHear(t, manager, "READY=1")
	mustAnswer(t, early)
	for _, pid := range p.children() {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err == nil && strings.Contains(string(env), "LISTEN_FDS=") {
			t.Errorf("process %d of a coin was told of the sockets", pid)
		}
	}

	_ = p.cmd.Process.Signal(syscall.SIGHUP) // nothing has changed
	mustHear(t, manager, "RELOADING=1")
	mustHear(t, manager, "READY=1")

	other := strings.Replace(config, "parent = \"parent\"\n", "parent = \"parent\"\ntag = \"/other/\"\n", 1)
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil || other == config {
		t.Fatal(err, "the configuration is as it was")
	}
	_ = p.cmd.Process.Signal(syscall.SIGHUP) // the pools restart
	mustHear(t, manager, "RELOADING=1")      // the file is read
	mustHear(t, manager, "RELOADING=1")      // the pools end
	mustServe(t, addr)
	mustHear(t, manager, "READY=1")

	mustStayDrained(t, p, file, addr, web)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Process.Signal(syscall.SIGHUP) // would restart the pools
	mustHear(t, manager, "RELOADING=1")
	mustHear(t, manager, "READY=1")
	poll(t, "a word of what the signal did not do", 20*time.Second, func() bool { // what it writes comes by a pipe
		return strings.Contains(p.log.String(), "the pools are not restarted with the new configuration")
	})
	mustBeSentAway(t, addr)

	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	mustHear(t, manager, "STOPPING=1")
	p.stop()
}

// mustStayDrained drains a pool whose port the service manager holds, and has it refuse
// what would open the port again.
func mustStayDrained(t *testing.T, p *process, file, addr, web string) {
	t.Helper()
	poll(t, "the restarted pool to be healthy", 60*time.Second, func() bool {
		out, code := runBinary(t, "healthcheck", file)
		return code == 0 && strings.HasPrefix(out, "ok")
	})
	if out, code := runBinary(t, "drain", file, "--over", "0s"); code != 0 || !strings.Contains(out, "the ports are closed") {
		t.Fatalf("drain: exit code %d: %s", code, out)
	}
	mustBeSentAway(t, addr)
	r, err := http.Get("http://" + web + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); r.StatusCode != http.StatusServiceUnavailable || err != nil || !strings.HasPrefix(string(text), "draining\npool p: ") {
		t.Errorf("healthz: got %d %q, %v", r.StatusCode, text, err)
	}
	if out, code := runBinary(t, "healthcheck", file); code != 0 || !strings.HasPrefix(out, "draining") {
		t.Errorf("healthcheck: exit code %d: %s", code, out)
	}
	if out, code := runBinary(t, "reload", file); code != 0 || !strings.Contains(out, "nothing in the file has changed") {
		t.Errorf("reload: exit code %d: %s", code, out)
	}
	text := mustRead(t, file)
	if err := os.WriteFile(file, []byte(strings.Replace(text, "/other/", "/third/", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := runBinary(t, "reload", file, "--restart"); code != 2 || !strings.Contains(out, "nothing was changed: the ports of pool p are closed by a drain for good") {
		t.Errorf("reload --restart: exit code %d: %s", code, out)
	}
	mustBeSentAway(t, addr)
}

// mustBeSentAway connects to a port that is drained and held open.
func mustBeSentAway(t *testing.T, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if errors.Is(err, syscall.ECONNRESET) {
		return
	}
	if err != nil {
		t.Fatalf("the service manager's socket: %v", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if text, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || len(text) > 0 {
		t.Errorf("a drained port: got %q, %v; want the end of the connection", text, err)
	}
}

// mustServe connects as a miner that tries again when it is sent away by the pools that
// end; nobody may be refused.
func mustServe(t *testing.T, addr string) {
	t.Helper()
	poll(t, "a miner that comes during a reload to be served", 60*time.Second, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("during a reload: %v", err)
		}
		defer conn.Close()
		return subscribed(conn) == nil
	})
}

// mustHear waits for a state that the manager is told.
func mustHear(t *testing.T, manager *net.UnixConn, want string) {
	t.Helper()
	buf := make([]byte, 4096)
	if err := manager.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := manager.Read(buf)
	if err != nil {
		t.Fatalf("waiting for %s: %v", want, err)
	}
	if got, _, _ := strings.Cut(string(buf[:n]), "\n"); got != want {
		t.Fatalf("told %q, want %q", got, want)
	}
}

// mustAnswer subscribes on a connection that may have waited for a while.
func mustAnswer(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := subscribed(conn); err != nil {
		t.Fatal(err)
	}
}

// subscribed subscribes, and is nil when the pool has answered.
func subscribed(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	if _, err := fmt.Fprintln(conn, `{"id":1,"method":"mining.subscribe","params":["test"]}`); err != nil {
		return err
	}
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	if err == nil && !strings.Contains(string(buf[:n]), `"result":[`) {
		err = fmt.Errorf("answered %q", buf[:n])
	}
	return err
}
