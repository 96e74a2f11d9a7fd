package ckpoolfiles

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
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

// A link below the folder leads to no file outside, whoever made it.
func TestLinksAreNotFollowed(t *testing.T) {
	for _, c := range []struct {
		name string
		link func(victim, path string) error
	}{
		{"a symbolic link", os.Symlink},
		{"a hard link", os.Link},
		{"a relative symbolic link", func(_, path string) error { return os.Symlink("../../victim", path) }},
	} {
		for _, at := range []string{newFile, "alice"} {
			t.Run(c.name+" called "+at, func(t *testing.T) {
				base := t.TempDir()
				victim := filepath.Join(base, "victim")
				f := folder{root: filepath.Join(base, "files")}
				if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o600), f.prepare()); err != nil {
					t.Fatal(err)
				}
				alice := filepath.Join(f.root, usersFolder, "alice")
				if err := c.link(victim, filepath.Join(f.root, usersFolder, at)); err != nil {
					t.Skip(err)
				}
				if err := f.write(usersFolder, "alice", []byte("new")); err != nil {
					t.Error(err)
				}
				if got, err := os.ReadFile(victim); err != nil || string(got) != "precious" {
					t.Errorf("the file that it leads to: got %q, %v", got, err)
				}
				if info, err := os.Stat(victim); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("the file that it leads to: %v, %v", info.Mode(), err)
				}
				if info, err := os.Lstat(alice); err != nil || !info.Mode().IsRegular() {
					t.Errorf("the account's file: %v, %v", info, err)
				}
				if got, err := os.ReadFile(alice); err != nil || string(got) != "new" {
					t.Errorf("the account's file: got %q, %v", got, err)
				}
			})
		}
	}
}

// A link in the place of a folder is said: nothing is written where it leads to.
func TestLinksToFolders(t *testing.T) {
	for _, c := range []struct{ name, target string }{
		{"outside", "../other"}, {"within", "workers"}, {"to nothing", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := t.TempDir()
			f := folder{root: filepath.Join(base, "files")}
			if err := errors.Join(os.Mkdir(filepath.Join(base, "other"), 0o700), os.Mkdir(f.root, 0o700), os.Symlink(c.target, filepath.Join(f.root, usersFolder))); err != nil {
				t.Fatal(err)
			}
			if err := f.prepare(); !errors.Is(err, ErrNoFolder) {
				t.Errorf("got %v, want %v", err, ErrNoFolder)
			}
			if c.name == "outside" { // should it be put there within a round
				if err := f.write(usersFolder, "alice", []byte("new")); err == nil {
					t.Error("a file was written")
				}
				if left, err := os.ReadDir(filepath.Join(base, "other")); err != nil || len(left) > 0 {
					t.Errorf("got %v, %v", left, err)
				}
			}
		})
	}
	t.Run("the folder itself", func(t *testing.T) { // the operator's own way to put it elsewhere
		base := t.TempDir()
		f := folder{root: filepath.Join(base, "files")}
		if err := errors.Join(os.Mkdir(filepath.Join(base, "other"), 0o700), os.Symlink("other", f.root), f.prepare(), f.write(usersFolder, "alice", nil)); err != nil {
			t.Error(err)
		}
	})
}
