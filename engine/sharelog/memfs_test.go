package sharelog

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"sort"
	"sync"
)

var errInjected = errors.New("injected fault")

// fault says what becomes of one operation; keep is how many bytes of a write
// get through.
type fault struct {
	err  error
	keep int
}

// memFS is a folder in memory whose operations can be made to fail.
type memFS struct {
	mu     sync.Mutex
	files  map[string]*[]byte
	locked bool
	hook   func(op, name string, n int) *fault // called for each change
}

func newMemFS() *memFS { return &memFS{files: map[string]*[]byte{}} }

// clone is the folder as a crash would leave it now.
func (m *memFS) clone() *memFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := newMemFS()
	for name, b := range m.files {
		content := slices.Clone(*b)
		c.files[name] = &content
	}
	return c
}

func (m *memFS) check(op, name string, n int) *fault {
	if m.hook == nil {
		return nil
	}
	return m.hook(op, name, n)
}

func (m *memFS) checkErr(op, name string) error {
	if f := m.check(op, name, 0); f != nil {
		return f.err
	}
	return nil
}

type memLock struct{ m *memFS }

func (l memLock) Close() error { l.m.locked = false; return nil }

func (m *memFS) Lock(string) (io.Closer, error) {
	if m.locked {
		return nil, ErrLocked
	}
	m.locked = true
	return memLock{m}, nil
}

func (m *memFS) List() ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for name := range m.files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, nil
}

func (m *memFS) Create(name string) (File, error) {
	if err := m.checkErr("create", name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = &[]byte{}
	return &memFile{m, name, m.files[name]}, nil
}

func (m *memFS) Modify(name string) (File, error) { return m.Open(name) }

func (m *memFS) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return &memFile{m, name, b}, nil
}

func (m *memFS) Remove(name string) error {
	if err := m.checkErr("remove", name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return nil
}

func (m *memFS) SyncDir() error { return m.checkErr("syncdir", "") }

type memFile struct {
	fs   *memFS
	name string
	b    *[]byte
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if off >= int64(len(*f.b)) {
		return 0, io.EOF
	}
	n := copy(p, (*f.b)[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	bad := f.fs.check("write", f.name, len(p))
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if bad != nil {
		p = p[:min(bad.keep, len(p))]
	}
	for int64(len(*f.b)) < off+int64(len(p)) {
		*f.b = append(*f.b, 0)
	}
	n := copy((*f.b)[off:], p)
	if bad != nil {
		return n, bad.err
	}
	return n, nil
}

func (f *memFile) Truncate(size int64) error {
	if err := f.fs.checkErr("truncate", f.name); err != nil {
		return err
	}
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	*f.b = (*f.b)[:min(size, int64(len(*f.b)))]
	return nil
}

func (f *memFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(*f.b)), nil
}

func (f *memFile) Sync() error  { return f.fs.checkErr("sync", f.name) }
func (f *memFile) Close() error { return nil }
