//go:build !unix || solaris || aix

package sharelog

import (
	"fmt"
	"io"
	"os"
)

// heldFile is removed when it is closed.
type heldFile struct{ *os.File }

func (f heldFile) Close() error {
	err := f.File.Close()
	os.Remove(f.Name())
	return err
}

// lockFile holds path for this process. Where a file that is open cannot be
// removed (Windows), a file left by a crash gives way and a held one does not;
// elsewhere nothing is locked.
func lockFile(path string) (io.Closer, error) {
	os.Remove(path)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if os.IsExist(err) {
		return nil, fmt.Errorf("%w (%s)", ErrLocked, path)
	}
	if err != nil {
		return nil, err
	}
	return heldFile{f}, nil
}

// SyncDir does nothing: these systems keep names by themselves.
func (d dirFS) SyncDir() error { return nil }
