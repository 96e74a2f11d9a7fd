package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// SocketName is the socket's file in the data directory.
const SocketName = "control.sock"

const (
	maxSocketPath = 103             // what a socket's address holds on every system, less one
	aliveTime     = 2 * time.Second // bound on finding out whether somebody answers
)

// ErrTaken says that another process answers at the socket.
var ErrTaken = errors.New("another process answers at this socket")

// Listen opens the socket in dir that only its owner may use. A file that a crash
// left behind is replaced; one behind which a process answers is ErrTaken.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, SocketName)
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("%s has %d bytes, a socket's path has %d at most: use a shorter data_dir", path, len(path), maxSocketPath)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	// The socket is made in a folder that nobody else can enter, then moved.
	private, err := os.MkdirTemp(dir, ".c")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	inside := filepath.Join(private, "s")
	if len(inside) > maxSocketPath { // a little longer than path
		inside = path
	}
	l, err := net.Listen("unix", inside)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	err = os.Chmod(inside, 0o600)
	if err == nil && inside != path {
		err = os.Rename(inside, path)
	}
	var made os.FileInfo
	if err == nil {
		made, err = os.Lstat(path)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &socket{l, path, made}, nil
}

// removeStale removes a socket at which nobody answers. It never removes anything
// that is no socket.
func removeStale(path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case st.Mode()&os.ModeSocket == 0:
		return fmt.Errorf("%s is there and is no socket: move it away", path)
	}
	conn, err := net.DialTimeout("unix", path, aliveTime)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("%s: %w", path, ErrTaken)
	case !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: %w: %w", path, ErrTaken, err) // busy, or another user's
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// socket removes its file when it is closed, unless another has taken its place.
type socket struct {
	net.Listener
	path string
	made os.FileInfo
}

func (s *socket) Close() error {
	err := s.Listener.Close()
	if st, lost := os.Lstat(s.path); lost == nil && os.SameFile(st, s.made) && st.ModTime().Equal(s.made.ModTime()) { // inodes are used again
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}
