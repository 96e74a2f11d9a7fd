package stratum

import (
	"net"
	"syscall"
	"time"
)

// wire writes to a connection, either without ever waiting or with a deadline.
// One goroutine at a time may use it.
type wire struct {
	conn net.Conn
	sock *sock           // conn, where it is one
	raw  syscall.RawConn // nil where only a waiting write exists (TLS, pipes)
	call func(fd uintptr) bool
	buf  []byte
	n    int
	err  error
}

// open prepares w for conn.
func (w *wire) open(conn net.Conn) {
	w.conn = conn
	if w.sock, _ = conn.(*sock); w.sock != nil {
		return
	}
	sc, ok := conn.(syscall.Conn)
	if !ok || !canTry {
		return
	}
	if raw, err := sc.SyscallConn(); err == nil {
		w.raw = raw
		w.call = w.once
	}
}

// once is the body of try: a single write, never waiting for room.
func (w *wire) once(fd uintptr) bool {
	w.n, w.err = writeOnce(fd, w.buf)
	return true
}

// try writes what the socket takes now, possibly nothing.
func (w *wire) try(b []byte) (int, error) {
	if w.sock != nil {
		return w.sock.tryWrite(b)
	}
	if w.raw == nil {
		return 0, nil
	}
	w.buf, w.n, w.err = b, 0, nil
	err := w.raw.Write(w.call)
	w.buf = nil
	if err == nil {
		err = w.err
	}
	return max(w.n, 0), err
}

// finish writes all of b, waiting at most timeout.
func (w *wire) finish(b []byte, timeout time.Duration) error {
	if len(b) == 0 {
		return nil
	}
	if err := w.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := w.conn.Write(b); err != nil {
		return err
	}
	return w.conn.SetWriteDeadline(time.Time{})
}
