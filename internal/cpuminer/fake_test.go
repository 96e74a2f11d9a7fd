package cpuminer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
)

const patience = 10 * time.Second // for anything that is to happen

// fake is a server that says what the test wants.
type fake struct {
	t testing.TB
	l net.Listener
}

func mustFake(t testing.TB) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &fake{t, l}
}

func (f *fake) address() string { return f.l.Addr().String() }

// accept waits for the miner's next connection.
func (f *fake) accept() *peer {
	f.t.Helper()
	if l, ok := f.l.(*net.TCPListener); ok {
		if err := l.SetDeadline(time.Now().Add(patience)); err != nil {
			f.t.Fatal(err)
		}
	}
	conn, err := f.l.Accept()
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { conn.Close() })
	return &peer{f.t, conn, bufio.NewReader(conn)}
}

// peer is the server's side of a connection.
type peer struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// asked is a line from the miner.
type asked struct {
	ID     json.RawMessage
	Method string
	Params []json.RawMessage
	Result any
	Error  any
}

func (q asked) text(i int) string {
	var s string
	_ = json.Unmarshal(q.Params[i], &s)
	return s
}

func (p *peer) read() (asked, error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return asked{}, err
	}
	line, err := p.in.ReadBytes('\n')
	if err != nil {
		return asked{}, err
	}
	var q asked
	return q, json.Unmarshal(line, &q)
}

// next is the miner's next line; it must call method, "" being a reply.
func (p *peer) next(method string) asked {
	p.t.Helper()
	q, err := p.read()
	if err != nil {
		p.t.Fatal(err)
	}
	if q.Method != method {
		p.t.Fatalf("got method %q, want %q", q.Method, method)
	}
	return q
}

func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.conn, format+"\n", args...); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) yes(q asked) { p.t.Helper(); p.send(`{"id":%s,"result":true,"error":null}`, q.ID) }

// welcome does the handshake of a miner without version rolling.
func (p *peer) welcome(extranonce1 string, size int) {
	p.t.Helper()
	p.send(`{"id":%s,"result":[[["mining.notify","1"]],"%s",%d],"error":null}`, p.next("mining.subscribe").ID, extranonce1, size)
	p.yes(p.next("mining.authorize"))
	p.yes(p.next("mining.extranonce.subscribe"))
}

// task is a job as a server thinks of it, verified without the miner's code.
type task struct {
	id          string
	extranonce1 string
	mask        uint32
	version     uint32
	difficulty  float64
	alg         string
}

const (
	taskCoinb1 = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff20"
	taskCoinb2 = "ffffffff0100f2052a010000000151" + "00000000"
	taskNTime  = 0x65000000
)

var (
	taskPrev   = strings.Repeat("00112233", 8)
	taskBranch = []string{strings.Repeat("ab", 32), strings.Repeat("cd", 32)}
)

func (p *peer) notify(j task, clean bool) {
	p.t.Helper()
	p.send(`{"id":null,"method":"mining.notify","params":["%s","%s","%s","%s",["%s","%s"],"%08x","1d00ffff","%08x",%v]}`,
		j.id, taskPrev, taskCoinb1, taskCoinb2, taskBranch[0], taskBranch[1], j.version, taskNTime, clean)
}

// check verifies a submission against the job.
func (j task) check(t testing.TB, q asked) {
	t.Helper()
	if got := q.text(1); got != j.id {
		t.Fatalf("job: got %q, want %q", got, j.id)
	}
	twice := func(b []byte) []byte {
		first := sha256.Sum256(b)
		second := sha256.Sum256(first[:])
		return second[:]
	}
	root := twice(mustHex(t, taskCoinb1+j.extranonce1+q.text(2)+taskCoinb2))
	for _, step := range taskBranch {
		root = twice(append(root, mustHex(t, step)...))
	}
	version := j.version
	if j.mask != 0 {
		var bits uint32
		if _, err := fmt.Sscanf(q.text(5), "%08x", &bits); err != nil || bits&^j.mask != 0 {
			t.Fatalf("version bits %q, %v; want some within %08x", q.text(5), err, j.mask)
		}
		version = version&^j.mask | bits
	} else if len(q.Params) != 5 {
		t.Fatalf("got %d parameters, want 5", len(q.Params))
	}
	reversed := func(text string) []byte {
		b := mustHex(t, text)
		slices.Reverse(b)
		return b
	}
	header := reversed(fmt.Sprintf("%08x", version))
	header = append(header, mustHex(t, strings.Repeat("33221100", 8))...)
	header = append(header, root...)
	header = append(header, reversed(q.text(3))...)
	header = append(header, reversed("1d00ffff")...)
	header = append(header, reversed(q.text(4))...)
	alg, err := algos.ByName(j.alg)
	if err != nil {
		t.Fatal(err)
	}
	target, err := algos.FromDifficulty(j.difficulty, alg.DiffOne())
	if err != nil {
		t.Fatal(err)
	}
	var sum [32]byte
	if alg.Sum(&sum, header, nil); !target.Meets(&sum) {
		t.Fatalf("share %s of job %s does not meet difficulty %v", hex.EncodeToString(sum[:]), j.id, j.difficulty)
	}
}

// running is a miner at work.
type running struct {
	*Miner
	events chan Event
	shares chan Share
	stop   func() time.Duration // stops it, and says how long that took
}

func mustRun(t testing.TB, cfg Config, change ...func(*Miner)) *running {
	t.Helper()
	r := &running{events: make(chan Event, 10_000), shares: make(chan Share, 10_000)}
	cfg.Events = func(e Event) {
		if e.Kind != EventRate {
			r.events <- e
		}
	}
	cfg.OnShare = func(s Share) { r.shares <- s }
	if cfg.User == "" {
		cfg.User = "address.worker"
	}
	if cfg.Threads == 0 {
		cfg.Threads = 2
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(m)
	}
	r.Miner = m
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	stopped := false
	r.stop = func() time.Duration {
		if stopped {
			return 0
		}
		stopped = true
		begin := time.Now()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("Run does not end")
		}
		return time.Since(begin)
	}
	t.Cleanup(func() { r.stop() })
	return r
}

// wait is the next event of a kind.
func (r *running) wait(t testing.TB, kind EventKind) Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-r.events:
			if e.Kind == kind {
				return e
			}
		case <-deadline:
			t.Fatalf("no event %q", kind)
		}
	}
}

func (r *running) share(t testing.TB) Share {
	t.Helper()
	select {
	case s := <-r.shares:
		return s
	case <-time.After(patience):
		t.Fatal("no share")
		return Share{}
	}
}
