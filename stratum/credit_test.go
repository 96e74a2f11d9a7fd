package stratum

import (
	"fmt"
	"testing"
)

// luckPool judges by the nonce, which is the difficulty that its hash achieves.
type luckPool struct{ *fakePool }

type luckTurn struct{ Turn }

func (p luckPool) Begin() Turn { return luckTurn{p.fakePool.Begin()} }

func (t luckTurn) Judge(s *Submission) Result {
	got := float64(s.Nonce)
	if got < s.Difficulty {
		return Result{Reason: LowDifficulty}
	}
	return Result{Reason: Accepted, Difficulty: s.Credit(got >= s.Full)}
}

func luck(id int, job string, achieved int) string {
	return submission(fmt.Sprint(id), "w", job, fmt.Sprintf("%08x", achieved))
}

func suggestion(d float64) string {
	return fmt.Sprintf(`{"id":1,"method":"mining.suggest_difficulty","params":[%v]}`, d)
}

// The best hashes of a miner that did work of difficulty 60,000: what it is
// credited with must not depend on when it asks for which difficulty.
var luckiest = []int{60000, 30000, 20000, 15000, 12000, 10000, 8500, 7500, 6600, 6000}

func TestNobodyChoosesWhatItsSharesCount(t *testing.T) {
	const start = 8192
	whole := 0.0 // what counts by the difficulty that was known before
	for _, got := range luckiest {
		if got >= start {
			whole += start
		}
	}
	wishes := map[string]func(d int) string{
		"suggest_difficulty": func(d int) string { return suggestion(float64(d)) },
		"password": func(d int) string {
			return fmt.Sprintf(`{"id":1,"method":"mining.authorize","params":["w","d=%d"]}`, d)
		},
		"start in the password": func(d int) string {
			return fmt.Sprintf(`{"id":1,"method":"mining.authorize","params":["w","sd=%d"]}`, d)
		},
	}
	for name, wish := range wishes {
		serveLuck := func(t *testing.T) (*Server, *client, luckPool) {
			p := luckPool{newPool()}
			p.put(newJob(1, true))
			srv, addr := serve(t, p, func(c *Config) { c.Listeners[0].Profile = Profile{Start: start} })
			return srv, dial(t, addr), p
		}
		want := func(t *testing.T, srv *Server, most float64) {
			t.Helper()
			if i := srv.Sessions()[0]; i.Work > most || i.Accepted != uint64(len(luckiest)) {
				t.Errorf("%d shares accepted, credited with %v, want %d and no more than %v", i.Accepted, i.Work, len(luckiest), most)
			}
		}
		t.Run(name+" while it mines", func(t *testing.T) {
			srv, c, _ := serveLuck(t)
			job := c.login()
			for i, got := range luckiest {
				c.send(wish(got), luck(i, job, got))
			}
			c.until("9")
			want(t, srv, whole)
		})
		t.Run(name+" at a difficulty asked for before", func(t *testing.T) {
			srv, c, p := serveLuck(t)
			c.login()
			c.send(wish(1 << 30))
			c.want(accepted("1"))
			srv.Broadcast(p.put(newJob(2, false))) // frozen at 1<<30
			for method := ""; method != "mining.notify"; {
				method = c.message().Method
			}
			for i, got := range luckiest {
				c.send(wish(got), luck(i, "j2", got))
			}
			c.until("9")
			want(t, srv, 0)
		})
		t.Run(name+" before its first job", func(t *testing.T) {
			srv, c, _ := serveLuck(t)
			c.subscribe(`[]`)
			lines := []string{`{"id":1,"method":"mining.authorize","params":["w"]}`}
			for i, got := range luckiest { // all in one turn: the job comes behind it
				lines = append(lines, wish(got), luck(i, "j1", got))
			}
			c.send(lines...)
			c.until("9")
			want(t, srv, whole)
		})
	}
}

// until reads up to the reply with an id.
func (c *client) until(id string) {
	c.t.Helper()
	for {
		if m := c.message(); string(m.ID) == id {
			return
		}
	}
}

// A miner that comes back with its session id is credited for the jobs of before by
// what was frozen into them then, and not a second time by what it is given now.
func TestSharesOfAnEarlierConnectionCountAsTheyDid(t *testing.T) {
	p := luckPool{newPool()}
	p.put(newJob(1, true))
	srv, addr := serve(t, p, func(c *Config) { c.Listeners[0].Profile = Profile{Start: 1000} })
	first := dial(t, addr)
	_, id := first.subscribe(`["cgminer"]`)
	first.send(`{"id":3,"method":"mining.authorize","params":["w","sd=5000"]}`)
	first.until("3")
	first.expect("mining.set_difficulty")
	first.expect("mining.notify")
	srv.Broadcast(p.put(newJob(7, false)))
	first.expect("mining.notify")
	first.conn.Close()
	eventually(t, "the miner is gone", func() bool { return srv.Parked() == 1 })

	again := dial(t, addr)
	if _, same := again.subscribe(fmt.Sprintf(`["cgminer",%q]`, id)); same != id {
		t.Fatalf("session %s came back as %s", id, same)
	}
	credit := func(when string, job string, achieved int, want float64) {
		t.Helper()
		before := srv.Sessions()[0].Work
		again.send(luck(4, job, achieved))
		again.want(accepted("4"))
		if got := srv.Sessions()[0].Work - before; got != want {
			t.Errorf("%s, a hash of %d for %s: credited with %v, want %v", when, achieved, job, got, want)
		}
	}
	again.send(`{"id":3,"method":"mining.authorize","params":["w"]}`)
	again.want(accepted("3"), setDifficulty("1000"))
	again.expect("mining.notify")
	credit("back", "j1", 6000, 5000)
	credit("back", "j1", 4000, 0)
	p.mu.Lock()
	p.jobs["j0"] = newJob(0, false) // of before all that the miner was sent
	p.mu.Unlock()
	credit("back", "j0", 6000, 0)
	p.put(newJob(8, false)) // between what it was sent then and now
	srv.Broadcast(p.put(newJob(9, true)))
	again.expect("mining.notify")
	credit("at work again", "j9", 1500, 1000)
	credit("at work again", "j7", 1501, 0)
	credit("at work again", "j7", 5001, 5000) // though it was sent again, at 1000
	credit("at work again", "j8", 1501, 1000)
}
