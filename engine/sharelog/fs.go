package sharelog

import (
	"io"
	"os"
	"path/filepath"
	"sort"
)

// FS is what the log asks of a folder. Names have no path. Its methods are
// called by one goroutine at a time, but for Open and what it returns.
type FS interface {
	// Lock takes the folder for this Log until the Closer is closed. It returns
	// ErrLocked where another one holds it.
	Lock(name string) (io.Closer, error)
	// List names the files, sorted.
	List() ([]string, error)
	// Create makes an empty file, or empties it.
	Create(name string) (File, error)
	// Modify opens a file for reading and writing.
	Modify(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	Remove(name string) error
	// SyncDir makes created and removed names durable.
	SyncDir() error
}

// File is one open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Sync makes the content durable, as fdatasync does.
	Sync() error
}

// dirFS is a folder of the system.
type dirFS string

// Dir is a folder of the system, for those who want to stand in front of it.
func Dir(dir string) FS { return dirFS(dir) }

type osFile struct{ *os.File }

var (
	_ FS   = dirFS("")
	_ File = osFile{}
)

func (d dirFS) path(name string) string { return filepath.Join(string(d), name) }

func (d dirFS) Lock(name string) (io.Closer, error) { return lockFile(d.path(name)) }

func (d dirFS) List() ([]string, error) {
	f, err := os.Open(string(d))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	sort.Strings(names)
	return names, err
}

func (d dirFS) open(name string, flags int) (File, error) {
	f, err := os.OpenFile(d.path(name), flags, 0o640)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d dirFS) Create(name string) (File, error) {
	return d.open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}
func (d dirFS) Modify(name string) (File, error) { return d.open(name, os.O_RDWR) }
func (d dirFS) Open(name string) (File, error)   { return d.open(name, os.O_RDONLY) }
func (d dirFS) Remove(name string) error         { return os.Remove(d.path(name)) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error { return datasync(f.File) }
