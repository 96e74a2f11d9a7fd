//go:build unix

package stratum

import (
	"errors"
	"syscall"
)

// canTry says that a write which never waits exists here.
const canTry = true

// writeOnce writes to a socket that does not block. A full socket takes nothing,
// which is no error.
func writeOnce(fd uintptr, b []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), b)
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		default:
			return 0, err
		}
	}
}
