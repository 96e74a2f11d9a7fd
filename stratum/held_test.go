package stratum

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// A port whose socket somebody else holds open as well takes connections for ever: a
// drain ends those that come, so that miners go elsewhere and do not wait for an
// answer. The socket itself is left to its holder.
func TestDrainOfAHeldPort(t *testing.T) {
	holder, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	socket, err := holder.(*net.TCPListener).File() // another descriptor of the same socket
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	holder.Close()
	mine, err := net.FileListener(socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := New(Config{Listeners: []Listener{{Listener: mine, Held: true}, {Address: "127.0.0.1:0"}}}, newPool())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	if err := srv.Bind(); err != nil {
		t.Fatal(err)
	}
	go func() { done <- srv.Run(ctx) }()
	held, own := srv.Addrs()[0].String(), srv.Addrs()[1].String()
	if srv.Drained() {
		t.Error("drained before the drain")
	}
	if err := srv.Drain(ctx, 0, Redirect{}); err != nil {
		t.Fatal(err)
	}
	if !srv.Drained() {
		t.Error("not drained behind the drain")
	}
	if conn, err := net.Dial("tcp", own); err == nil {
		conn.Close()
		t.Error("the server's own port is open")
	}
	for range 3 {
		conn, err := net.DialTimeout("tcp", held, 10*time.Second)
		if errors.Is(err, syscall.ECONNRESET) {
			continue // before the dialler looked
		}
		if err != nil {
			t.Fatalf("the held socket is closed: %v", err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("a connection to a drained port waits for ever")
		}
		conn.Close()
	}
	for end := time.Now().Add(10 * time.Second); srv.Closed(Drained) < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are counted, want 3", srv.Closed(Drained))
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	// Whoever is started next finds the socket as it was.
	next, err := net.FileListener(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	conn, err := net.Dial("tcp", held)
	if err != nil {
		t.Fatalf("behind the end: %v", err)
	}
	defer conn.Close()
	in, err := next.Accept()
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
}
