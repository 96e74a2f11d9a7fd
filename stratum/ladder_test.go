package stratum

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// addressed is a connection that comes from an address.
type addressed struct {
	net.Conn
	from net.Addr
}

func (c addressed) RemoteAddr() net.Addr { return c.from }

// dialFrom is dial with an address of one's own.
func (p *pipes) dialFrom(t testing.TB, ip string) *heard {
	t.Helper()
	near, far := net.Pipe()
	p.conns <- addressed{far, &net.TCPAddr{IP: net.ParseIP(ip), Port: 1234}}
	h := &heard{client: newClient(t, near), done: make(chan struct{})}
	go h.read()
	return h
}

// heard is a client that reads all the time.
type heard struct {
	*client
	mu    sync.Mutex
	lines []string
	done  chan struct{}
}

func (h *heard) read() {
	defer close(h.done)
	for {
		line, err := h.in.ReadString('\n')
		if err != nil {
			return
		}
		h.mu.Lock()
		h.lines = append(h.lines, strings.TrimSuffix(line, "\n"))
		h.mu.Unlock()
	}
}

// take returns what came since the last call, once everything is quiet.
func (h *heard) take() []string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := h.lines
	h.lines = nil
	return lines
}

func (h *heard) ended() bool {
	synctest.Wait()
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

func (h *heard) login(params string) {
	h.t.Helper()
	h.send(`{"id":1,"method":"mining.subscribe","params":`+params+`}`, `{"id":2,"method":"mining.authorize","params":["w","x"]}`)
	h.take()
}

// try sends shares unless the connection has ended.
func (h *heard) try(lines ...string) {
	h.conn.SetWriteDeadline(time.Now().Add(time.Second))
	h.conn.Write([]byte(strings.Join(lines, "\n") + "\n"))
	synctest.Wait()
}

// ladderRig is a server with jobs every half minute, in synthetic time.
type ladderRig struct {
	t   *testing.T
	srv *Server
	p   *fakePool
	l   *pipes
	seq uint64
}

func newLadderRig(t *testing.T, change func(*Config)) *ladderRig {
	r := &ladderRig{t: t, p: newPool(), l: newPipes()}
	r.srv, _ = serve(t, r.p, func(c *Config) {
		c.Listeners[0].Listener = r.l
		if change != nil {
			change(c)
		}
	})
	r.job(true)
	return r
}

func (r *ladderRig) job(clean bool) {
	r.seq++
	r.srv.Broadcast(r.p.put(newJob(r.seq, clean)))
	synctest.Wait()
}

// bad sends n shares of a kind every half minute for d, and gives out a job each
// time.
func (r *ladderRig) bad(h *heard, d time.Duration, n int, nonce string) (lines []string) {
	for end := time.Now().Add(d); !time.Now().After(end); {
		time.Sleep(10 * time.Second)
		r.job(false)
		for i := range n {
			h.try(submission(fmt.Sprint(100+i), "w", "j1", nonce))
		}
		lines = append(lines, h.take()...)
	}
	return lines
}

func containing(lines []string, part string) (n int) {
	for _, l := range lines {
		if strings.Contains(l, part) {
			n++
		}
	}
	return n
}

const cleanAgain = `65000000",true]`

func TestLadderTakesItsSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLadderRig(t, nil)
		h := r.l.dialFrom(t, "192.0.2.1")
		h.login(`["x"]`)
		time.Sleep(40 * time.Second)
		h.take()

		// Stale shares, five in ten seconds: the work comes again after a minute.
		lines := r.bad(h, 50*time.Second, 5, "dead0021")
		if n := containing(lines, cleanAgain); n != 0 || r.srv.Climbed(Resent) != 0 {
			t.Fatalf("work sent again after 50 s:\n%s", strings.Join(lines, "\n"))
		}
		lines = r.bad(h, 20*time.Second, 5, "dead0021")
		if n := containing(lines, cleanAgain); n != 1 || r.srv.Climbed(Resent) != 1 {
			t.Fatalf("work sent again %d times after 70 s, want once:\n%s", n, strings.Join(lines, "\n"))
		}
		at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, cleanAgain) })
		if !strings.Contains(lines[at-1], "set_difficulty") {
			t.Errorf("before the work came %s, want the difficulty", lines[at-1])
		}
		if got := r.srv.Sessions()[0]; got.Rung != Resent || got.RejectedBy["stale"] < 30 {
			t.Errorf("session is shown as %+v", got)
		}
		lines = r.bad(h, 60*time.Second, 5, "dead0021")
		if n := containing(lines, "client.reconnect"); n != 1 || r.srv.Climbed(AskedToReconnect) != 1 {
			t.Fatalf("asked to reconnect %d times after 130 s, want once:\n%s", n, strings.Join(lines, "\n"))
		}
		if h.ended() {
			t.Fatal("dropped already")
		}
		r.bad(h, 60*time.Second, 5, "dead0021")
		if !h.ended() || r.srv.Closed(BadShares) != 1 || r.srv.Climbed(Dropped) != 1 {
			t.Errorf("not dropped: %d closed for it", r.srv.Closed(BadShares))
		}
		// Stale shares never lead to a ban.
		if h := r.l.dialFrom(t, "192.0.2.1"); h.ended() || len(r.srv.Bans()) != 0 {
			t.Error("the miner may not come back")
		}
	})
}

// Each way in which an honest miner's shares are refused leaves it where it is.
func TestLadderSparesHonestMiners(t *testing.T) {
	const low, stale, twice = "dead0023", "dead0021", "dead0022"
	for _, c := range []struct {
		name string
		mine func(r *ladderRig, h *heard)
	}{
		{"one accepted share takes it down", func(r *ladderRig, h *heard) {
			for range 8 {
				r.bad(h, 40*time.Second, 20, twice)
				h.try(submission("1", "w", "j1", "00000001"))
			}
		}},
		{"few bad shares of a slow miner", func(r *ladderRig, h *heard) { r.bad(h, 80*time.Second, 1, stale) }},
		{"stale after each of many blocks", func(r *ladderRig, h *heard) {
			for range 20 {
				r.job(true)
				r.bad(h, 10*time.Second, 50, stale)
			}
		}},
		{"the node gives no work", func(r *ladderRig, h *heard) {
			time.Sleep(3 * time.Minute)
			for range 10 {
				time.Sleep(30 * time.Second)
				for range 100 {
					h.try(submission("1", "w", "j1", stale))
				}
			}
		}},
		{"difficulty that keeps changing", func(r *ladderRig, h *heard) {
			for i := range 10 {
				h.try(fmt.Sprintf(`{"id":7,"method":"mining.suggest_difficulty","params":[%d]}`, 2000+i))
				r.bad(h, 10*time.Second, 100, low)
			}
		}},
		{"the share log fails", func(r *ladderRig, h *heard) {
			err := fmt.Errorf("disk full")
			r.p.commitErr.Store(&err)
			r.bad(h, 5*time.Minute, 20, "00000001")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newLadderRig(t, nil)
				h := r.l.dialFrom(t, "192.0.2.1")
				h.login(`["x"]`)
				time.Sleep(40 * time.Second)
				r.job(false)
				c.mine(r, h)
				for rung := Resent; rung < rungCount; rung++ {
					if n := r.srv.Climbed(rung); n != 0 {
						t.Errorf("%d steps %q", n, rung)
					}
				}
				if h.ended() {
					t.Error("the miner is gone")
				}
			})
		})
	}
}

func TestGarbageIsShutOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		honest string // address of another miner, which has shares accepted
		banned bool
	}{
		{"alone", "", true},
		{"beside an honest miner of another address", "192.0.2.2", true},
		{"beside an honest miner of the same address", "192.0.2.1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newLadderRig(t, nil)
				if c.honest != "" {
					good := r.l.dialFrom(t, c.honest)
					good.login(`["good"]`)
					good.try(submission("1", "w", "j1", "00000001"))
				}
				h := r.l.dialFrom(t, "192.0.2.1")
				h.login(`["x"]`)
				time.Sleep(40 * time.Second)
				r.job(false)
				r.bad(h, 10*time.Second, 300, "dead0022")
				if !h.ended() {
					t.Fatal("600 duplicates in 20 s, and it is still there")
				}
				want := BadShares
				if c.banned {
					want = Banned
				}
				if r.srv.Closed(want) != 1 {
					t.Errorf("not closed for %q", want)
				}
				again := r.l.dialFrom(t, "192.0.2.1")
				if again.ended() != c.banned {
					t.Fatalf("at its return: sent away %v, want %v", again.ended(), c.banned)
				}
				if !c.banned {
					return
				}
				if bans := r.srv.Bans(); len(bans) != 1 || bans[0].Address.String() != "192.0.2.1" {
					t.Errorf("bans: %v", bans)
				}
				time.Sleep(5 * time.Minute)
				if r.l.dialFrom(t, "192.0.2.1").ended() {
					t.Error("still shut out after 5 minutes")
				}
			})
		})
	}
}

// A job that is sent again keeps the difficulty that it was given out with.
func TestWorkSentAgainIsJudgedAsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLadderRig(t, nil)
		h := r.l.dialFrom(t, "192.0.2.1")
		h.login(`["x"]`)
		h.try(`{"id":7,"method":"mining.suggest_difficulty","params":[4096]}`)
		h.take()
		for _, s := range r.srv.pick(Who{All: true}) {
			s.out.mu.Lock()
			s.out.resend()
			var scratch []byte
			s.out.pass(&scratch)
		}
		if lines := h.take(); containing(lines, cleanAgain) != 1 || containing(lines, "[4096]") != 1 {
			t.Fatalf("sent again: %q", lines)
		}
		h.try(submission("1", "w", "j1", "00000001"))
		if got := r.p.submissions(); len(got) != 1 || got[0].Difficulty != 1024 {
			t.Errorf("judged by %v, want the 1024 of the job", got)
		}
	})
}
