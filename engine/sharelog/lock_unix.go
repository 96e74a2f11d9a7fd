//go:build unix && !solaris && !aix

package sharelog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// lockFile holds path for this process; the system lets go when the process ends.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &heldLock{f}, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w (%s)", ErrLocked, path)
	}
	return nil, fmt.Errorf("locking %s: %w", path, err)
}

// heldLock is let go before its file is closed: a program that is just being started
// has every file of this process until it runs, and would hold the lock so long.
type heldLock struct{ *os.File }

func (l *heldLock) Close() error {
	return errors.Join(syscall.Flock(int(l.Fd()), syscall.LOCK_UN), l.File.Close())
}

// SyncDir makes created and removed names durable.
func (d dirFS) SyncDir() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
