package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// jobIDs gives out job ids that never repeat, also across restarts: the start
// of the process in seconds in the upper half, a counter in the lower.
type jobIDs struct{ next atomic.Uint64 }

// openJobIDs reads the start of the process before from dir and takes a later
// one, whatever the clock says, so that a clock which was set back cannot make
// two jobs alike.
func openJobIDs(dir string, now time.Time) (*jobIDs, error) {
	path := filepath.Join(dir, "epoch")
	epoch := uint64(now.Unix())
	old, err := os.ReadFile(path)
	switch {
	case err == nil:
		last, err := strconv.ParseUint(strings.TrimSpace(string(old)), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s should hold one number, the start of the last run in Unix seconds: %w", path, err)
		}
		epoch = max(epoch, last+1)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading the start of the last run: %w", err)
	}
	if err := replaceFile(path, strconv.FormatUint(epoch, 10)+"\n"); err != nil {
		return nil, fmt.Errorf("noting the start of this run: %w", err)
	}
	ids := &jobIDs{}
	ids.next.Store(epoch << 32)
	return ids, nil
}

func (i *jobIDs) take() uint64 { return i.next.Add(1) }

// replaceFile writes a small file whole or not at all.
func replaceFile(path, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
