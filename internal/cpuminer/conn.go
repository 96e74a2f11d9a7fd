package cpuminer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// reconnect is the server's wish for a new connection.
type reconnect struct {
	to   server
	wait time.Duration
}

func (r *reconnect) Error() string { return ErrReconnect.Error() + " at " + r.to.address() }
func (r *reconnect) Unwrap() error { return ErrReconnect }

// connect holds one connection until it ends, and says why, and for how long it
// had been authorized.
func (m *Miner) connect(ctx context.Context, at server, meter *meter) (healthy time.Duration, err error) {
	conn, err := m.dial(ctx, at)
	if err != nil {
		return 0, err
	}
	s := newSession(m, at)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer conn.Close()
	stop := make(chan struct{})
	defer close(stop)
	lines := make(chan []byte)
	ended := make(chan error, 1)
	helpers.Go(func() { ended <- read(conn, lines, stop) })
	helpers.Go(func() {
		if write(conn, s.out, stop) != nil {
			// What the server has answered before it went away still counts.
			_ = conn.SetReadDeadline(time.Now().Add(drainTime))
		}
	})
	defer s.finish()

	m.emit(Event{Kind: EventConnected, Server: at.address()})
	s.hello()
	err = s.loop(ctx, lines, ended, meter)
	if !s.authorizedAt.IsZero() {
		healthy = time.Since(s.authorizedAt)
	}
	return healthy, err
}

func (m *Miner) dial(ctx context.Context, at server) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if !at.secure {
		return (&net.Dialer{}).DialContext(ctx, "tcp", at.address())
	}
	d := tls.Dialer{Config: m.cfg.TLS}
	return d.DialContext(ctx, "tcp", at.address())
}

// read hands on line by line until the connection ends.
func read(conn net.Conn, lines chan<- []byte, stop <-chan struct{}) error {
	in := bufio.NewScanner(conn)
	in.Buffer(make([]byte, 4096), maxLine)
	for in.Scan() {
		select {
		case lines <- append([]byte(nil), in.Bytes()...):
		case <-stop:
			return nil
		}
	}
	err := in.Err()
	switch {
	case err == nil:
		return io.EOF
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%w: a line longer than %d bytes", ErrProtocol, maxLine)
	}
	return err
}

// write sends what comes out of the session.
func write(conn net.Conn, out <-chan []byte, stop <-chan struct{}) error {
	for {
		select {
		case text := <-out:
			if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			if _, err := conn.Write(text); err != nil {
				return err
			}
		case <-stop:
			return nil
		}
	}
}

// loop is the life of a connection: all its state changes here.
func (s *session) loop(ctx context.Context, lines <-chan []byte, ended <-chan error, meter *meter) error {
	silence := time.NewTimer(s.m.silence)
	defer silence.Stop()
	handshake := time.NewTimer(s.m.handshake)
	defer handshake.Stop()
	for {
		// A full window leaves the threads waiting with what they have found.
		found := s.m.found
		if len(s.pending) >= window {
			found = nil
		}
		var err error
		select {
		case text := <-lines:
			silence.Reset(s.m.silence)
			err = s.line(text)
		case f := <-found:
			s.submit(f)
		case <-meter.ticker.C:
			meter.tick()
		case <-silence.C:
			err = fmt.Errorf("%w: nothing for %v", ErrSilent, s.m.silence)
		case <-handshake.C:
			if s.authorizedAt.IsZero() || !s.subscribed {
				err = fmt.Errorf("%w: neither subscribed nor refused after %v", ErrSilent, s.m.handshake)
			}
		case err = <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err == nil {
			err = s.stuck
		}
		if err != nil {
			return err
		}
	}
}
