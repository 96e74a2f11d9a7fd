package host

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const worldWritable = 0o002

// verify decides whether a program may be run, and gives the path to run. For an
// external one that is the file behind all links. The time between check and
// start is no gap for others as long as they cannot write the file or its folder,
// which is why both are looked at.
func verify(cfg Config, sum []byte) (string, error) {
	path := cfg.Command[0]
	fail := func(kind ErrorKind, err error) error {
		return &Error{Kind: kind, Plugin: cfg.Name, Err: err, settled: cannotRun(err)}
	}
	if cfg.External {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			return "", fail(ErrPluginStart, err)
		}
		path = real
		if err := safeFile(path); err != nil {
			return "", fail(ErrUnsafeFile, err)
		}
	}
	if sum != nil {
		got, err := fileSum(path)
		if err != nil {
			return "", fail(ErrPluginStart, err)
		}
		if !bytes.Equal(got, sum) {
			return "", fail(ErrChecksum, fmt.Errorf("%s has %s, configured is %x: put the right file there, or if you know that this is the one to run, set sha256 = %q",
				path, hex.EncodeToString(got), sum, hex.EncodeToString(got)))
		}
	}
	return path, nil
}

// safeFile refuses a file that others could have changed, or could change.
func safeFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	if info.Mode().Perm()&0o111 == 0 {
		return fmt.Errorf("%s is not executable: chmod +x", path)
	}
	if info.Mode().Perm()&worldWritable != 0 {
		return fmt.Errorf("%s can be written by everybody: chmod o-w", path)
	}
	if err := ownedBySelf(path, info); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	folder, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if folder.Mode().Perm()&worldWritable != 0 && folder.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("the folder %s can be written by everybody: chmod o-w", dir)
	}
	return ownedBySelf(dir, folder)
}

// ownedBySelf demands that the owner is the pool's user or root. A sticky folder
// (/tmp) protects its files from others and is root's.
func ownedBySelf(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d: want the pool's user %d, or root", path, uid, os.Geteuid())
	}
	return nil
}

func fileSum(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
