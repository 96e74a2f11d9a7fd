package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	// socketPath is the longest path of a unix socket, with its final zero.
	socketPath = 108

	// socketName is what is added to the folder: go-plugin's own folder and
	// file, each with a random number of up to ten digits.
	socketName = len("/plugin-dir0123456789/plugin0123456789")

	// poolPrefix begins the name of a pool's folder; its process id follows, and
	// with a lock on the file "lock" in it the pool says that it lives.
	poolPrefix = "p"
)

// SocketDir is a pool's private folder for the sockets of its plugins.
type SocketDir struct {
	path string
	lock *os.File
}

// NewSocketDir makes a folder that only this user can enter, below dataDir, or
// where that makes the path of a socket too long, below the folder for temporary
// files. Folders that dead pools left there are removed; those of pools that live
// are let alone. Close removes it.
func NewSocketDir(dataDir string) (*SocketDir, error) {
	base, err := filepath.Abs(filepath.Join(dataDir, "run"))
	if err != nil {
		return nil, err
	}
	if len(base)+len("/p0123456789")+socketName >= socketPath {
		base = filepath.Join(os.TempDir(), "motherlode-"+strconv.Itoa(os.Geteuid()))
		if len(base)+len("/p0123456789")+socketName >= socketPath {
			base = filepath.Join("/tmp", "motherlode-"+strconv.Itoa(os.Geteuid()))
		}
	}
	if err := privateDir(base); err != nil {
		return nil, err
	}
	sweep(base)

	// The folder is filled under a name that no sweep looks at.
	fresh, err := os.MkdirTemp(base, "new")
	if err != nil {
		return nil, err
	}
	lock, err := lockIn(fresh)
	if err != nil {
		_ = os.RemoveAll(fresh)
		return nil, err
	}
	// One process may have several; a folder that is there is not empty, and so
	// not replaced.
	for n := range 100 {
		path := fmt.Sprintf("%s/%s%d-%d", base, poolPrefix, os.Getpid(), n)
		if err = os.Rename(fresh, path); err == nil {
			return &SocketDir{path: path, lock: lock}, nil
		}
	}
	_ = lock.Close()
	_ = os.RemoveAll(fresh)
	return nil, err
}

// Path is the folder.
func (d *SocketDir) Path() string { return d.path }

// Close removes the folder. Plugins must be closed before.
func (d *SocketDir) Close() error {
	err := os.RemoveAll(d.path)
	return errors.Join(err, d.lock.Close())
}

// privateDir makes sure of a folder that only this user can enter.
func privateDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the folder %s belongs to user %d, want %d", path, st.Uid, os.Geteuid())
	}
	if info.Mode().Perm() != 0o700 {
		return os.Chmod(path, 0o700)
	}
	return nil
}

// lockIn takes the lock that lasts as long as this process.
func lockIn(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes the folders of pools that are dead: those whose lock is free.
// What cannot be removed is left to the next start.
func sweep(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), poolPrefix) {
			continue
		}
		dir := filepath.Join(base, e.Name())
		lock, err := lockIn(dir)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		_ = lock.Close()
	}
}
