package leases

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/motherlode-pool/motherlode/stratum"
)

const (
	headSize  = 8
	markSize  = 4
	leaseSize = 20
	ended     = -1

	bodyLimit  = 64 << 20 // of a batch; a longer one is damage
	rewriteMin = 1 << 20  // a smaller file is never written anew while it is in use
	rewriteBy  = 4        // the file may grow to so many times its size when it was written
)

var table = crc32.MakeTable(crc32.Castagnoli)

// File is a file of leases. It belongs to one goroutine at a time.
type File struct {
	path  string
	f     *os.File
	size  int64
	fresh int64 // size when it was written anew
	mark  uint32
	known bool // mark is in the file
}

var _ stratum.Store = (*File)(nil)

// New is the file at path; it does no I/O. Nobody else may use it meanwhile.
func New(path string) *File { return &File{path: path} }

// Load reads the file and writes it anew, without what is over. With an error
// nothing is known, and Keep tries to begin a new file.
func (s *File) Load() (stratum.Kept, error) {
	s.Close()
	st, err := read(s.path)
	if err != nil {
		return stratum.Kept{}, fmt.Errorf("read leases: %w", err)
	}
	if err := s.rewrite(st); err != nil {
		return stratum.Kept{}, err
	}
	k := stratum.Kept{Known: st.known, Mark: st.mark}
	for _, l := range st.leases {
		k.Leases = append(k.Leases, l)
	}
	return k, nil
}

// Keep appends a batch.
func (s *File) Keep(c stratum.Changes) error {
	if s.f == nil {
		st, err := read(s.path)
		if err == nil {
			err = s.rewrite(st)
		}
		if err != nil {
			return fmt.Errorf("keep leases: %w", err)
		}
	}
	b := batch(c)
	n, err := s.f.Write(b)
	if err == nil && (!s.known || c.Mark != s.mark) {
		err = s.f.Sync()
	}
	if err != nil {
		// A batch that is there in part would hide those behind it.
		if cut := s.f.Truncate(s.size); n > 0 && cut != nil {
			s.Close()
		}
		return fmt.Errorf("keep leases: %w", err)
	}
	s.size += int64(n)
	s.mark, s.known = c.Mark, true
	if s.size > max(rewriteMin, rewriteBy*s.fresh) {
		return s.compact()
	}
	return nil
}

// compact writes the file anew from what it says. What was to be kept is kept,
// whether that succeeds or not.
func (s *File) compact() error {
	st, err := read(s.path)
	if err == nil {
		err = s.rewrite(st)
	}
	if err != nil {
		s.fresh = s.size // later again
	}
	return nil
}

// Close lets the file go. Another Load or Keep opens it again.
func (s *File) Close() error {
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	s.f = nil
	return err
}

// rewrite replaces the file by one that says st in one batch.
func (s *File) rewrite(st state) (err error) {
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("folder of leases: %w", err)
	}
	tmp, err := os.CreateTemp(dir, filepath.Base(s.path)+".*")
	if err != nil {
		return fmt.Errorf("write leases: %w", err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	var b []byte
	if st.known {
		c := stratum.Changes{Mark: st.mark}
		for _, l := range st.leases {
			c.Put = append(c.Put, l)
		}
		b = batch(c)
	}
	if _, err := tmp.Write(b); err != nil {
		return fmt.Errorf("write leases: %w", err)
	}
	if err := errors.Join(tmp.Sync(), os.Rename(tmp.Name(), s.path)); err != nil {
		return fmt.Errorf("write leases: %w", err)
	}
	s.Close()
	s.f, s.size, s.fresh = tmp, int64(len(b)), int64(len(b))
	s.mark, s.known = st.mark, st.known
	return nil
}

// state is what a file says.
type state struct {
	known  bool
	mark   uint32
	leases map[[8]byte]stratum.Lease
}

// read folds the file at path; without one, or with one that is something else,
// nothing is known.
func read(path string) (state, error) {
	st := state{leases: map[[8]byte]stratum.Lease{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return st, err
	}
	for {
		body, rest, err := next(b)
		if err != nil {
			return st, nil
		}
		st.apply(body)
		b = rest
	}
}

// next cuts the first batch off b; io.EOF where there is no good one.
func next(b []byte) (body, rest []byte, err error) {
	if len(b) < headSize {
		return nil, nil, io.EOF
	}
	size := int64(binary.LittleEndian.Uint32(b))
	if size < markSize || (size-markSize)%leaseSize != 0 || size > bodyLimit || size > int64(len(b)-headSize) {
		return nil, nil, io.EOF
	}
	body = b[headSize : headSize+size]
	if crc32.Checksum(body, table) != binary.LittleEndian.Uint32(b[4:]) {
		return nil, nil, io.EOF
	}
	return body, b[headSize+size:], nil
}

// apply takes in the body of a batch.
func (st *state) apply(body []byte) {
	st.known = true
	st.mark = binary.LittleEndian.Uint32(body)
	for b := body[markSize:]; len(b) > 0; b = b[leaseSize:] {
		l := stratum.Lease{
			Session: [8]byte(b), Extranonce: [4]byte(b[8:]), Until: int64(binary.LittleEndian.Uint64(b[12:])),
		}
		if l.Until == ended {
			delete(st.leases, l.Session)
		} else {
			st.leases[l.Session] = l
		}
	}
}

// batch renders changes.
func batch(c stratum.Changes) []byte {
	b := make([]byte, headSize, headSize+markSize+leaseSize*(len(c.Put)+len(c.Ended)))
	b = binary.LittleEndian.AppendUint32(b, c.Mark)
	for _, l := range c.Put {
		b = append(append(b, l.Session[:]...), l.Extranonce[:]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(l.Until))
	}
	for _, id := range c.Ended {
		b = append(append(b, id[:]...), 0, 0, 0, 0)
		b = binary.LittleEndian.AppendUint64(b, ^uint64(0))
	}
	body := b[headSize:]
	binary.LittleEndian.PutUint32(b, uint32(len(body)))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(body, table))
	return b
}
