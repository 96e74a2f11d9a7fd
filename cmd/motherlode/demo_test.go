package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runDemo runs the built demo with an environment and a folder for temporary
// files of its own, and checks that it leaves nothing in it.
func runDemo(t *testing.T, env ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	tmp, err := os.MkdirTemp("/tmp", "mld")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, mustBinary(t), "demo", "--blocks", "2")
	cmd.Env = append(append(os.Environ(), "TMPDIR="+tmp), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	left, err := filepath.Glob(tmp + "/*")
	if err != nil || len(left) > 0 {
		t.Errorf("the demo left %v behind", left)
	}
	for _, pid := range processesWith(t, "TMPDIR="+tmp) {
		t.Errorf("the demo left process %s running", pid)
	}
	return string(out)
}

// processesWith lists the processes whose environment has an entry.
func processesWith(t *testing.T, entry string) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(text), entry+"\x00") {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

func TestDemoOnRealBTCD(t *testing.T) {
	t.Parallel()
	out := runDemo(t)
	for _, want := range []string{
		`btcd runs, regtest`, `block +bitcoin +FOUND`, `block +bitcoin +accepted`, `block +alpha +accepted`, `block +beta +accepted`,
		`bitcoin +btcd .* 0 -> +([2-9]|[1-9][0-9]+) `, `The nodes themselves report these heights`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("nothing like %q in:\n%s", want, out)
		}
	}
}

func TestDemoWithoutGoSaysThatItsParentIsSimulated(t *testing.T) {
	t.Parallel()
	out := runDemo(t, "PATH=/nonexistent")
	for _, want := range []string{`no Go toolchain`, `SIMULATED`, `bitcoin +simulated, `, `The nodes themselves report these heights`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("nothing like %q in:\n%s", want, out)
		}
	}
}

// TestDemoThatIsCutShortLeavesNothing ends the demo by Ctrl-C, by a closed
// terminal, and by a reader that goes away.
func TestDemoThatIsCutShortLeavesNothing(t *testing.T) {
	withoutRace(t)
	for name, end := range map[string]func(*exec.Cmd, io.Closer){
		"Ctrl-C":          func(c *exec.Cmd, _ io.Closer) { _ = c.Process.Signal(os.Interrupt) },
		"closed terminal": func(c *exec.Cmd, _ io.Closer) { _ = c.Process.Signal(syscall.SIGHUP) },
		"closed pipe":     func(_ *exec.Cmd, out io.Closer) { out.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			tmp, err := os.MkdirTemp("/tmp", "mld")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(tmp)
			cmd := exec.Command(mustBinary(t), "demo", "--blocks", "4")
			cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for lines.Scan() && !strings.Contains(lines.Text(), "FOUND") {
			}
			end(cmd, out)
			for lines.Scan() {
			}
			_ = cmd.Wait()
			if left, _ := filepath.Glob(tmp + "/*"); len(left) > 0 {
				t.Errorf("the demo left %v behind", left)
			}
			if pids := processesWith(t, "TMPDIR="+tmp); len(pids) > 0 {
				t.Errorf("the demo left processes %v running", pids)
			}
		})
	}
}

// TestDemoThatStays ends well by Ctrl-C, which a terminal sends to all processes of its
// group, after it had its blocks and served its status all the while.
func TestDemoThatStays(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(mustBinary(t), "demo", "--blocks", "1", "--stay")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := mustStartCommand(t, cmd)
	poll(t, "the blocks of a demo that stays", 2*time.Minute, func() bool { return strings.Contains(p.log.String(), "until Ctrl-C") })
	_, rest, ok := strings.Cut(p.log.String(), "dashboard at ")
	if !ok {
		t.Fatalf("no dashboard in %s", p.log.String())
	}
	url, _, _ := strings.Cut(rest, "\n")
	r, err := http.Get(url + "healthz")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("health: %s", r.Status)
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if code := p.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(p.log.String(), "The nodes themselves report") {
		t.Errorf("exit code %d: %s", code, tail(p.log.String(), 2000))
	}
}
