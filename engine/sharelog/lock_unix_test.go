//go:build unix && !solaris && !aix

package sharelog

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A program that is being started has the lock's file too until it runs; the log can be
// opened again all the same.
func TestLockIsLetGoBesideAStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "LOCK")
	l, err := lockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(l.(interface{ Fd() uintptr }).Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(child)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, err = lockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
