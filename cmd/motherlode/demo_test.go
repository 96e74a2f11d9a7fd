package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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
	out := runDemo(t, "PATH=/nonexistent")
	for _, want := range []string{`no Go toolchain`, `SIMULATED`, `bitcoin +simulated, `, `The nodes themselves report these heights`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("nothing like %q in:\n%s", want, out)
		}
	}
}
