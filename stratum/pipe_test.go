package stratum

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// pipes is a listener whose connections are net.Pipes: each write of a client
// is one read of the server, and time may be synthetic.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
func (p *pipes) dial(t testing.TB) *client {
	t.Helper()
	near, far := net.Pipe()
	p.conns <- far
	return newClient(t, near)
}

// sink is a connection that takes everything and brings nothing.
type sink struct {
	written int
	last    []byte
	keep    bool
}

func (c *sink) Read([]byte) (int, error) { return 0, io.EOF }
func (c *sink) Write(b []byte) (int, error) {
	c.written += len(b)
	if c.keep {
		c.last = append(c.last, b...)
	}
	return len(b), nil
}
func (c *sink) Close() error                     { return nil }
func (c *sink) LocalAddr() net.Addr              { return nil }
func (c *sink) RemoteAddr() net.Addr             { return nil }
func (c *sink) SetDeadline(time.Time) error      { return nil }
func (c *sink) SetReadDeadline(time.Time) error  { return nil }
func (c *sink) SetWriteDeadline(time.Time) error { return nil }

// bare is a session without a server around it, fed by hand.
func bare(pool Pool, conn net.Conn) *session {
	srv := New(Config{Listeners: []Listener{{}}}, pool)
	s := srv.newSession(conn, &srv.cfg.Listeners[0].Profile)
	srv.live.Add(1)
	srv.shards[0].add(s)
	return s
}

// feed handles b as if one read had brought it.
func (s *session) feed(b []byte) {
	for len(b) > 0 && s.reason.Load() == 0 {
		s.makeRoom()
		n := copy(s.in[s.end:], b)
		s.end += n
		b = b[n:]
		s.takeTurns(context.Background())
	}
}
