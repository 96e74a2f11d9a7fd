package stratum

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// atomicPool is the fake pool without its locks.
type atomicPool struct {
	*fakePool
	job *fakeJob
}

func (p *atomicPool) Job() Job { return p.job }
func (p *atomicPool) Lookup(id []byte) Job {
	if string(id) == p.job.id {
		return p.job
	}
	return nil
}

func quietPool() *atomicPool {
	p := &atomicPool{fakePool: newPool(), job: newJob(1, true)}
	p.quiet = true
	return p
}

const usualLine = `{"id":4711,"method":"mining.submit","params":["bc1q.bitaxe","j1","0102030405060708","65000000","89abcdef","00002000"]}` + "\n"

func readySession(p Pool, conn net.Conn) *session {
	s := bare(p, conn)
	s.feed([]byte(strings.Join(bitaxe, "\n") + "\n"))
	return s
}

func TestLineToReplyDoesNotAllocate(t *testing.T) {
	conn := &sink{}
	s := readySession(quietPool(), conn)
	for _, lines := range []int{1, 10} {
		b := bytes.Repeat([]byte(usualLine), lines)
		before := s.accepted.Load()
		if n := testing.AllocsPerRun(100, func() { s.feed(b) }); n != 0 {
			t.Errorf("%d lines: %v allocations, want 0", lines, n)
		}
		if got := s.accepted.Load() - before; got != uint64(101*lines) {
			t.Errorf("%d accepted, want %d", got, 101*lines)
		}
	}
	refused := []byte(strings.Replace(usualLine, "89abcdef", "dead0023", 1) + strings.Replace(usualLine, "j1", "j9", 1))
	if n := testing.AllocsPerRun(100, func() { s.feed(refused) }); n != 0 {
		t.Errorf("refused: %v allocations, want 0", n)
	}
}

func BenchmarkParse(b *testing.B) {
	line := []byte(strings.TrimSpace(usualLine))
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		var r request
		for b.Loop() {
			r.scan(line)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		var r request
		for b.Loop() {
			r.decode(line)
		}
	})
}

// BenchmarkLineToReply is all but the judging and the socket.
func BenchmarkLineToReply(b *testing.B) {
	for _, n := range []int{1, 16} {
		b.Run(fmt.Sprintf("turn=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			s := readySession(quietPool(), &sink{})
			lines := bytes.Repeat([]byte(usualLine), n)
			for b.Loop() {
				s.feed(lines)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/share")
		})
	}
}

// BenchmarkBroadcast is a job to 1,000 sessions over loopback, until the last
// client has it.
func BenchmarkBroadcast(b *testing.B) {
	const sessions = 1000
	p := newPool()
	p.put(newJob(1, true))
	cfg := Config{Listeners: []Listener{{Address: "127.0.0.1:0"}}}
	srv := New(cfg, p)
	if err := srv.Bind(); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	defer func() { cancel(); <-done }()

	var got atomic.Int64
	arrived := make(chan struct{}, 1)
	const first = 1 << 36 // ids of one width
	size := int64(len(newJob(first, false).lines[0]))
	for range sessions {
		c := dial(b, srv.Addrs()[0].String())
		c.login()
		go func() {
			buf := make([]byte, 4096)
			for {
				n, err := c.conn.Read(buf)
				if err != nil {
					return
				}
				if got.Add(int64(n)) == sessions*size {
					arrived <- struct{}{}
				}
			}
		}()
	}
	b.ReportAllocs()
	seq := uint64(first)
	for b.Loop() {
		got.Store(0)
		seq++
		srv.Broadcast(newJob(seq, false))
		select {
		case <-arrived:
		case <-time.After(10 * time.Second):
			b.Fatalf("%d of %d bytes", got.Load(), sessions*size)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*sessions), "ns/session")
}

// BenchmarkShares is submissions over loopback, four in flight on each of the
// connections; server and miners share the processors.
func BenchmarkShares(b *testing.B) {
	for _, conns := range []int{1, 100} {
		b.Run(fmt.Sprintf("connections=%d", conns), func(b *testing.B) {
			addr := serveQuiet(b)
			b.ReportAllocs()
			var left atomic.Int64
			start := make(chan struct{})
			var miners sync.WaitGroup
			for range conns {
				c := dial(b, addr)
				c.login()
				line := []byte(strings.Replace(usualLine, "bc1q.bitaxe", "w", 1))
				line = bytes.Replace(line, []byte(`,"00002000"`), nil, 1)
				miners.Add(1)
				go func() {
					defer miners.Done()
					<-start
					c.conn.Write(bytes.Repeat(line, 4))
					for left.Add(-1) > 0 {
						if _, err := c.in.ReadSlice('\n'); err != nil {
							return
						}
						c.conn.Write(line)
					}
				}()
			}
			b.ResetTimer()
			left.Store(int64(b.N))
			close(start)
			miners.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

// BenchmarkPolite is a miner with one submission in flight, alone and beside one
// that keeps 2,048 in flight.
func BenchmarkPolite(b *testing.B) {
	for _, flood := range []bool{false, true} {
		b.Run(fmt.Sprintf("flood=%v", flood), func(b *testing.B) {
			addr := serveQuiet(b)
			line := []byte(submission("1", "w", "j1", "dead0023") + "\n")
			if flood {
				c := dial(b, addr)
				c.login()
				go func() {
					c.conn.Write(bytes.Repeat(line, 2048))
					for {
						if _, err := c.in.ReadSlice('\n'); err != nil {
							return
						}
						if _, err := c.conn.Write(line); err != nil {
							return
						}
					}
				}()
			}
			c := dial(b, addr)
			c.login()
			for b.Loop() {
				c.conn.Write(line)
				c.in.ReadSlice('\n')
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

// serveQuiet runs a server whose pool keeps nothing.
func serveQuiet(b *testing.B) string {
	b.Helper()
	_, addr := serve(b, quietPool(), nil)
	return addr
}
