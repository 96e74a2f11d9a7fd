package simchain

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

func TestDown(t *testing.T) {
	n := start(t, Config{ChainID: 1})
	open, err := net.Dial("tcp", n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	n.Down(true)
	if c, err := net.Dial("tcp", n.Addr()); err == nil {
		c.Close()
		t.Error("the port is open")
	}
	open.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := open.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the connection is open: %v", err)
	}
	n.Jump(3) // its own chain goes on
	n.Down(false)
	if got := want[int](t, n, "getblockcount"); got != 3 {
		t.Errorf("height: got %d, want 3", got)
	}
}

// TestDownAtOnce: the port is closed when Down returns, however early it is
// called.
func TestDownAtOnce(t *testing.T) {
	for range 50 {
		n := start(t, Config{ChainID: 1})
		n.Down(true)
		if c, err := net.Dial("tcp", n.Addr()); err == nil {
			c.Close()
			t.Fatal("the port is open")
		}
		n.Down(false)
		want[int](t, n, "getblockcount")
	}
}

// TestGivenListener serves on a listener that is open before Run.
func TestGivenListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := start(t, Config{ChainID: 1, Listener: l})
	if n.Addr() != l.Addr().String() || n.URL() != "http://"+n.Addr() {
		t.Errorf("got %s and %s, want %s", n.Addr(), n.URL(), l.Addr())
	}
	want[int](t, n, "getblockcount")
	n.Restart()
	want[int](t, n, "getblockcount")
}

// TestDownOutlastsOutage: who is told to go down does not come back with the
// end of a planned outage.
func TestDownOutlastsOutage(t *testing.T) {
	n := New(Config{ChainID: 1})
	n.begin(outage{length: time.Hour})
	if n.power.isUp() || n.power.recovery() == nil {
		t.Fatal("no outage")
	}
	n.Down(true)
	if n.power.isUp() || n.power.recovery() != nil {
		t.Error("the outage would end")
	}
}
