package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// from is a listener whose connections come from where it is told.
type from struct {
	net.Listener
	conns chan net.Conn
}

func (f *from) Accept() (net.Conn, error) {
	c, ok := <-f.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// at is one side of a connection from an address.
type at struct {
	net.Conn
	addr *net.TCPAddr
}

func (a *at) RemoteAddr() net.Addr { return a.addr }

func TestDoors(t *testing.T) {
	f := &from{conns: make(chan net.Conn, 1)}
	d := newDoors(f)
	// come reports whether a connection from an address is let in.
	come := func(addr string) (inside net.Conn) {
		t.Helper()
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close(); there.Close() })
		f.conns <- &at{here, &net.TCPAddr{IP: net.ParseIP(addr), Port: 1}}
		got := make(chan net.Conn, 1)
		go func() {
			c, err := d.Accept()
			if err == nil {
				got <- c
			}
			close(got)
		}()
		closed := make(chan error, 1)
		go func() {
			_, err := there.Read(make([]byte, 1))
			closed <- err
		}()
		select {
		case c := <-got:
			return c
		case err := <-closed:
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", addr, err)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: neither let in nor closed", addr)
		}
		// Who waits at the door takes the next one.
		here, there = net.Pipe()
		t.Cleanup(func() { there.Close() })
		f.conns <- &at{here, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}}
		if c := <-got; c != nil {
			c.Close()
		}
		return nil
	}
	var first net.Conn
	for i := range doorsOne {
		c := come("192.0.2.1")
		if c == nil {
			t.Fatalf("number %d is not let in", i+1)
		}
		first = c
	}
	if come("192.0.2.1") != nil {
		t.Error("one more of an address is let in")
	}
	if come("192.0.2.2") == nil {
		t.Error("another address is not let in")
	}
	first.Close()
	first.Close() // counts once
	if come("192.0.2.1") == nil {
		t.Error("when one has gone, the next is not let in")
	}
	if come("192.0.2.1") != nil {
		t.Error("one that has gone was counted twice")
	}
	for i := doorsOne + 1; i < doorsAll; i++ {
		if come("127.0.0.1") == nil {
			t.Fatalf("number %d of this machine is not let in", i)
		}
	}
	close(f.conns)
}

// TestPartsTakeTheirTime has a server with a short time for an answer: what is
// written in parts arrives, however long it takes.
func TestPartsTakeTheirTime(t *testing.T) {
	const parts = 15
	next := make(chan struct{})
	srv := httptest.NewUnstartedServer(inParts(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range parts {
			<-next
			_, _ = w.Write(make([]byte, 10_000))
			_ = http.NewResponseController(w).Flush()
		}
	})))
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 500*time.Millisecond, 50*time.Millisecond
	srv.Start()
	defer srv.Close()
	done := make(chan error, 1)
	go func() {
		resp, err := http.Get(srv.URL)
		if err == nil {
			var n int64
			n, err = io.Copy(io.Discard, resp.Body)
			if err == nil && n != parts*10_000 {
				err = fmt.Errorf("%d bytes", n)
			}
			err = errors.Join(err, resp.Body.Close())
		}
		done <- err
	}()
	for range parts {
		time.Sleep(40 * time.Millisecond) // all together longer than the server's times
		next <- struct{}{}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
