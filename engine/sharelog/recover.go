package sharelog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// recover finds the segments, checks the last one whole, and cuts off its torn
// end. Older segments are checked as they are read.
func (l *Log) recover() error {
	names, err := l.fs.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		if s, ok := parseName(name); ok {
			l.segments = append(l.segments, s)
		}
	}
	if len(l.segments) == 0 {
		return l.startAt(&segment{}, true)
	}
	for i, s := range l.segments[:len(l.segments)-1] {
		if err := l.checkSealed(s, l.segments[i+1].first); err != nil {
			return err
		}
	}
	return l.recoverLast(l.segments[len(l.segments)-1])
}

// startAt makes s the last segment, with nothing in it.
func (l *Log) startAt(s *segment, add bool) (err error) {
	if l.file, err = l.create(s); err != nil {
		return fmt.Errorf("creating %s: %w", s.name(), err)
	}
	if add {
		l.segments = append(l.segments, s)
	}
	l.current = s
	l.end.Store(uint64(s.first))
	return nil
}

// checkSealed makes sure that a segment reaches to where the next one begins.
func (l *Log) checkSealed(s *segment, next Position) error {
	f, err := l.fs.Open(s.name())
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size < s.offset(next) {
		return fmt.Errorf("%w: %s has %d bytes and the next segment starts at its byte %d: the end of it or a file between them is missing",
			ErrCorrupt, s.name(), size, s.offset(next))
	}
	return s.checkHeader(f)
}

func (l *Log) recoverLast(s *segment) (err error) {
	f, err := l.fs.Modify(s.name())
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size < segmentHeader {
		// A crash came between making the file and its header: nothing in it.
		l.log.Warn("segment of the share log was only begun; starting it again", "segment", s.name(), "bytes", size)
		if err := f.Close(); err != nil {
			return err
		}
		return l.startAt(s, false)
	}
	if err := s.checkHeader(f); err != nil {
		return err
	}
	content := make([]byte, size-segmentHeader)
	if n, err := f.ReadAt(content, segmentHeader); n < len(content) {
		return fmt.Errorf("reading %s: %w", s.name(), errors.Join(err, io.ErrUnexpectedEOF))
	}
	good, err := s.scan(content)
	if err != nil {
		return err
	}
	l.file, l.current = f, s
	l.end.Store(uint64(s.first) + uint64(good))
	if torn := len(content) - good; torn > 0 {
		l.log.Warn("torn end of the share log is cut off", "segment", s.name(), "offset", segmentHeader+int64(good), "bytes", torn)
		if err := l.cut(); err != nil {
			return err
		}
	}
	// What is built on from now on must not be lost by what comes later.
	return f.Sync()
}

// scan returns where the last whole batch of a segment's content ends. A bad
// frame is a torn end unless a later write follows it.
func (s *segment) scan(content []byte) (good int, err error) {
	at := 0
	var d decoder
	for at < len(content) {
		n, _, wrong := checkFrame(content[at:])
		if wrong == "" {
			kind := Kind(content[at+frameKind])
			frame := content[at : at+n]
			switch {
			case kind == kindMark && markAt(frame, s.first+Position(at)):
			case kind == kindMark:
				wrong = "mark of a write is of another place"
			default:
				if _, ok := d.decode(kind&^moreFollow, frame[frameHead:]); !ok {
					return 0, s.damage(at, "record of an unknown kind or layout")
				}
			}
			if wrong == "" {
				at += n
				if kind != kindMark && kind&moreFollow == 0 {
					good = at
				}
				continue
			}
		}
		if later, ok := s.findMark(content, at+1); ok {
			return 0, s.damage(at, fmt.Sprintf("%s, and a later write follows at byte %d", wrong, s.offset(s.first)+int64(later)))
		}
		break
	}
	return good, nil
}

// findMark looks for the start of a write at or after from.
func (s *segment) findMark(content []byte, from int) (int, bool) {
	var start [4]byte
	start[0] = markSize - frameHead // the length of a mark
	for at := from; ; at++ {
		i := bytes.Index(content[min(at, len(content)):], start[:])
		if i < 0 {
			return 0, false
		}
		at += i
		if markAt(content[at:], s.first+Position(at)) {
			return at, true
		}
	}
}

func (s *segment) damage(at int, what string) error {
	return fmt.Errorf("%w: %s, byte %d: %s", ErrCorrupt, s.name(), s.offset(s.first)+int64(at), what)
}
