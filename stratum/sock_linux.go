package stratum

import (
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// How often a connection that takes no more bytes is tried again.
const (
	retryMin = time.Millisecond
	retryMax = 100 * time.Millisecond // thousands that do not read must cost little
)

// sock is a TCP connection outside the runtime's poller: nothing waits for it but
// a watcher. Its descriptor stays open until release, so that no goroutine ever
// meets a descriptor that was given to another connection in the meantime.
type sock struct {
	fd            int
	local, remote net.Addr

	uses     atomic.Int32 // goroutines in a system call, or released
	down     atomic.Bool  // Close was called
	overdue  atomic.Bool  // the read deadline has passed
	deadline atomic.Int64 // for writes, Unix nanoseconds; 0 for none
}

var _ net.Conn = (*sock)(nil)

// released is added to uses when the descriptor shall be closed by the last user.
const released = -1 << 30

// newSock takes a connection out of the runtime's poller. Nil means that it has
// to stay there; it is untouched then.
func newSock(conn net.Conn) *sock {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	fd := -1
	err = raw.Control(func(old uintptr) {
		r, _, errno := syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0)
		if errno == 0 {
			fd = int(r)
		}
	})
	if err != nil || fd < 0 {
		return nil
	}
	k := &sock{fd: fd, local: tcp.LocalAddr(), remote: tcp.RemoteAddr()}
	tcp.Close() // the duplicate keeps the connection open
	return k
}

// use begins a system call on the descriptor; false when it is gone.
func (k *sock) use() bool {
	if k.uses.Add(1) > 0 {
		return true
	}
	k.unuse()
	return false
}

func (k *sock) unuse() {
	if k.uses.Add(-1) == released {
		// Whoever takes it from released to there closes; nobody gets in anymore.
		if k.uses.CompareAndSwap(released, 2*released) {
			syscall.Close(k.fd)
		}
	}
}

// release closes the descriptor as soon as no system call uses it. Called once,
// when no watcher knows it anymore.
func (k *sock) release() {
	k.Close()
	k.uses.Add(1)
	k.uses.Add(released)
	k.unuse()
}

// tryRead reads what is there; without anything the error is EAGAIN.
func (k *sock) tryRead(b []byte) (int, error) {
	if k.overdue.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	if !k.use() {
		return 0, net.ErrClosed
	}
	defer k.unuse()
	for {
		n, err := syscall.Read(k.fd, b)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && k.overdue.Load():
			return 0, os.ErrDeadlineExceeded
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// tryWrite writes what the socket takes now, possibly nothing.
func (k *sock) tryWrite(b []byte) (int, error) {
	if !k.use() {
		return 0, net.ErrClosed
	}
	defer k.unuse()
	return writeOnce(uintptr(k.fd), b)
}

// Write writes all of b, trying again now and then while the socket is full,
// until the deadline for writes.
func (k *sock) Write(b []byte) (done int, err error) {
	for wait := retryMin; ; wait = min(2*wait, retryMax) {
		n, err := k.tryWrite(b[done:])
		done += n
		if err != nil || done == len(b) {
			return done, err
		}
		if n > 0 {
			wait = retryMin
		}
		if d := k.deadline.Load(); d != 0 && time.Now().UnixNano() >= d {
			return done, os.ErrDeadlineExceeded
		}
		time.Sleep(wait)
	}
}

// Close ends the connection in both directions and never waits. The descriptor
// lives on until release.
func (k *sock) Close() error {
	if k.down.Swap(true) || !k.use() {
		return nil
	}
	defer k.unuse()
	return syscall.Shutdown(k.fd, syscall.SHUT_RDWR)
}

// SetReadDeadline knows only one deadline, now: whoever reads or will read
// stops. Its watcher wakes up for it.
func (k *sock) SetReadDeadline(time.Time) error {
	if k.overdue.Swap(true) || !k.use() {
		return nil
	}
	defer k.unuse()
	return syscall.Shutdown(k.fd, syscall.SHUT_RD)
}

// SetWriteDeadline bounds Write, also one that is under way. The zero time is no
// deadline.
func (k *sock) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		k.deadline.Store(0)
	} else {
		k.deadline.Store(t.UnixNano())
	}
	return nil
}

// Read is not how a sock is read: see tryRead.
func (k *sock) Read([]byte) (int, error)      { return 0, syscall.ENOTSUP }
func (k *sock) SetDeadline(t time.Time) error { return syscall.ENOTSUP }
func (k *sock) LocalAddr() net.Addr           { return k.local }
func (k *sock) RemoteAddr() net.Addr          { return k.remote }
