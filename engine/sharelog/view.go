package sharelog

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxTorn is more than any write has, of which a torn end is a part.
const maxTorn = 256 << 20

// View is a share log that is read and never written: the folder of a pool,
// whether it runs or not, or days that were downloaded from one. It is the log as
// it was when the view was opened, and takes no lock.
type View struct {
	fs       FS
	segments []*segment // by first position; each reaches to the next
	end      Position
	torn     int64
}

// found is a file with a part of the log.
type found struct {
	*segment
	end Position
}

// OpenView opens the share log at path: a folder of segments or of downloaded
// days, in any mixture and under any names, or a single such file. Files that are
// neither are passed over. Errors: ErrNone, ErrMissing with what is missing
// between two files, ErrCorrupt, and those of the system.
func OpenView(path string) (*View, error) {
	v, err := openView(path)
	if err != nil {
		return nil, fmt.Errorf("share log in %s: %w", path, err)
	}
	return v, nil
}

func openView(path string) (*View, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var names []string
	v := &View{fs: Dir(path)}
	if info.IsDir() {
		if names, err = v.fs.List(); err != nil {
			return nil, err
		}
	} else {
		v.fs, names = Dir(filepath.Dir(path)), []string{filepath.Base(path)}
	}
	var all []found
	for _, name := range names {
		f, ok, err := v.identify(name)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: no segment of one and no downloaded day is there", ErrNone)
	}
	return v, v.join(all)
}

// identify looks at the start of a file. A segment has a header; a day starts
// with the mark of a write, which tells its position.
func (v *View) identify(name string) (_ found, ok bool, err error) {
	if info, err := os.Stat(filepath.Join(string(v.fs.(dirFS)), name)); err != nil || !info.Mode().IsRegular() {
		return found{}, false, nil // gone since, or a folder
	}
	f, err := v.fs.Open(name)
	if err != nil {
		return found{}, false, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return found{}, false, err
	}
	var start [max(int(segmentHeader), markSize)]byte
	n, err := f.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return found{}, false, err
	}
	s := &segment{file: name}
	switch {
	case n >= int(segmentHeader) && string(start[:len(segmentMagic)]) == segmentMagic:
		s.first = Position(binary.LittleEndian.Uint64(start[len(segmentMagic):]))
	case n >= markSize && isMark(start[:markSize]):
		s.bare, s.first = true, Position(binary.LittleEndian.Uint64(start[frameHead:]))
	case looksLikeOne(name) && n >= markSize:
		return found{}, false, fmt.Errorf("%w: %s does not start as a segment or a downloaded day does", ErrCorrupt, name)
	default:
		return found{}, false, nil
	}
	return found{s, s.first + Position(size-s.offset(s.first))}, true, nil
}

// looksLikeOne reports whether a file is called as a segment or a day is.
func looksLikeOne(name string) bool {
	_, isSegment := parseName(name)
	_, err := time.Parse(time.DateOnly, name[:min(len(name), len(time.DateOnly))])
	return isSegment || err == nil
}

// isMark reports whether frame is the mark of a write, wherever it belongs.
func isMark(frame []byte) bool {
	return markAt(frame, Position(binary.LittleEndian.Uint64(frame[frameHead:])))
}

// copyOf reports whether all that f has is in last too. Of two segments the later
// one always counts: what the other has behind its start is void.
func (f found) copyOf(last found) bool {
	if !f.bare && !last.bare && f.first > last.first {
		return false
	}
	return f.end <= last.end
}

// join puts the files in order, leaves out those that others contain, and says
// what is missing between them.
func (v *View) join(all []found) error {
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.end, a.end), strings.Compare(a.file, b.file))
	})
	last := all[0]
	v.segments = append(v.segments, last.segment)
	var missing error
	for _, f := range all[1:] {
		if f.copyOf(last) {
			continue
		}
		if f.first > last.end {
			missing = errors.Join(missing, fmt.Errorf("%w: bytes %d to %d of it, between %s and %s", ErrMissing, last.end, f.first, last.file, f.file))
		}
		v.segments = append(v.segments, f.segment)
		last = f
	}
	if missing != nil {
		return missing
	}
	return v.findEnd(last)
}

// findEnd finds the last whole batch of the last file: the write behind it may be
// under way, or the download of it.
func (v *View) findEnd(last found) error {
	f, err := v.fs.Open(last.file)
	if err != nil {
		return err
	}
	defer f.Close()
	v.end = last.first
	w := frames{file: f, segment: last.segment, pos: last.first, end: last.end}
	for {
		kind, n, err := w.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if kind != byte(kindMark) && kind&moreFollow == 0 {
			v.end = w.pos
		}
	}
	v.torn = int64(last.end - v.end)
	return nil
}

// frames walks over the frames of a file without unpacking them.
type frames struct {
	file    File
	segment *segment
	pos     Position // of what is left of buf
	end     Position // of the file
	buf     []byte
	memory  []byte
}

// next passes over one frame. It returns io.EOF at the end, a length of 0 before
// a torn end, and ErrCorrupt before damage.
func (w *frames) next() (kind byte, n int, err error) {
	for {
		n, short, wrong := checkFrame(w.buf)
		if short {
			more, err := w.fill()
			if err != nil {
				return 0, 0, err
			}
			if more {
				continue
			}
			if len(w.buf) == 0 {
				return 0, 0, io.EOF
			}
		}
		if wrong == "" && w.buf[frameKind] == byte(kindMark) && !markAt(w.buf[:n], w.pos) {
			wrong = "mark of a write is of another place"
		}
		if wrong != "" {
			return 0, 0, w.tornOr(wrong)
		}
		kind, w.buf, w.pos = w.buf[frameKind], w.buf[n:], w.pos+Position(n)
		return kind, n, nil
	}
}

func (w *frames) fill() (more bool, err error) {
	have := len(w.buf)
	want := int(min(uint64(w.end-w.pos), uint64(max(readAhead, 2*have))))
	if have >= want {
		return false, nil
	}
	if cap(w.memory) < want {
		w.memory = make([]byte, want)
	}
	w.memory = w.memory[:want]
	copy(w.memory, w.buf)
	n, err := w.file.ReadAt(w.memory[have:], w.segment.offset(w.pos)+int64(have))
	w.buf = w.memory[:have+n]
	if n == 0 && err != nil && err != io.EOF {
		return false, err
	}
	return n > 0, nil
}

// tornOr is nil where nothing but a torn end follows, and else the damage.
func (w *frames) tornOr(wrong string) error {
	rest := &segment{first: w.pos}
	for {
		if later, ok := rest.findMark(w.buf, 1); ok {
			return w.segment.damage(int(w.pos-w.segment.first),
				fmt.Sprintf("%s, and a later write follows at byte %d", wrong, w.segment.offset(w.pos)+int64(later)))
		}
		if len(w.buf) > maxTorn {
			return w.segment.damage(int(w.pos-w.segment.first), wrong)
		}
		more, err := w.fill()
		if err != nil || !more {
			return err
		}
	}
}

// Start is the position of the first record.
func (v *View) Start() Position { return v.segments[0].first }

// End is the position after the last whole batch.
func (v *View) End() Position { return v.end }

// Torn is the number of bytes behind End: of a write or a download that was under
// way, or was cut off.
func (v *View) Torn() int64 { return v.torn }

// Files are the names of the files, in order.
func (v *View) Files() []string {
	names := make([]string, len(v.segments))
	for i, s := range v.segments {
		names[i] = s.file
	}
	return names
}

// Read returns a reader that starts at a position, as that of a Log does.
func (v *View) Read(from Position) *Reader { return &Reader{log: v, pos: from} }

// Wait returns ErrClosed where nothing is behind pos: a view does not grow.
func (v *View) Wait(_ context.Context, pos Position) error {
	if v.end > pos {
		return nil
	}
	return ErrClosed
}

func (v *View) openSegment(s *segment) (File, error) { return v.fs.Open(s.file) }

func (v *View) find(pos Position) (*segment, Position, error) {
	switch {
	case pos < v.Start():
		return nil, 0, fmt.Errorf("share log: %w: %d, the oldest is %d", ErrRetired, pos, v.Start())
	case pos > v.end:
		return nil, 0, fmt.Errorf("share log: %w: %d, the end is %d", ErrBeyondEnd, pos, v.end)
	}
	s, end := segmentAt(v.segments, pos, v.end)
	return s, end, nil
}
