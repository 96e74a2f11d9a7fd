package ckpoolfiles

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Who reads while a file is written has the old one or the new one, whole.
func TestFilesAreReplacedAtOnce(t *testing.T) {
	f := folder{root: t.TempDir()}
	if err := f.prepare(); err != nil {
		t.Fatal(err)
	}
	long, small := bytes.Repeat([]byte("long"), 50_000), []byte("small")
	if err := f.write(usersFolder, "alice", long); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := os.ReadFile(filepath.Join(f.root, usersFolder, "alice"))
				if err != nil || !bytes.Equal(got, long) && !bytes.Equal(got, small) {
					t.Errorf("read %d bytes, %v", len(got), err)
					return
				}
			}
		})
	}
	for i := range 300 {
		content := long
		if i%2 == 0 {
			content = small
		}
		if err := f.write(usersFolder, "alice", content); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
}

// On a full disk the old file stays, and nothing half written is left.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	f := folder{root: t.TempDir()}
	if err := f.prepare(); err != nil {
		t.Fatal(err)
	}
	if err := f.write(usersFolder, "alice", []byte("old")); err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(f.root, usersFolder)
	if err := os.Symlink("/dev/full", filepath.Join(users, newFile)); err != nil {
		t.Fatal(err)
	}
	if err := f.write(usersFolder, "alice", []byte("new")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want that the disk is full", err)
	}
	if got, err := os.ReadFile(filepath.Join(users, "alice")); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v, want the old file", got, err)
	}
	entries, err := os.ReadDir(users)
	if err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want the one file", entries, err)
	}
}
