package stratum

import (
	"errors"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An idle session has no goroutine, whatever it did before.
func TestIdleSessionsHaveNoGoroutine(t *testing.T) {
	for _, heavy := range []bool{false, true} {
		p := newPool()
		p.heavy = heavy
		p.put(newJob(1, true))
		srv, addr := serve(t, p, nil)
		first := dial(t, addr)
		first.login()
		before := runtime.NumGoroutine()
		clients := []*client{first}
		for range 50 {
			c := dial(t, addr)
			job := c.login()
			c.send(submission("4", "w", job, "00000001"))
			c.want(accepted("4"))
			clients = append(clients, c)
		}
		eventually(t, "no goroutine for idle sessions", func() bool { return runtime.NumGoroutine() <= before+10 })
		srv.Broadcast(p.put(newJob(2, true)))
		for _, c := range clients {
			c.expect("mining.notify")
			c.sync()
		}
	}
}

// Lines arrive whole whatever way they were cut, by a watcher's buffer too.
func TestWatchedLinesInPieces(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c, other := dial(t, addr), dial(t, addr)
	job := c.login()
	other.login()
	line := submission("4", "w", job, "00000001") + "\n"
	for cut := 1; cut < len(line); cut += 7 {
		c.raw(line[:cut])
		other.send(submission("5", "w", job, "00000002"))
		other.want(accepted("5"))
		c.raw(line[cut:])
		c.want(accepted("4"))
	}
	long := strings.Repeat(line, 20)
	c.raw(long + long + long + `{"id":9,"method":"mining.ping"}` + "\n" + long) // beyond a turn, and a line that ends it
	for range 60 {
		c.want(accepted("4"))
	}
	c.want(`{"id":9,"result":"pong","error":null}`)
	for range 20 {
		c.want(accepted("4"))
	}
}

// A miner that submits and never reads holds a bounded number of bytes, delays
// nobody, and is dropped.
func TestWatchedMinerThatNeverReads(t *testing.T) {
	p := newPool()
	p.quiet = true
	p.put(newJob(1, true))
	srv, addr := serve(t, p, func(c *Config) { c.WriteTimeout = 500 * time.Millisecond })
	polite := dial(t, addr)
	job := polite.login()
	lines := []byte(strings.Repeat(submission("4", "w", job, "00000001")+"\n", 64))
	const deaf = 50
	for range deaf {
		c := dial(t, addr)
		c.login()
		go func() {
			for {
				if _, err := c.conn.Write(lines); err != nil {
					return
				}
			}
		}()
	}
	deadline := time.Now().Add(time.Minute)
	for srv.Closed(SlowReader) < deaf {
		polite.send(submission("5", "w", job, "00000002"))
		polite.want(accepted("5"))
		for _, sh := range srv.shards {
			for _, s := range sh.snapshot(nil) {
				s.out.mu.Lock()
				n := len(s.out.pending)
				s.out.mu.Unlock()
				if n > pendingLimit+turnLines*200 {
					t.Fatalf("%d bytes wait for a miner that does not read", n)
				}
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d dropped", srv.Closed(SlowReader), deaf)
		}
	}
	eventually(t, "only the polite miner is left", func() bool { return srv.Live() == 1 })
}

// The descriptor is closed when the last system call on it has ended, and not
// before: its number may be another connection's right after.
func TestSockClosesBehindItsLastUser(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	k := newSock(c)
	if k == nil {
		t.Fatal("no sock of a TCP connection")
	}
	open := func() bool {
		_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(k.fd), syscall.F_GETFD, 0)
		return errno == 0
	}
	if !k.use() {
		t.Fatal("a fresh sock cannot be used")
	}
	k.Close()
	if !open() {
		t.Fatal("Close closed the descriptor, want only the connection ended")
	}
	k.release()
	if !open() {
		t.Fatal("released under a user")
	}
	if k.use() {
		t.Error("used after release")
	}
	if _, err := k.tryWrite([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after release: %v", err)
	}
	k.unuse()
	if open() {
		t.Error("the descriptor is open behind its last user")
	}
	if k.use() {
		t.Error("used when closed")
	}
}
