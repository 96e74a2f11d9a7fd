package ckpoolfiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The folders and the one file with a fixed name.
const (
	poolFolder   = "pool"
	usersFolder  = "users"
	workerFolder = "workers"
	statusFile   = "pool.status"
	newFile      = ".new" // being written; no FileName begins with a point
)

// folder is where the files are. Nothing but one goroutine writes below it.
type folder struct {
	root string
	mode fs.FileMode // of files: who may look into the folder may read them
}

// prepare makes what folders there are not yet. Those below have the rights of the
// folder itself, whatever the process's umask is: it is the operator's to say who may
// read the files.
func (f *folder) prepare() error {
	if err := os.MkdirAll(f.root, 0o755); err != nil {
		return err
	}
	info, err := os.Stat(f.root)
	if err != nil {
		return err
	}
	f.mode = info.Mode().Perm()&0o666 | 0o600
	for _, name := range []string{poolFolder, usersFolder, workerFolder} {
		path := filepath.Join(f.root, name)
		err := os.Mkdir(path, 0o700)
		if err == nil {
			err = os.Chmod(path, info.Mode().Perm()|0o700)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// write puts a file in the place of the one before at once.
func (f *folder) write(sub, name string, content []byte) (err error) {
	dir := filepath.Join(f.root, sub)
	next := filepath.Join(dir, newFile)
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, f.mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(next) // the first error is the one to tell
		}
	}()
	_, err = file.Write(content)
	if err == nil {
		err = file.Chmod(f.mode)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(dir, name))
}

// remove takes a file away, if it is there.
func (f *folder) remove(sub, name string) error {
	if err := os.Remove(filepath.Join(f.root, sub, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// written is when each file of a folder was written.
func (f *folder) written(sub string) (map[string]time.Time, error) {
	entries, err := os.ReadDir(filepath.Join(f.root, sub))
	if err != nil {
		return nil, err
	}
	all := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all[e.Name()] = info.ModTime()
	}
	return all, nil
}
