package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/stratum"
)

// sha3x makes the bench's pool one of SHA3x.
func (b *bench) sha3x(tb testing.TB) {
	tb.Helper()
	algorithm, err := algos.ByName("sha3x")
	if err != nil {
		tb.Fatal(err)
	}
	spec := *b.spec.Load()
	spec.Algorithm, spec.DiffOne, spec.ExtranonceSize = algorithm, algos.DiffOneSHA3x, stratum.SHA3xExtranonce
	b.spec.Store(&spec)
	b.diffOne, b.mask, b.dialect, b.template = algos.DiffOneSHA3x, 0, stratum.SHA3x, blobTemplate(1)
	b.server = stratum.New(stratum.Config{Listeners: benchListeners(), Dialect: stratum.SHA3x}, b.pool)
	b.job(tb)
}

// blobSubmission is one that every target of a share lets pass.
func (b *bench) blobSubmission(tb testing.TB) *stratum.Submission {
	tb.Helper()
	w, err := b.Authorize(context.Background(), stratum.Login{User: "bench.rig1"})
	if err != nil {
		tb.Fatal(err)
	}
	s := &stratum.Submission{
		Job: b.Job(), Worker: w, Payee: w, ExtranonceLen: stratum.SHA3xExtranonce, Difficulty: 1, Now: time.Now(),
	}
	for i := range s.Target {
		s.Target[i] = 0xff
	}
	return s
}

// BenchmarkSHA3xTurn is the engine's part of a SHA3x share.
func BenchmarkSHA3xTurn(b *testing.B) {
	for _, shares := range []int{1, 64} {
		b.Run(fmt.Sprintf("commit=%d", shares), func(b *testing.B) {
			p := sha3xBench(b)
			s := p.blobSubmission(b)
			b.ReportAllocs()
			judged := 0
			for b.Loop() {
				if judged += shares; judged > sharesPerJob {
					p.template = blobTemplate(s.Nonce)
					judged, s.Job = 0, p.job(b)
				}
				t := p.Begin()
				for range shares {
					s.Nonce += 1 << 16
					if r := t.Judge(s); r.Reason != stratum.Accepted {
						b.Fatalf("judged %v", r.Reason)
					}
				}
				if err := t.Commit(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*shares), "ns/share")
		})
	}
}

// BenchmarkSHA3xLineToReply is BenchmarkLineToReply for SHA3x miners.
func BenchmarkSHA3xLineToReply(b *testing.B) {
	for _, conns := range []int{1, 100} {
		b.Run(fmt.Sprintf("connections=%d", conns), func(b *testing.B) {
			p := sha3xBench(b)
			addr := p.serve(b)
			var miners []*blobMiner
			for range conns {
				miners = append(miners, mustBlobMiner(b, addr))
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

// blobMiner is a SHA3x miner that costs the processors next to nothing.
type blobMiner struct {
	conn net.Conn
	in   *bufio.Reader
	line []byte // a submission; what is free of its nonce is at at
	at   int
	n    uint64
	out  []byte
}

// mustBlobMiner brings a miner to its first job.
func mustBlobMiner(tb testing.TB, addr string) *blobMiner {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	m := &blobMiner{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}
	fmt.Fprint(conn, `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"bench.rig1","pass":"x"}}`+"\n")
	line, err := m.in.ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	field := func(name string) string {
		_, rest, _ := strings.Cut(line, `"`+name+`":"`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	head := `{"id":7,"jsonrpc":"2.0","method":"submit","params":{"id":"` + field("id") + `","job_id":"` + field("job_id") + `","nonce":"` + field("xn")
	m.at = len(head)
	m.line = []byte(head + `000000000000","result":"` + hex.EncodeToString(make([]byte, 32)) + `"}}` + "\n")
	return m
}

// submit writes n submissions that were not sent before, as one.
func (m *blobMiner) submit(n int) error {
	const digits = "0123456789abcdef"
	m.out = m.out[:0]
	for range n {
		m.n++
		for i := range 12 {
			m.line[m.at+i] = digits[m.n>>(44-4*i)&15]
		}
		m.out = append(m.out, m.line...)
	}
	_, err := m.conn.Write(m.out)
	return err
}

// mine keeps four submissions in flight while there are some left.
func (m *blobMiner) mine(left *atomic.Int64) error {
	if err := m.submit(4); err != nil {
		return err
	}
	for left.Add(-1) > 0 {
		line, err := m.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if !bytes.Contains(line, []byte(`"status":"OK"`)) {
			return fmt.Errorf("answer %q", line)
		}
		if err := m.submit(1); err != nil {
			return err
		}
	}
	return nil
}
