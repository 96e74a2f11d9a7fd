package personality

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Keep connects and mines, and connects again as the miner does, until ctx is
// done, whose error it returns.
func (m *Miner) Keep(ctx context.Context, dial func(context.Context) (net.Conn, error)) error {
	for ctx.Err() == nil {
		conn, err := dial(ctx)
		again := m.retryDial
		if err == nil {
			err = m.Run(ctx, conn)
			again = m.retryLost
			if !m.ready && !errors.Is(err, ErrReconnect) {
				again = m.retryLogin
			}
		}
		if ctx.Err() != nil {
			break
		}
		if m.opt.OnEnd != nil {
			m.opt.OnEnd(err, again)
		}
		wait := time.NewTimer(again)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
		}
	}
	return ctx.Err()
}

// Sizes and times of ESP-Miner's probe of a pool that it has left.
const (
	probeRead = 1023
	probeWait = 5 * time.Second
)

// Probe is what a Bitaxe does with its first pool while it mines at another, to
// see whether it serves again: subscribe, authorize, one read, good-bye. It closes
// the connection.
func (m *Miner) Probe(conn net.Conn) error {
	defer conn.Close()
	m.begin(conn)
	for _, s := range []step{subscribe(never, 0), authorize(never, 0)} {
		if _, err := m.send(s); err != nil {
			return fmt.Errorf("probe: %w", err)
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(probeWait)); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	buf := make([]byte, probeRead)
	n, err := conn.Read(buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return m.violate(ProbeWithoutSubject, "sent nothing: %v", err)
	}
	if !bytes.Contains(buf[:n], []byte("mining.notify")) {
		return m.violate(ProbeWithoutSubject, "sent %q", clip(buf[:n]))
	}
	return nil
}
