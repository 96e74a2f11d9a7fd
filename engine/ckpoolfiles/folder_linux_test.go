package ckpoolfiles

import (
	"bytes"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// mustLimit keeps files of this process from growing beyond some bytes, as a disk does
// that is full, until the function that it returns is called.
func mustLimit(t *testing.T, size uint64) func() {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}

// Where a disk is full the old file stays, and nothing half written is left.
func TestFullDisk(t *testing.T) {
	f := folder{root: t.TempDir()}
	if err := f.prepare(); err != nil {
		t.Fatal(err)
	}
	if err := f.write(usersFolder, "alice", []byte("old")); err != nil {
		t.Fatal(err)
	}
	end := mustLimit(t, 1000)
	err := f.write(usersFolder, "alice", bytes.Repeat([]byte("new"), 1000))
	end()
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got %v, want that the file cannot grow", err)
	}
	users := filepath.Join(f.root, usersFolder)
	if got, err := os.ReadFile(filepath.Join(users, "alice")); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v, want the old file", got, err)
	}
	entries, err := os.ReadDir(users)
	if err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want the one file", entries, err)
	}
}
