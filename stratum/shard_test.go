package stratum

import (
	"testing"
	"testing/synctest"
	"time"
)

// The busiest of late come first, and every session keeps its place in mind.
func TestOrderByRecentWork(t *testing.T) {
	sh := &shard{}
	works := []float64{0, 5, 4e12, 1e-9, 3e3, 4e12, 0}
	for range works {
		sh.add(&session{})
	}
	all := sh.snapshot(nil)
	for i, s := range all {
		s.work.add(works[i])
	}
	sh.order(time.Now())
	want := []int{2, 5, 4, 1, 3, 0, 6}
	for at, i := range want {
		if s := sh.sessions[at]; s != all[i] || s.slot != at {
			t.Errorf("place %d: not the session with work %v, or it thinks it is at %d", at, works[i], s.slot)
		}
	}
	// What was long ago counts no more than what is.
	all[3].work.add(1e15)
	for range 600 {
		all[1].work.add(5)
		sh.order(time.Now())
	}
	if sh.sessions[0] != all[1] {
		t.Errorf("the only busy session is at %d", all[1].slot)
	}
	sh.remove(all[1])
	if len(sh.sessions) != len(works)-1 {
		t.Errorf("%d sessions left", len(sh.sessions))
	}
}

// A refresh is spread; a clean job in the middle of it is with everybody at once.
func TestRefreshIsSpreadCleanIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool()
		p.put(newJob(1, true))
		l := newPipes()
		const miners = 400
		srv, _ := serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
		got := make(chan time.Time, 10*miners)
		for range miners {
			c := l.dial(t)
			c.login()
			go func() {
				for c.conn != nil {
					if _, err := c.in.ReadString('\n'); err != nil {
						return
					}
					got <- time.Now()
				}
			}()
		}
		take := func(n int) (last time.Duration) {
			begin := time.Now()
			for range n {
				last = (<-got).Sub(begin)
			}
			return last
		}
		srv.Broadcast(p.put(newJob(2, true)))
		if d := take(miners); d > 10*time.Millisecond {
			t.Errorf("a clean job took %v", d)
		}
		srv.Broadcast(p.put(newJob(3, false)))
		if d := take(miners); d < refreshSpread/4 || d > refreshSpread {
			t.Errorf("a refresh took %v, want it spread over %v", d, refreshSpread)
		}
		srv.Broadcast(p.put(newJob(4, false)))
		synctest.Wait()
		early := len(got)
		srv.Broadcast(p.put(newJob(5, true)))
		if d := take(early + miners); early == 0 || early == miners || d > 10*time.Millisecond {
			t.Errorf("a clean job behind %d of a refresh took %v", early, d)
		}
		urgent := newJob(6, false)
		urgent.urgent = true
		srv.Broadcast(p.put(urgent))
		if d := take(miners); d > 10*time.Millisecond {
			t.Errorf("an urgent job took %v", d)
		}
		time.Sleep(time.Second)
		if n := len(got); n != 0 {
			t.Errorf("%d lines too many", n)
		}
	})
}
