package systemd

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// mustFile is a listening socket as a service manager hands it over.
func mustFile(t *testing.T) (*os.File, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, ln.Addr().String()
}

func TestSocketOutlivesItsListeners(t *testing.T) {
	f, addr := mustFile(t)
	_, other := mustFile(t)
	s := &Sockets{}
	if err := s.take([]*os.File{f}); err != nil {
		t.Fatal(err)
	}
	if ln, err := s.Listen(other); ln != nil || err != nil {
		t.Fatalf("another address: got %v, %v", ln, err)
	}
	if got := s.Unused(); len(got) != 1 || got[0] != addr {
		t.Errorf("unused: got %v", got)
	}
	for range 2 { // as before and after a reload
		ln, err := s.Listen(addr)
		if err != nil || ln == nil {
			t.Fatalf("got %v, %v", ln, err)
		}
		ln.Close()
		conn, err := net.Dial("tcp", addr) // waits in the queue
		if err != nil {
			t.Fatalf("while nobody accepts: %v", err)
		}
		if ln, err = s.Listen(addr); err != nil {
			t.Fatal(err)
		}
		in, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
		conn.Close()
		ln.Close()
	}
	if got := s.Unused(); len(got) != 0 {
		t.Errorf("unused: got %v", got)
	}
}

func TestWhatIsNoSocketIsSaid(t *testing.T) {
	f, addr := mustFile(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	s := &Sockets{}
	if err := s.take([]*os.File{file, f}); err == nil {
		t.Error("a file passes for a socket")
	}
	if ln, err := s.Listen(addr); ln == nil || err != nil {
		t.Errorf("the good one: %v, %v", ln, err)
	} else {
		ln.Close()
	}
}

func TestSocketsOfAnotherProcessAreLeftAlone(t *testing.T) {
	t.Setenv(envPID, "1")
	t.Setenv(envFDs, "1")
	s, err := Inherited()
	if err != nil || len(s.all) != 0 {
		t.Errorf("got %v, %v", s.all, err)
	}
	if os.Getenv(envFDs) != "" {
		t.Error("children would read LISTEN_FDS too")
	}
}

func TestSameAddress(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"0.0.0.0:3333", "[::]:3333", true},
		{":3333", "[::]:3333", true},
		{"127.0.0.1:3333", "127.0.0.1:3333", true},
		{"127.0.0.1:3333", "[::]:3333", false},
		{"0.0.0.0:3333", "[::]:3334", false},
		{"nonsense", "[::]:3334", false},
	} {
		if got := sameAddress(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: got %v", c.a, c.b, got)
		}
	}
}

func TestNotify(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if told, err := Notify("READY=1"); told || err != nil {
		t.Errorf("nobody listens: got %v, %v", told, err)
	}
	dir, err := os.MkdirTemp("/tmp", "mln") // socket paths are short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{dir + "/s", "@motherlode-" + filepath.Base(dir)} {
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("NOTIFY_SOCKET", name)
		if told, err := Notify("READY=1"); !told || err != nil {
			t.Errorf("got %v, %v", told, err)
		}
		buf := make([]byte, 64)
		if n, err := conn.Read(buf); err != nil || string(buf[:n]) != "READY=1" {
			t.Errorf("heard %q, %v", buf[:n], err)
		}
		conn.Close()
	}
}
