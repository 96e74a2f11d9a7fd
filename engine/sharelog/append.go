package sharelog

import (
	"errors"
	"fmt"
	"sync"
)

// Append writes a batch and returns when it is in the log. An empty batch is
// nothing to do. After an error the batch is not in the log as far as this
// process and its readers are concerned, and may be appended again; a crash
// right then can leave it behind whole. The batch is not changed.
func (l *Log) Append(b *Batch) error { return l.append(b, false) }

// AppendSynced is Append for what must outlive a power cut whatever Options.Sync
// says. It takes what is before it in the log along.
func (l *Log) AppendSynced(b *Batch) error { return l.append(b, true) }

func (l *Log) append(b *Batch, synced bool) error {
	if b.err != nil {
		return b.err
	}
	if b.count == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	g := l.gather
	if len(g.buf) == 0 {
		g.buf = append(g.buf, zeroMark[:]...) // its position is known when it goes out
	}
	g.buf = append(g.buf, b.buf...)
	g.synced = g.synced || synced
	g.waiting++
	for !g.done {
		if l.writing {
			g.cond.Wait()
			continue
		}
		l.lead(g)
	}
	err := g.err
	if g.waiting--; g.waiting == 0 {
		l.release(g)
	}
	return err
}

var zeroMark [markSize]byte

// lead writes the group that gathered, for all who wait for it. The caller
// holds mu, which is free during the write.
func (l *Log) lead(g *group) {
	l.writing = true
	l.gather = l.newGroup()
	l.mu.Unlock()
	err := l.write(g.buf, l.disk || g.synced)
	l.say(err)
	l.mu.Lock()

	l.writing = false
	g.err, g.done = err, true
	g.cond.Broadcast()
	if err == nil {
		l.tellWaiters()
	}
	// One of those who gathered meanwhile leads the next write.
	if l.gather.waiting > 0 {
		l.gather.cond.Signal()
	}
	l.idle.Broadcast()
}

func (l *Log) newGroup() *group {
	if n := len(l.free); n > 0 {
		g := l.free[n-1]
		l.free = l.free[:n-1]
		return g
	}
	return &group{cond: sync.NewCond(&l.mu)}
}

func (l *Log) release(g *group) {
	if cap(g.buf) > keptBuffer {
		g.buf = nil
	}
	g.buf, g.synced, g.done, g.err = g.buf[:0], false, false, nil
	l.free = append(l.free, g)
}

// write puts one group at the end of the log. Only the leader calls it.
func (l *Log) write(buf []byte, synced bool) error {
	if err := l.prepare(); err != nil {
		return fmt.Errorf("share log: %w", err)
	}
	end := l.End()
	appendMark(buf[:0], end)
	n, err := l.file.WriteAt(buf, l.current.offset(end))
	if err == nil && n < len(buf) {
		err = fmt.Errorf("%d of %d bytes were written", n, len(buf))
	}
	if err == nil && synced {
		if err = l.sync(); err != nil {
			l.fresh = true
		}
	}
	if err != nil {
		l.suspect = true
		err = fmt.Errorf("share log: writing %s: %w", l.current.name(), err)
		if cut := l.cut(); cut != nil {
			err = errors.Join(err, cut)
		}
		return err
	}
	l.end.Store(uint64(end) + uint64(len(buf)))
	return nil
}

// say counts writes that failed, and logs the first of a row of them and its end: a
// full disk is not filled with words about it. Only the leader calls it.
func (l *Log) say(err error) {
	if err != nil {
		l.failed.Add(1)
		if l.row++; l.row == 1 {
			l.log.Error("shares cannot be written to the share log; it is tried with each share", "error", err)
		}
		return
	}
	if l.row > 0 {
		l.log.Info("shares are written to the share log again", "failed", l.row)
		l.row = 0
	}
}

// prepare makes the last segment fit to be written to at the end of the log.
func (l *Log) prepare() error {
	if l.suspect {
		if err := l.cut(); err != nil {
			if !l.fresh {
				l.log.Warn("segment of the share log is left behind at its last good byte", "segment", l.current.name(), "error", err)
			}
			l.fresh = true
		}
	}
	if l.fresh || l.current.offset(l.End()) >= l.limit {
		return l.rotate()
	}
	return nil
}

// cut shortens the last segment to the end of the log.
func (l *Log) cut() error {
	if err := l.file.Truncate(l.current.offset(l.End())); err != nil {
		return fmt.Errorf("cutting off %s: %w", l.current.name(), err)
	}
	l.suspect = false
	return nil
}

// rotate ends the last segment and starts a new one at the end of the log.
func (l *Log) rotate() error {
	if err := l.sync(); err != nil {
		if !l.fresh {
			return fmt.Errorf("ending %s: %w", l.current.name(), err)
		}
		l.log.Warn("segment of the share log was left behind unsynced", "segment", l.current.name(), "error", err)
	}
	next := &segment{first: l.End()}
	file, err := l.create(next)
	if err != nil {
		return fmt.Errorf("starting %s: %w", next.name(), err)
	}
	old := l.file
	l.file, l.current, l.suspect, l.fresh = file, next, false, false

	l.mu.Lock()
	if last := len(l.segments) - 1; l.segments[last].first == next.first {
		l.segments[last] = next // the same file, emptied: it held nothing good
	} else {
		l.segments = append(l.segments, next)
	}
	l.mu.Unlock()
	if err := old.Close(); err != nil {
		l.log.Warn("segment of the share log did not close", "error", err)
	}
	return nil
}
