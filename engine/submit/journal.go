package submit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

const (
	// journalName is the file in the courier's folder.
	journalName = "found.journal"

	// startCompact is the size from which a journal is rewritten at start.
	startCompact = 1 << 20
)

// file is what the journal asks of its file; tests put faults in between.
type file interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
}

// journal is the file of found blocks.
type journal struct {
	dir   string
	log   *slog.Logger
	limit int64                             // size at which grown is sent to
	wrap  func(*os.File) file               // nil outside tests
	read  func(name string) ([]byte, error) // os.ReadFile
	grown chan struct{}                     // one slot
	dirty chan struct{}                     // one slot: something is to be synced

	mu      sync.Mutex // guards the rest
	f       file
	size    int64
	rewrite int64 // size after the last rewrite
}

func newJournal(dir string, log *slog.Logger) *journal {
	return &journal{
		dir: dir, log: log, limit: DefaultCompact, read: os.ReadFile,
		grown: make(chan struct{}, 1), dirty: make(chan struct{}, 1),
	}
}

func (j *journal) path() string { return filepath.Join(j.dir, journalName) }

// open reads the journal, mends its end and makes it ready for append.
func (j *journal) open() ([]record, error) {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the journal: %w", err)
	}
	data, err := j.read(j.path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal of found blocks: %w", err)
	}
	s, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.path(), err)
	}
	if len(s.damage) > 0 {
		if err := j.keepAside(data, s.damage); err != nil {
			return nil, err
		}
	}
	osf, err := os.OpenFile(j.path(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal of found blocks: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.f, j.size = j.wrapped(osf), int64(s.good)
	if err := j.mendEnd(int64(len(data))); err != nil {
		return nil, errors.Join(fmt.Errorf("journal of found blocks: %w", err), osf.Close())
	}
	if len(s.damage) > 0 || j.size > startCompact {
		poke(j.grown)
	}
	return s.records, nil
}

// mendEnd cuts off what follows the last whole frame and gives an empty file its
// magic. Journal.mu is held.
func (j *journal) mendEnd(size int64) error {
	if size > j.size {
		j.log.Warn("journal of found blocks had a torn end", "path", j.path(), "bytes", size-j.size)
		if err := j.f.Truncate(j.size); err != nil {
			return err
		}
	}
	if j.size > 0 {
		return nil
	}
	n, err := io.WriteString(j.f, fileMagic)
	j.size = int64(n)
	return err
}

func (j *journal) wrapped(f *os.File) file {
	if j.wrap != nil {
		return j.wrap(f)
	}
	return f
}

// keepAside writes a copy of a damaged journal for a person to look at.
func (j *journal) keepAside(data []byte, damage []error) error {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s.%d.damaged", j.path(), i)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("keep the damaged journal: %w", err)
		}
		_, err = f.Write(data)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("keep the damaged journal: %w", err)
		}
		j.log.Error("journal of found blocks is damaged; the whole records are used and a copy is kept",
			"error", errors.Join(damage...), "copy", name)
		return nil
	}
}

// append writes rec to the page cache; its fsync runs beside, in syncing. On an
// error nothing of rec is left in the file, or only what a reader skips.
func (j *journal) append(rec record) error {
	h, bodies, err := rec.encode()
	if err != nil {
		return err
	}
	start, err := frameStart(h, bodies)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return errors.New("journal is not open")
	}
	written := int64(0)
	for _, part := range append([][]byte{start}, bodies...) {
		n, err := j.f.Write(part)
		written += int64(n)
		if err != nil {
			if terr := j.f.Truncate(j.size); terr != nil {
				j.size += written
				err = errors.Join(err, terr)
			}
			return err
		}
	}
	j.size += written
	poke(j.dirty)
	if j.size > j.limit && j.size > 2*j.rewrite {
		poke(j.grown)
	}
	return nil
}

// poke fills a slot. It cannot block.
func poke(slot chan struct{}) {
	select {
	case slot <- struct{}{}:
	default:
	}
}

// syncing brings what was appended to the disk, until ctx ends.
func (j *journal) syncing(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-j.dirty:
		}
		j.mu.Lock()
		f := j.f
		j.mu.Unlock()
		if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
			j.log.Error("journal of found blocks cannot be synced", "error", err)
		}
	}
}

// close syncs and closes the file.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return nil
	}
	err := errors.Join(j.f.Sync(), j.f.Close())
	j.f = nil
	if err != nil {
		return fmt.Errorf("journal of found blocks: %w", err)
	}
	return nil
}
