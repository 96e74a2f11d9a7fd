package stratum

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPoint28CleanFollowsTheJob(t *testing.T) {
	p := newPool()
	p.put(newJob(1, false))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.login()
	for _, x := range []struct {
		seq   uint64
		clean bool
	}{{2, false}, {3, true}, {4, false}, {5, false}, {6, true}} {
		srv.Broadcast(p.put(newJob(x.seq, x.clean)))
		m := c.expect("mining.notify")
		if got, want := m.param(0)+m.param(8), fmt.Sprintf(`"j%d"%v`, x.seq, x.clean); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	srv.Broadcast(newJob(5, true)) // older than the last
	srv.Broadcast(newJob(6, true)) // the last
	c.sync()
}

// What a miner has not been sent yet is replaced, and a clean job that was
// replaced makes its successor clean.
func TestNewerJobReplacesUnsentOne(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	l := newPipes()
	srv, _ := serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
	c := l.dial(t)
	c.login()
	s := srv.shards[int(srv.sessionCount.Load())%len(srv.shards)].snapshot(nil)[0]
	waiting := func() uint64 {
		s.out.mu.Lock()
		defer s.out.mu.Unlock()
		if s.out.job == nil {
			return 0
		}
		return s.out.job.Seq()
	}
	srv.Broadcast(p.put(newJob(2, false)))
	eventually(t, "job 2 on its way", func() bool {
		s.out.mu.Lock()
		defer s.out.mu.Unlock()
		return s.out.sentSeq == 2
	})
	for seq := uint64(3); seq <= 6; seq++ { // the client reads nothing now
		srv.Broadcast(p.put(newJob(seq, seq == 4)))
		eventually(t, "newest job waiting", func() bool { return waiting() == seq })
	}
	if m := c.expect("mining.notify"); m.param(0) != `"j2"` || m.param(8) != "false" {
		t.Errorf("got %s %s, want j2 false", m.param(0), m.param(8))
	}
	if m := c.expect("mining.notify"); m.param(0) != `"j6"` || m.param(8) != "true" {
		t.Errorf("got %s %s, want j6 true", m.param(0), m.param(8))
	}
}

// Sessions of different payees hash different coinbases.
func TestNotifyIsRenderedForThePayee(t *testing.T) {
	p := newPool()
	srv, addr := serve(t, p, nil)
	var clients []*client
	for _, w := range []string{"a", "b"} {
		c := dial(t, addr)
		c.subscribe(`[]`)
		c.send(`{"id":3,"method":"mining.authorize","params":["` + w + `","x"]}`)
		c.want(accepted("3"))
		c.expect("mining.set_difficulty")
		clients = append(clients, c)
	}
	srv.Broadcast(payeeJob{newJob(1, true)})
	for i, w := range []string{"a", "b"} {
		clients[i].want(`{"payee":"` + w + `"}`)
	}
}

type payeeJob struct{ *fakeJob }

func (j payeeJob) Notify(w Worker, _ bool) []byte { return []byte(`{"payee":"` + w.Name() + "\"}\n") }

// A job may be broadcast before the pool calls it its newest.
func TestLoginAfterBroadcastGetsTheNewestJob(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	srv.Broadcast(newJob(5, true))
	if job := dial(t, addr).login(); job != "j5" {
		t.Errorf("first job %s, want j5", job)
	}
}

// While a miner does not read, its replies do not pile up: the server stops
// reading from it. None is lost when it reads again.
func TestRepliesWaitInBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		p.put(newJob(1, true))
		l := newPipes()
		srv, _ := serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
		c := l.dial(t)
		c.login()
		s := srv.shards[1%len(srv.shards)].snapshot(nil)[0]
		synctest.Wait()
		srv.Broadcast(p.put(newJob(2, false))) // blocks a writer
		synctest.Wait()
		const shares = 3000
		go func() {
			for i := range shares {
				c.conn.Write([]byte(submission(fmt.Sprint(i), "w", "j1", "00000001") + "\n"))
			}
		}()
		synctest.Wait()
		s.out.mu.Lock()
		held := len(s.out.pending)
		s.out.mu.Unlock()
		if held < pendingLimit || held > pendingLimit+turnLines*64 {
			t.Errorf("%d bytes of replies held, want about %d", held, pendingLimit)
		}
		c.expect("mining.notify")
		for i := range shares {
			c.want(accepted(fmt.Sprint(i)))
		}
	})
}

// No job is lost or doubled, and none goes back, however logins and broadcasts
// cross.
func TestBroadcastCrossesLogins(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	const last = 300
	go func() {
		for seq := uint64(2); seq <= last; seq++ {
			srv.Broadcast(p.put(newJob(seq, seq%7 == 0)))
			time.Sleep(50 * time.Microsecond) // spread over the logins
		}
	}()
	for range 20 {
		c := dial(t, addr)
		c.send(bitaxe[1], bitaxe[2])
		c.message()
		c.want(accepted("3"))
		c.expect("mining.set_difficulty")
		var seq uint64
		for seq < last {
			var got uint64
			fmt.Sscanf(jobID(c.expect("mining.notify")), "j%x", &got)
			if got <= seq {
				t.Fatalf("job %d after job %d", got, seq)
			}
			seq = got
		}
	}
}

func TestPoint30SilenceIsBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		p.put(newJob(1, true))
		l := newPipes()
		srv, _ := serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
		c := l.dial(t)
		c.login()
		quiet := time.Now()
		for range 5 {
			c.conn.SetReadDeadline(time.Time{})
			line, _ := c.in.ReadString('\n')
			if line != setDifficulty("1024")+"\n" {
				t.Fatalf("got %s", line)
			}
			if d := time.Since(quiet); d < 55*time.Second || d > 57*time.Second {
				t.Errorf("silent for %v, want 55 s", d)
			}
			quiet = time.Now()
		}
		srv.Broadcast(p.put(newJob(2, false)))
		c.expect("mining.notify")
		c.sync()
		if i := srv.Sessions(); len(i) != 1 {
			t.Errorf("%d sessions, want the idle miner kept", len(i))
		}
	})
}

// Difficulty sinks by the passing of time alone.
func TestTunerIsAskedWithoutShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		p.put(newJob(1, true))
		l := newPipes()
		tuner := &fakeTuner{}
		serve(t, p, func(c *Config) {
			c.Listeners[0].Listener = l
			c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
		})
		c := l.dial(t)
		c.login()
		tuner.want(16)
		begin := time.Now()
		c.want(setDifficulty("16"))
		if d := time.Since(begin); d > 2*tickEvery {
			t.Errorf("took %v", d)
		}
	})
}

func TestHandshakeTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		srv, _ := serve(t, newPool(), func(c *Config) { c.Listeners[0].Listener = l })
		for _, x := range []struct {
			reason CloseReason
			after  time.Duration
			line   string
		}{
			{SubscribeTimeout, 15 * time.Second, `{"id":1,"method":"mining.ping"}`},
			{AuthorizeTimeout, 60 * time.Second, bitaxe[1]},
			{SubscribeTimeout, 15 * time.Second, bitaxe[2]},
		} {
			before := srv.Closed(x.reason)
			c := l.dial(t)
			begin := time.Now()
			c.send(x.line)
			c.message()
			c.conn.SetReadDeadline(time.Time{})
			line, err := c.in.ReadString('\n')
			if d := time.Since(begin); err == nil || d < x.after || d > x.after+2*time.Second {
				t.Errorf("%v: %q, %v after %v", x.reason, line, err, d)
			}
			synctest.Wait()
			if srv.Closed(x.reason) != before+1 {
				t.Errorf("%v not counted", x.reason)
			}
		}
	})
}

// A miner that never reads is dropped; nobody else notices.
func TestPoint54SlowReaders(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	srv, addr := serve(t, p, func(c *Config) { c.WriteTimeout = 300 * time.Millisecond })
	const deaf = 5
	for range deaf {
		c := dial(t, addr)
		c.conn.(*net.TCPConn).SetReadBuffer(4096)
		c.login()
		go func() { // submits without end, reads nothing
			line := []byte(strings.Repeat(submission("1", "w", "j1", "00000001")+"\n", 100))
			for {
				if _, err := c.conn.Write(line); err != nil {
					return
				}
			}
		}()
	}
	polite := dial(t, addr)
	polite.login()
	for seq := uint64(2); srv.Closed(SlowReader) < deaf; seq++ {
		if seq > 1e5 {
			t.Fatal("slow readers are still there")
		}
		srv.Broadcast(p.put(newJob(seq, false)))
		begin := time.Now()
		polite.expect("mining.notify")
		if d := time.Since(begin); d > 5*time.Second {
			t.Fatalf("a job took %v beside slow readers", d)
		}
	}
	if n := srv.Live(); n != 1 {
		t.Errorf("%d sessions live, want the polite one", n)
	}
	for _, s := range srv.Sessions() {
		if s.Accepted != 0 {
			t.Errorf("the polite session is gone: %+v", s)
		}
	}
}

// A miner that only receives is dropped too once its connection is full, and
// holds no more than one job meanwhile.
func TestPoint54IdleSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		p.put(newJob(1, true))
		l := newPipes()
		srv, _ := serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
		c := l.dial(t)
		c.login()
		for seq := uint64(2); seq < 1000; seq++ {
			srv.Broadcast(p.put(newJob(seq, true)))
			synctest.Wait()
		}
		begin := time.Now()
		for srv.Closed(SlowReader) == 0 && time.Since(begin) < time.Minute {
			time.Sleep(time.Second)
		}
		if d := time.Since(begin); srv.Closed(SlowReader) != 1 || d > 12*time.Second {
			t.Errorf("closed for slow reading: %d after %v, want 1 after 10 s", srv.Closed(SlowReader), d)
		}
	})
}
