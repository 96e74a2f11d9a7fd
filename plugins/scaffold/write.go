package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes files into the folder dir, which it makes, with those above it,
// when it is not there. A folder with anything in it is refused with an error of
// kind ErrFolder, so that nothing is ever overwritten. When a file cannot be
// written, what was written before it is taken away again.
func Write(dir string, files []File) (err error) {
	if err := checkFolder(dir); err != nil {
		return err
	}
	var made undo
	defer func() {
		if err != nil {
			made.all()
			err = fmt.Errorf("%w: %w", ErrFolder, err)
		}
	}()
	for _, f := range files {
		target := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := made.folder(filepath.Dir(target)); err != nil {
			return err
		}
		if err := made.file(target, f); err != nil {
			return err
		}
	}
	return nil
}

func checkFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w: %w", ErrFolder, err)
	case len(entries) > 0:
		return fmt.Errorf("%w: %s is not empty, and nothing is overwritten; expected a new folder or an empty one", ErrFolder, dir)
	}
	return nil
}

// undo is what was made, in order.
type undo []string

// all removes what was made, the last first. It removes no folder that somebody
// else has put something in.
func (u undo) all() {
	for i := len(u) - 1; i >= 0; i-- {
		_ = os.Remove(u[i])
	}
}

// folder makes a folder and those above it.
func (u *undo) folder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if above := filepath.Dir(dir); above != dir {
		if err := u.folder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	*u = append(*u, dir)
	return nil
}

// file writes a file that is not there yet.
func (u *undo) file(path string, f File) error {
	mode := fs.FileMode(0o644)
	if f.Executable {
		mode = 0o755
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	*u = append(*u, path)
	_, err = out.Write(f.Text)
	return errors.Join(err, out.Close())
}
