package loadgen

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fakeServer is a stratum server that believes everything.
type fakeServer struct {
	stall time.Duration // at the first submission, once, for all connections
	fault string        // "no answer": to every tenth submission; "close": at the first one; "refuse": at authorize

	mu      sync.Mutex
	writers map[net.Conn]bool
	submits atomic.Int64
	lines   sync.Map // submissions seen, to find repeated ones
	twice   atomic.Int64
	logins  atomic.Int64
	once    sync.Once
	jobs    int
}

func mustServe(t *testing.T, s *fakeServer) Target {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.writers = map[net.Conn]bool{}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			group.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		s.mu.Lock()
		for c := range s.writers {
			c.Close()
		}
		s.mu.Unlock()
		group.Wait()
	})
	return Target{Addr: ln.Addr().String(), User: "u", Password: "x", PID: os.Getpid()}
}

func (s *fakeServer) notify(id string, clean bool) string {
	zero := strings.Repeat("0", 64)
	return fmt.Sprintf(`{"id":null,"method":"mining.notify","params":["%s","%s","01000000","ffffffff",["%s"],"20000000","1d00ffff","60000000",%t]}`+"\n", id, zero, zero, clean)
}

// newBlock sends a clean job to everybody.
func (s *fakeServer) newBlock(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs++
	for c := range s.writers {
		fmt.Fprint(c, s.notify(fmt.Sprintf("b%d", s.jobs), true))
	}
	return nil
}

func (s *fakeServer) serve(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	s.writers[conn] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.writers, conn)
		s.mu.Unlock()
	}()
	in := bufio.NewScanner(conn)
	for in.Scan() {
		text := in.Text()
		id := strings.TrimPrefix(text[:strings.IndexByte(text+",", ',')], `{"id":`)
		switch {
		case strings.Contains(text, "mining.subscribe"):
			fmt.Fprintf(conn, `{"id":%s,"result":[[],"%08x",8],"error":null}`+"\n", id, s.logins.Add(1))
			fmt.Fprint(conn, `{"id":null,"method":"mining.set_difficulty","params":[1e-9]}`+"\n", s.notify("a", false))
		case strings.Contains(text, "mining.authorize"):
			fmt.Fprintf(conn, `{"id":%s,"result":%t,"error":null}`+"\n", id, s.fault != "refuse")
		case strings.Contains(text, "mining.submit"):
			if !s.submitted(conn, id, text) {
				return
			}
		default:
			return
		}
	}
}

func (s *fakeServer) submitted(conn net.Conn, id, text string) bool {
	n := s.submits.Add(1)
	key := conn.RemoteAddr().String() + text[strings.Index(text, "params"):]
	if _, seen := s.lines.LoadOrStore(key, true); seen {
		s.twice.Add(1)
	}
	s.once.Do(func() { time.Sleep(s.stall) }) // the others wait at once.Do
	switch {
	case s.fault == "close":
		return false
	case s.fault == "no answer" && n%10 == 0:
		return true
	}
	_, err := fmt.Fprintf(conn, `{"result": true, "error": null, "id": %s}`+"\n", id)
	return err == nil
}

func TestSharesSaturated(t *testing.T) {
	for _, kind := range []string{KindReal, KindLowDiff} {
		t.Run(kind, func(t *testing.T) {
			s := &fakeServer{}
			r, err := Shares(t.Context(), mustServe(t, s), SharesOptions{Connections: 5, Window: 4, Kind: kind, Duration: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if n := uint64(s.submits.Load()); r.Sent != n || r.Accepted != n || r.Unanswered != 0 || n < 20 {
				t.Errorf("server saw %d, want at least a window of each; report: %+v", n, r)
			}
			if r.Answered+r.Late != r.Accepted || r.Latency.Count != r.Accepted || r.Least == 0 {
				t.Errorf("answered %d and late %d, want %d together; latencies %d; least %d", r.Answered, r.Late, r.Accepted, r.Latency.Count, r.Least)
			}
			if n := s.twice.Load(); n != 0 {
				t.Errorf("%d submissions were sent twice", n)
			}
			if r.Late > 5*4 {
				t.Errorf("%d in flight at the end, want at most 4 of each of 5", r.Late)
			}
		})
	}
}

// A server that stands still is charged for all that was due meanwhile.
func TestFixedRateCountsFromWhenItWasDue(t *testing.T) {
	s := &fakeServer{stall: 400 * time.Millisecond}
	r, err := Shares(t.Context(), mustServe(t, s), SharesOptions{Connections: 4, Rate: 1000, Kind: KindReal, Duration: 800 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent != 800 || r.Accepted != 800 || r.Overrun != 0 {
		t.Fatalf("sent %d, accepted %d, not sent %d; want 800, 800, 0", r.Sent, r.Accepted, r.Overrun)
	}
	// Half of all were due while it stood still; three quarters of those waited
	// for 100 ms and more. A generator that waits for answers would show a few.
	if r.Latency.Max < 390 {
		t.Errorf("worst %v ms, want the whole stand-still", r.Latency.Max)
	}
	if r.Latency.P90 < 250 {
		t.Errorf("nine tenths within %v ms, want at least 250", r.Latency.P90)
	}
}

// A generator that comes late must send what is due with the time it was due.
func TestDueTimes(t *testing.T) {
	l, err := newLoop(t.Context(), mustServe(t, &fakeServer{}))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	r := newSharesRun(l, SharesOptions{Connections: 3, Rate: 1000, Kind: KindReal, Duration: time.Second})
	if err := l.openAll(t.Context(), 3, r.say); err != nil {
		t.Fatal(err)
	}
	const late = 50
	r.interval = float64(time.Millisecond)
	r.start = l.clock() - late*int64(time.Millisecond)
	r.end = r.start + late*int64(time.Millisecond) // not beyond, however slow the test
	r.due()
	for k := range late {
		c := l.conns[k%3]
		if got, want := c.slots[k/3], r.start+int64(k)*int64(time.Millisecond); got != want {
			t.Errorf("submission %d: counted from %d, want %d", k, got, want)
		}
	}
	if r.sent != late || r.report.Sent != late {
		t.Errorf("sent %d and %d, want %d", r.sent, r.report.Sent, late)
	}
}

func TestUnansweredIsCounted(t *testing.T) {
	r, err := Shares(t.Context(), mustServe(t, &fakeServer{fault: "no answer"}), SharesOptions{
		Connections: 2, Rate: 200, Kind: KindReal, Duration: 250 * time.Millisecond, patience: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent != 50 || r.Unanswered < 5 || r.Accepted+r.Unanswered != 50 {
		t.Errorf("sent %d, accepted %d, unanswered %d; want 50, 45 and 5", r.Sent, r.Accepted, r.Unanswered)
	}
}

func TestSharesOfABadServer(t *testing.T) {
	o := SharesOptions{Connections: 2, Window: 4, Kind: KindReal, Duration: 200 * time.Millisecond}
	t.Run("closes", func(t *testing.T) {
		if _, err := Shares(t.Context(), mustServe(t, &fakeServer{fault: "close"}), o); !errors.Is(err, ErrServer) {
			// Bytes that it had not read make its end a reset.
			if err == nil || !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") {
				t.Errorf("got %v, want %v", err, ErrServer)
			}
		}
	})
	t.Run("refuses", func(t *testing.T) {
		if _, err := Shares(t.Context(), mustServe(t, &fakeServer{fault: "refuse"}), o); !errors.Is(err, ErrServer) {
			t.Errorf("got %v, want %v", err, ErrServer)
		}
	})
	t.Run("is not there", func(t *testing.T) {
		if _, err := Shares(t.Context(), Target{Addr: "127.0.0.1:1", User: "u"}, o); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("foreign", func(t *testing.T) {
		if _, err := Shares(t.Context(), Target{Addr: "192.0.2.1:3333", User: "u"}, o); !errors.Is(err, ErrForeign) {
			t.Errorf("got %v, want %v", err, ErrForeign)
		}
	})
	t.Run("a run that is ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Shares(ctx, mustServe(t, &fakeServer{}), o); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
}

func TestIdleStampsEveryArrival(t *testing.T) {
	s := &fakeServer{}
	r, err := Idle(t.Context(), mustServe(t, s), IdleOptions{
		Connections: 20, Duration: 600 * time.Millisecond, Trigger: s.newBlock, Every: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rounds) == 0 || len(r.Rounds) != s.jobs {
		t.Fatalf("got %d rounds of %d blocks", len(r.Rounds), s.jobs)
	}
	for _, x := range r.Rounds {
		if x.Clients != 20 || x.TriggerMS <= 0 || x.P50 > x.P99 || x.P99 > x.Last {
			t.Errorf("got %+v, want 20 arrivals in order, after the trigger", x)
		}
	}
	if r.Stamps != StampKernel {
		t.Logf("stamped by %s", r.Stamps)
	}
	if r.RSSBefore == 0 || r.RSSAfter == 0 {
		t.Errorf("memory: %+v", r)
	}
}

func TestChurnCountsCycles(t *testing.T) {
	s := &fakeServer{}
	r, err := Churn(t.Context(), mustServe(t, s), ChurnOptions{Loops: 4, Duration: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if n := uint64(s.logins.Load()); r.Cycles == 0 || r.Failed != 0 || r.Cycles > n || n-r.Cycles > 4 || r.Handshake.Count != r.Cycles {
		t.Errorf("server saw %d logins; got %+v", n, r)
	}
	if _, err := Churn(t.Context(), mustServe(t, &fakeServer{fault: "refuse"}), ChurnOptions{Loops: 4, Duration: 5 * time.Second}); !errors.Is(err, ErrServer) {
		t.Errorf("nobody let in: got %v, want %v", err, ErrServer)
	}
}

func TestHostileKinds(t *testing.T) {
	for _, k := range Kinds {
		t.Run(k.Name, func(t *testing.T) {
			s := &fakeServer{}
			r, err := Hostile(t.Context(), mustServe(t, s), HostileOptions{
				Kind: k.Name, Connections: 3, Shares: KindLowDiff, Duration: 200 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Sent == 0 || r.Alone == nil || r.Alone.Answered == 0 {
				t.Errorf("got %+v, want bytes sent and a lone miner's answers", r)
			}
			if r.Beside != nil && (r.Beside.Answered == 0 || r.Ratio <= 0) {
				t.Errorf("beside: got %+v, ratio %v", r.Beside, r.Ratio)
			}
			if k.Name == Garbage && r.Dropped == 0 {
				t.Error("garbage was never dropped, and the server does")
			}
			if k.Name == Flood && r.Answered == 0 {
				t.Error("a flood got no answer")
			}
		})
	}
}
