package sharelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	segmentMagic  = "MLSHARE1"
	segmentHeader = int64(len(segmentMagic) + 8)
	segmentSuffix = ".log"
	nameDigits    = 20 // of the largest position
)

// segment is one file of the log. It is not changed once it is in the list.
type segment struct {
	first Position

	// Of a file that a View found.
	file string // its name, which may be any
	bare bool   // it has no header
}

func (s *segment) name() string {
	if s.file != "" {
		return s.file
	}
	return fmt.Sprintf("%0*d%s", nameDigits, uint64(s.first), segmentSuffix)
}

// offset is where a position is in the file.
func (s *segment) offset(p Position) int64 {
	if s.bare {
		return int64(p - s.first)
	}
	return segmentHeader + int64(p-s.first)
}

// parseName is the inverse of name.
func parseName(name string) (*segment, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != nameDigits {
		return nil, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return &segment{first: Position(first)}, err == nil
}

func (s *segment) header() []byte {
	return binary.LittleEndian.AppendUint64([]byte(segmentMagic), uint64(s.first))
}

// checkHeader reads the header of a segment's file.
func (s *segment) checkHeader(f File) error {
	if s.bare {
		return nil
	}
	var got [segmentHeader]byte
	if n, err := f.ReadAt(got[:], 0); n < len(got) {
		return fmt.Errorf("reading the header of %s: %w", s.name(), err)
	}
	if string(got[:]) != string(s.header()) {
		return fmt.Errorf("%w: %s does not start with the header %q and its position; it is of another version or of another file",
			ErrCorrupt, s.name(), segmentMagic)
	}
	return nil
}

// create makes the file of a segment that is to be the last one.
func (l *Log) create(s *segment) (File, error) {
	f, err := l.fs.Create(s.name())
	if err != nil {
		return nil, err
	}
	n, err := f.WriteAt(s.header(), 0)
	if err == nil && int64(n) < segmentHeader {
		err = errors.New("header was cut short")
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = l.fs.SyncDir()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Retire drops the segments that end at or before a position. The segment that
// is written to stays. Whoever reads there next gets ErrRetired.
func (l *Log) Retire(before Position) error {
	for {
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return ErrClosed
		}
		if len(l.segments) < 2 || l.segments[1].first > before {
			l.mu.Unlock()
			return nil
		}
		oldest := l.segments[0]
		// Out of the list first: no reader finds a file that is going. Where it
		// cannot be removed, the next Open finds it again, and no gap.
		l.segments = append([]*segment(nil), l.segments[1:]...)
		l.mu.Unlock()
		if err := l.fs.Remove(oldest.name()); err != nil {
			l.mu.Lock()
			l.segments = append([]*segment{oldest}, l.segments...)
			l.mu.Unlock()
			return fmt.Errorf("share log: retiring %s: %w", oldest.name(), err)
		}
	}
}
