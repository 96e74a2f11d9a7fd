package stratum

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// However many connect, files are left for the rest of the process, or no node could
// be told of a block.
func TestMinersLeaveFilesToTheRest(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	var log lockedBuffer
	srv, addr := serve(t, p, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	works := dial(t, addr)
	job := works.login()
	all := srv.shards[0].snapshot(nil)
	for _, sh := range srv.shards[1:] {
		all = sh.snapshot(all)
	}
	srv.files.Store(int64(all[0].sock.fd) + 20)

	var in []*client
	full := 0
	for range 60 {
		c := dial(t, addr)
		c.send(`{"id":1,"method":"mining.ping"}`)
		switch got := c.line(); got {
		case `{"id":1,"result":"pong","error":null}`:
			in = append(in, c)
		case strings.TrimSpace(fullLine), "":
			full++
			c.conn.Close()
		default:
			t.Fatalf("got %s", got)
		}
	}
	if len(in) == 0 || len(in) > 20 || srv.Closed(ServerFull) != uint64(full) {
		t.Errorf("%d came in and %d did not, %d of them counted; want some and at most 20", len(in), full, srv.Closed(ServerFull))
	}
	if n := strings.Count(log.String(), "LimitNOFILE"); n != 1 {
		t.Errorf("said %d times in the log, want once:\n%s", n, log.String())
	}
	works.send(submission("4", "w", job, "00000001"))
	works.want(accepted("4"))
	for _, c := range in {
		c.conn.Close()
	}
	eventually(t, "they are gone", func() bool { return srv.Live() == 1 })
	dial(t, addr).login()
}

func TestFileRoom(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got, most := fileRoom(), int64(min(limit.Cur, 1<<30)); got >= most || got < most/2 && most >= 64 {
		t.Errorf("%d of %d files are for miners", got, most)
	}
}

// What the kernel holds of a miner that sends more than is read is bounded.
func TestReceiveBufferIsBounded(t *testing.T) {
	srv, addr := serve(t, newPool(), nil)
	dial(t, addr).sync()
	for _, sh := range srv.shards {
		for _, s := range sh.snapshot(nil) {
			got, err := syscall.GetsockoptInt(s.sock.fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF)
			if err != nil || got != 2*receiveBuffer { // Linux doubles it, and then lets it be
				t.Errorf("receive buffer of %d bytes (%v), want %d", got, err, 2*receiveBuffer)
			}
		}
	}
}
