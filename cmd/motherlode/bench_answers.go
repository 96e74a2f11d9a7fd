package main

import (
	"net"
	"sync"
	"time"
)

// answersKept bounds the times that are kept.
const answersKept = 1 << 14

// answerTimes is a listener that notes when each answer of the node has gone
// out, in front of the simulated chain.
type answerTimes struct {
	net.Listener
	mu    sync.Mutex
	times []time.Time
}

// Accept returns a connection whose writes are noted.
func (a *answerTimes) Accept() (net.Conn, error) {
	conn, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &answerConn{Conn: conn, to: a}, nil
}

// answerConn is one connection of a node.
type answerConn struct {
	net.Conn
	to *answerTimes
}

// Write notes the time just before the bytes are handed over.
func (c *answerConn) Write(b []byte) (int, error) {
	c.to.mu.Lock()
	if len(c.to.times) < answersKept {
		c.to.times = append(c.to.times, time.Now().Round(0))
	}
	c.to.mu.Unlock()
	return c.Conn.Write(b)
}

// before is the newest answer that went out before a moment.
func (a *answerTimes) before(t time.Time) (at time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.times {
		if x.Before(t) && x.After(at) {
			at, ok = x, true
		}
	}
	return at, ok
}
