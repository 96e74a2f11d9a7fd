//go:build unix

package testnode

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// MustPause stops a process with SIGSTOP and returns when every thread of it stands
// still: until then it may go on answering. Only Linux shows that; elsewhere MustPause
// does not wait.
func MustPause(t TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, pauseSignal); err != nil {
		t.Fatalf("stopping process %d: %v", pid, err)
	}
	for limit := time.Now().Add(30 * time.Second); !standsStill(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("process %d does not stop", pid)
		}
	}
}

// standsStill reports whether no thread of a process is shown to run.
func standsStill(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return true
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		if state := text[bytes.LastIndexByte(text, ')')+1:]; len(state) > 1 && state[1] != 'T' {
			return false
		}
	}
	return true
}
