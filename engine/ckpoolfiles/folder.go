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

// in does something below the folder, which no symbolic link leads out of: whoever else
// may write into it does not have the pool's rights elsewhere.
func (f *folder) in(do func(*os.Root) error) error {
	root, err := os.OpenRoot(f.root)
	if err != nil {
		return err
	}
	return errors.Join(do(root), root.Close())
}

// prepare makes what folders there are not yet. Those below have the rights of the
// folder itself, whatever the process's umask is: it is the operator's to say who may
// read the files.
func (f *folder) prepare() error {
	if err := os.MkdirAll(f.root, 0o755); err != nil {
		return err
	}
	return f.in(func(root *os.Root) error {
		info, err := root.Stat(".")
		if err != nil {
			return err
		}
		f.mode = info.Mode().Perm()&0o666 | 0o600
		for _, name := range []string{poolFolder, usersFolder, workerFolder} {
			if err := f.make(root, name, info.Mode().Perm()|0o700); err != nil {
				return err
			}
		}
		return nil
	})
}

// make makes one of the folders below, which is to be one and no link to another: that
// could be a second pool's.
func (f *folder) make(root *os.Root, name string, mode fs.FileMode) error {
	err := root.Mkdir(name, 0o700)
	if err == nil {
		return root.Chmod(name, mode)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := root.Lstat(name)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: %w", filepath.Join(f.root, name), ErrNoFolder)
	}
	return err
}

// write puts a file in the place of the one before at once.
func (f *folder) write(sub, name string, content []byte) error {
	return f.in(func(root *os.Root) (err error) {
		next := filepath.Join(sub, newFile)
		// Something of that name is of a run that was killed, or a link to what is not ours.
		if err := root.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		file, err := root.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
		if err != nil {
			return err
		}
		defer func() {
			if err != nil {
				_ = root.Remove(next) // the first error is the one to tell
			}
		}()
		_, err = file.Write(content)
		if err == nil {
			err = file.Chmod(f.mode)
		}
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
		return root.Rename(next, filepath.Join(sub, name))
	})
}

// remove takes a file away, if it is there.
func (f *folder) remove(sub, name string) error {
	return f.in(func(root *os.Root) error {
		if err := root.Remove(filepath.Join(sub, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
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
