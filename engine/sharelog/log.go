package sharelog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/internal/histogram"
)

// Position is a byte of the log, counted over all segments since its first.
type Position uint64

const (
	defaultSegmentSize = 64 << 20 // a start reads one segment; a day of a large pool is some tens
	minSegmentSize     = 4 << 10
	keptBuffer         = 4 << 20 // a larger buffer of a rare burst is given back
	lockName           = "LOCK"
)

// Options are the choices of Open; the zero value is usable.
type Options struct {
	Sync        string // "os" (default): survives a crash of the process; "disk": a power cut
	SegmentSize int64  // bytes after which a segment ends; default 64 MiB
	FS          FS     // default: the folder itself
	Logger      *slog.Logger
}

// Log is an open share log. Its methods may be called by any goroutine.
type Log struct {
	fs     FS
	log    *slog.Logger
	disk   bool
	limit  int64
	lock   io.Closer
	end    atomic.Uint64
	failed atomic.Uint64 // writes that failed
	fsyncs histogram.Histogram

	mu       sync.Mutex
	idle     *sync.Cond // signalled when a write is over
	gather   *group     // the batches that go out next
	free     []*group
	writing  bool
	closed   bool
	changed  chan struct{} // closed when the log grows; nil while nobody waits
	segments []*segment    // by first position; the last one is written to

	// Of the goroutine that writes.
	file    File     // of the last segment
	current *segment // the last segment
	suspect bool     // the file may have bytes after the end of the log
	fresh   bool     // a write could not be synced: go on in a new segment
	row     uint64   // writes that have failed since the last good one
}

// group is the batches of one write and those who wait for it.
type group struct {
	cond    *sync.Cond
	buf     []byte // a mark, then frames; empty while no batch is in it
	waiting int
	synced  bool // somebody waits for the disk
	done    bool
	err     error
}

// Open opens the log in dir, which it makes if need be, and cuts off a torn end.
// Errors: ErrLocked, ErrCorrupt, ErrOption, and those of the system.
func Open(dir string, o Options) (_ *Log, err error) {
	l := &Log{fs: o.FS, log: o.Logger, limit: o.SegmentSize}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	switch o.Sync {
	case "", "os":
	case "disk":
		l.disk = true
	default:
		return nil, fmt.Errorf("%w: sync is %q, want \"os\" or \"disk\"", ErrOption, o.Sync)
	}
	if l.limit == 0 {
		l.limit = defaultSegmentSize
	}
	if l.limit < minSegmentSize {
		return nil, fmt.Errorf("%w: segments of %d bytes, want at least %d", ErrOption, l.limit, minSegmentSize)
	}
	if l.fs == nil {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, fmt.Errorf("share log: %w", err)
		}
		l.fs = dirFS(dir)
	}
	l.idle = sync.NewCond(&l.mu)
	l.gather = l.newGroup()
	if l.lock, err = l.fs.Lock(lockName); err != nil {
		return nil, fmt.Errorf("opening share log in %s: %w", dir, err)
	}
	if err := l.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening share log in %s: %w", dir, err), l.lock.Close())
	}
	return l, nil
}

// End is the position after the last acknowledged batch.
func (l *Log) End() Position { return Position(l.end.Load()) }

// Synced reports whether Append waits for the disk.
func (l *Log) Synced() bool { return l.disk }

// Start is the position of the oldest record that is kept.
func (l *Log) Start() Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[0].first
}

// Failures is the number of writes that failed since Open.
func (l *Log) Failures() uint64 { return l.failed.Load() }

// Fsyncs is how long the disk took to confirm what was written to it, those times
// left out in which it failed.
func (l *Log) Fsyncs() histogram.Counts { return l.fsyncs.Counts() }

// sync makes the last segment durable and takes the time. Only the leader calls it.
func (l *Log) sync() error {
	began := time.Now()
	err := l.file.Sync()
	if err == nil {
		l.fsyncs.Observe(time.Since(began))
	}
	return err
}

// Wait returns when the log has grown beyond pos, when ctx ends (its error) or
// when the log is closed (ErrClosed).
func (l *Log) Wait(ctx context.Context, pos Position) error {
	for {
		l.mu.Lock()
		if l.End() > pos {
			l.mu.Unlock()
			return nil
		}
		if l.closed {
			l.mu.Unlock()
			return ErrClosed
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Close waits for the appends that are under way, writes the log to the disk and
// gives up the lock. Readers must be closed by their owners.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return ErrClosed
	}
	l.closed = true
	for l.writing || l.gather.waiting > 0 {
		l.idle.Wait()
	}
	l.tellWaiters()
	l.mu.Unlock()

	var err error
	if l.file != nil {
		err = errors.Join(l.file.Sync(), l.file.Close())
	}
	if err = errors.Join(err, l.lock.Close()); err != nil {
		return fmt.Errorf("closing share log: %w", err)
	}
	return nil
}

// tellWaiters wakes everyone in Wait. The caller holds mu.
func (l *Log) tellWaiters() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}
