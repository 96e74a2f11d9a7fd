package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serve runs the pool's server and returns its address.
func (b *bench) serve(tb testing.TB) string {
	tb.Helper()
	if err := b.server.Bind(); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.server.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return b.server.Addrs()[0].String()
}

// lineMiner is a miner that costs the processors next to nothing.
type lineMiner struct {
	conn net.Conn
	in   *bufio.Reader
	line []byte // a submission; its extranonce2 is at at
	at   int
	n    uint64
	out  []byte
}

// mustLineMiner brings a miner to its first job.
func mustLineMiner(tb testing.TB, addr string, extranonce2 int) *lineMiner {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	m := &lineMiner{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}
	fmt.Fprint(conn, `{"id":1,"method":"mining.subscribe","params":["bench"]}`+"\n"+
		`{"id":2,"method":"mining.authorize","params":["bench.rig1","x"]}`+"\n")
	for {
		line, err := m.in.ReadString('\n')
		if err != nil {
			tb.Fatal(err)
		}
		if strings.Contains(line, "mining.notify") && strings.Contains(line, `"method"`) {
			m.take(line, extranonce2)
			return m
		}
	}
}

// take prepares submissions for the job of a notify line.
func (m *lineMiner) take(line string, extranonce2 int) {
	_, rest, _ := strings.Cut(line, `"params":`)
	field := strings.Split(strings.Trim(rest, `[]}`+"\n"), ",")
	id, ntime := strings.Trim(field[0], `"`), strings.Trim(field[len(field)-2], `"`)
	head := `{"id":7,"method":"mining.submit","params":["bench.rig1","` + id + `","`
	m.at = len(head)
	m.line = []byte(head + strings.Repeat("0", 2*extranonce2) + `","` + ntime + `","00000000"]}` + "\n")
}

// submit writes n submissions that were not sent before, as one.
func (m *lineMiner) submit(n int) error {
	const digits = "0123456789abcdef"
	m.out = m.out[:0]
	for range n {
		m.n++
		for i := range 8 {
			m.line[m.at+i] = digits[m.n>>(28-4*i)&15]
		}
		m.out = append(m.out, m.line...)
	}
	_, err := m.conn.Write(m.out)
	return err
}

// accepted reads one reply.
func (m *lineMiner) accepted() error {
	line, err := m.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.Contains(line, []byte(`"result":true`)) {
		return fmt.Errorf("answer %q", line)
	}
	return nil
}

// BenchmarkLineToReply is a share over loopback, from the miner's line to its
// answer, with all that the pool does in between: four in flight on each
// connection. Pool and miners share the processors.
func BenchmarkLineToReply(b *testing.B) {
	for _, conns := range []int{1, 100} {
		b.Run(fmt.Sprintf("connections=%d", conns), func(b *testing.B) {
			p := newBench(b, 5)
			addr := p.serve(b)
			var miners []*lineMiner
			for range conns {
				miners = append(miners, mustLineMiner(b, addr, p.cfg.Extranonce2))
			}
			b.ResetTimer()
			b.ReportAllocs()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for _, m := range miners {
				wg.Go(func() {
					if err := m.mine(&left); err != nil {
						b.Error(err)
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
		})
	}
}

// mine keeps four submissions in flight while there are some left.
func (m *lineMiner) mine(left *atomic.Int64) error {
	if err := m.submit(4); err != nil {
		return err
	}
	for left.Add(-1) > 0 {
		if err := m.accepted(); err != nil {
			return err
		}
		if err := m.submit(1); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkPolite is a miner with one submission in flight, alone and beside one
// that keeps 1,024 in flight.
func BenchmarkPolite(b *testing.B) {
	for _, flood := range []bool{false, true} {
		b.Run(fmt.Sprintf("flood=%v", flood), func(b *testing.B) {
			p := newBench(b, 5)
			addr := p.serve(b)
			if flood {
				f := mustLineMiner(b, addr, p.cfg.Extranonce2)
				go f.flood(1024)
			}
			m := mustLineMiner(b, addr, p.cfg.Extranonce2)
			for b.Loop() {
				if err := errors.Join(m.submit(1), m.accepted()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

// flood keeps n submissions in flight until the connection ends.
func (m *lineMiner) flood(n int) {
	err := m.submit(n)
	for err == nil {
		if _, err = m.in.ReadSlice('\n'); err == nil {
			err = m.submit(1)
		}
	}
}

// BenchmarkTemplateToMiners is a template of 4,000 transactions and the work of
// five aux chains becoming a job that each of 1,000 miners has read. The time of
// an operation is that of the last; p50 and p99 are among all of them.
func BenchmarkTemplateToMiners(b *testing.B) {
	const sessions = 1000
	p := newBench(b, 5)
	addr := p.serve(b)
	got := make(chan time.Time, sessions)
	for range sessions {
		m := mustLineMiner(b, addr, p.cfg.Extranonce2)
		go func() {
			for {
				line, err := m.in.ReadSlice('\n')
				if err != nil {
					return
				}
				if bytes.Contains(line, []byte("mining.notify")) {
					got <- time.Now()
				}
			}
		}()
	}
	var all, last []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		p.job(b)
		var took time.Duration
		for range sessions {
			one := (<-got).Sub(start)
			all, took = append(all, one), max(took, one)
		}
		last = append(last, took)
	}
	slices.Sort(all)
	slices.Sort(last)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(all[len(all)/2]), "p50-ms")
	b.ReportMetric(ms(all[len(all)*99/100]), "p99-ms")
	b.ReportMetric(ms(last[len(last)/2]), "last-ms")
}
