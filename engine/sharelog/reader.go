package sharelog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
)

const readAhead = 256 << 10

// source is what a Reader reads: a Log or a View.
type source interface {
	Start() Position
	Wait(ctx context.Context, pos Position) error

	// find returns the segment that holds the byte at pos and where its readable
	// part ends. At the end of the log the two are equal.
	find(pos Position) (*segment, Position, error)
	openSegment(s *segment) (File, error)
}

var (
	_ source = (*Log)(nil)
	_ source = (*View)(nil)
)

// Reader follows the log from a position on. It belongs to one goroutine.
type Reader struct {
	log     source
	pos     Position // of the next frame
	segment *segment // that file is of
	file    File
	buf     []byte // read from the file, from pos on
	memory  []byte // what buf is a part of
	decoder decoder
	only    *only // nil: every record
	err     error
}

// Read returns a reader that starts at a position: 0, Start, End or one that
// Next returned. Errors come from Next.
func (l *Log) Read(from Position) *Reader { return &Reader{log: l, pos: from} }

// Position is where the next record is looked for.
func (r *Reader) Position() Position { return r.pos }

// Close closes the file that is being read.
func (r *Reader) Close() error {
	r.err, r.buf = ErrClosed, nil
	return r.drop()
}

// Wait returns when there is more to read, with the errors of Log.Wait.
func (r *Reader) Wait(ctx context.Context) error { return r.log.Wait(ctx, r.pos) }

// Next returns the next record and the position after it. At the present end of
// the log it returns io.EOF, and may be called again. Other errors are final:
// ErrCorrupt (with file and offset), ErrRetired, ErrBeyondEnd, ErrClosed and
// those of the system. The record is valid until the next call.
func (r *Reader) Next() (Record, Position, error) {
	if r.err != nil {
		return Record{}, r.pos, r.err
	}
	rec, err := r.next()
	if err != nil && err != io.EOF {
		r.err = err
	}
	return rec, r.pos, err
}

func (r *Reader) next() (Record, error) {
	for {
		n, short, wrong := checkFrame(r.buf)
		if short {
			more, err := r.fill()
			if err != nil {
				return Record{}, err
			}
			if more {
				continue
			}
			n, _, wrong = checkFrame(r.buf)
		}
		if wrong != "" {
			return Record{}, r.damage(wrong)
		}
		kind, payload := Kind(r.buf[frameKind]), r.buf[frameHead:n]
		if kind == kindMark {
			if !markAt(r.buf[:n], r.pos) {
				return Record{}, r.damage("mark of a write is of another place")
			}
			r.skip(n)
			continue
		}
		if kind &^= moreFollow; r.only != nil && !r.only.wants(kind, payload) {
			r.skip(n)
			continue
		}
		rec, ok := r.decoder.decode(kind, payload)
		if !ok {
			return Record{}, r.damage("record of an unknown kind or layout")
		}
		r.skip(n)
		return rec, nil
	}
}

func (r *Reader) skip(n int) {
	r.buf = r.buf[n:]
	r.pos += Position(n)
}

func (r *Reader) damage(what string) error {
	return fmt.Errorf("share log: %w", r.segment.damage(int(r.pos-r.segment.first), what))
}

// fill reads more of the log behind buf. It reports false when the segment has
// no more than buf holds already, and io.EOF at the end of the log.
func (r *Reader) fill() (bool, error) {
	s, limit, err := r.log.find(r.pos)
	if err != nil {
		return false, err
	}
	if limit == r.pos {
		return false, io.EOF
	}
	if s != r.segment {
		r.buf = r.buf[:0]
		if err := r.open(s); err != nil {
			return false, err
		}
	}
	have := len(r.buf)
	want := min(uint64(limit-r.pos), uint64(max(readAhead, 2*have)))
	if uint64(have) >= want {
		return false, nil
	}
	if uint64(cap(r.memory)) < want {
		r.memory = append(make([]byte, 0, want), r.buf...)
	} else {
		r.memory = append(r.memory[:0], r.buf...)
	}
	r.memory = r.memory[:want]
	n, err := r.file.ReadAt(r.memory[have:], s.offset(r.pos)+int64(have))
	r.buf = r.memory[:have+n]
	if n == 0 {
		return false, fmt.Errorf("share log: reading %s at byte %d: %w", s.name(), s.offset(r.pos), err)
	}
	return true, nil
}

func (r *Reader) open(s *segment) error {
	if err := r.drop(); err != nil {
		return fmt.Errorf("share log: %w", err)
	}
	f, err := r.log.openSegment(s)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && r.pos < r.log.Start() {
			return ErrRetired
		}
		return fmt.Errorf("share log: %w", err)
	}
	r.file, r.segment = f, s
	if err := s.checkHeader(f); err != nil {
		return fmt.Errorf("share log: %w", err)
	}
	return nil
}

func (r *Reader) drop() error {
	f := r.file
	r.file, r.segment = nil, nil
	if f == nil {
		return nil
	}
	return f.Close()
}

func (l *Log) openSegment(s *segment) (File, error) { return l.fs.Open(s.name()) }

func (l *Log) find(pos Position) (*segment, Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := l.End()
	switch {
	case pos < l.segments[0].first:
		return nil, 0, fmt.Errorf("share log: %w: %d, the oldest is %d", ErrRetired, pos, l.segments[0].first)
	case pos > end:
		return nil, 0, fmt.Errorf("share log: %w: %d, the end is %d", ErrBeyondEnd, pos, end)
	}
	s, end := segmentAt(l.segments, pos, end)
	return s, end, nil
}

// segmentAt is the segment of a position that is in the log, and where its
// readable part ends; end is that of the last segment.
func segmentAt(all []*segment, pos, end Position) (*segment, Position) {
	i := sort.Search(len(all), func(i int) bool { return all[i].first > pos }) - 1
	if i+1 < len(all) {
		end = all[i+1].first
	}
	return all[i], end
}
