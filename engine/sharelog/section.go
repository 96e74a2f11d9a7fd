package sharelog

import (
	"errors"
	"fmt"
	"io"
)

// Section is a part of the log as bytes: the frames from one position to another,
// without the headers of segments. It belongs to one goroutine.
type Section struct {
	log         source
	first, last Position
	at          Position
	segment     *segment
	file        File
}

var _ io.ReadSeekCloser = (*Section)(nil)

// Section is the part of the log from first to last, which are in it.
func (l *Log) Section(first, last Position) *Section {
	return &Section{log: l, first: first, last: last, at: first}
}

// Section is the part of the log from first to last, which are in it.
func (v *View) Section(first, last Position) *Section {
	return &Section{log: v, first: first, last: last, at: first}
}

// Read reads what follows. Errors are io.EOF at the end and those of a Reader.
func (s *Section) Read(b []byte) (int, error) {
	if s.at >= s.last {
		return 0, io.EOF
	}
	seg, end, err := s.log.find(s.at)
	if err != nil {
		return 0, err
	}
	if end == s.at {
		return 0, io.ErrUnexpectedEOF
	}
	if seg != s.segment {
		if err := s.Close(); err != nil {
			return 0, err
		}
		f, err := s.log.openSegment(seg)
		if err != nil {
			return 0, fmt.Errorf("share log: %w", err)
		}
		s.file, s.segment = f, seg
	}
	n := int(min(uint64(len(b)), uint64(min(end, s.last)-s.at)))
	n, err = s.file.ReadAt(b[:n], seg.offset(s.at))
	s.at += Position(n)
	if n > 0 {
		return n, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return 0, fmt.Errorf("share log: reading %s: %w", seg.name(), err)
}

// Seek sets where the next Read begins, counted in bytes of the section.
func (s *Section) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += int64(s.at - s.first)
	case io.SeekEnd:
		offset += int64(s.last - s.first)
	}
	if offset < 0 {
		return 0, errors.New("share log: a place before the section")
	}
	s.at = s.first + Position(offset)
	return offset, nil
}

// Close closes the file that is being read.
func (s *Section) Close() error {
	f := s.file
	s.file, s.segment = nil, nil
	if f == nil {
		return nil
	}
	return f.Close()
}
