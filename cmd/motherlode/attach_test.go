package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mustDebuggee runs the example plugin as its author does under a debugger, and
// gives the value of the variable that it prints.
func mustDebuggee(t *testing.T, r *rig) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(r.plugin)
	cmd.Env = []string{"MOTHERLODE_DEBUG=toy", "TMPDIR=" + r.dir, "PATH=" + os.Getenv("PATH")}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	value, ok := strings.CutPrefix(strings.TrimSpace(line), "export MOTHERLODE_ATTACH='")
	if !ok {
		t.Fatalf("printed %q", line)
	}
	return cmd, strings.TrimSuffix(value, "'")
}

// TestPluginUnderADebugger mines a chain of a process that the pool has not
// started, ends that process and brings it back.
func TestPluginUnderADebugger(t *testing.T) {
	withoutRace(t)
	r := mustRig(t)
	first, value := mustDebuggee(t, r)
	t.Setenv("MOTHERLODE_ATTACH", value)
	// The file's own checksum is wrong: nobody looks.
	file := r.config(t, `sha256 = "`+strings.Repeat("0", 64)+`"`, "")
	out, code := runBinary(t, "check", file)
	if code != 0 || !strings.Contains(out, "warning: DEVELOPMENT ONLY") || !strings.Contains(out, "coin toy") {
		t.Fatalf("check ends with %d: %s", code, out)
	}

	p := mustStart(t, "run", file)
	m := mustMine(t, r)
	m.poll(t, "an accepted block of the toy chain", func() bool { return r.accepted(t) >= 1 })
	if pid := p.runsFile(r.plugin); pid != 0 {
		t.Errorf("the pool started %d all the same", pid)
	}
	if log := p.log.String(); !strings.Contains(log, "WARN") || !strings.Contains(log, "DEVELOPMENT ONLY") {
		t.Errorf("no warning in the log: %s", tail(log, 3000))
	}

	if err := first.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	m.poll(t, "the coin to be down", func() bool { return r.coin(t, "toy").State == "down" })
	second, again := mustDebuggee(t, r)
	m.poll(t, "the coin to be back", func() bool { return r.coin(t, "toy").State == "ready" })
	if socket := strings.Split(value, `"pid"`)[0]; !strings.HasPrefix(again, socket) {
		t.Errorf("attached by %s, later by %s: want one socket", value, again)
	}
	p.stop()
	if err := second.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the pool's end took the debuggee with it: %v", err)
	}
}

func TestWrongAttachmentsAreSaid(t *testing.T) {
	r := mustRig(t)
	file := r.config(t, r.sum(t), "")
	t.Setenv("MOTHERLODE_ATTACH", "toy=/tmp/x")
	for _, command := range []string{"check", "run"} {
		begin := time.Now()
		if out, code := runBinary(t, command, file); code != 2 || !strings.Contains(out, "MOTHERLODE_ATTACH: ") {
			t.Errorf("%s ends with %d after %v: %s", command, code, time.Since(begin), out)
		}
	}
	t.Setenv("MOTHERLODE_ATTACH", `{"other":{"socket":"/x"}}`)
	if out, code := runBinary(t, "check", file); code != 0 || !strings.Contains(out, `names the coin "other", which the configuration does not have`) {
		t.Errorf("check ends with %d: %s", code, out)
	}
}
