package stratum

import (
	"testing"
)

func setDifficulty(d string) string {
	return `{"id":null,"method":"mining.set_difficulty","params":[` + d + `]}`
}

func TestPoint46And47AskedDifficulty(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile = Profile{Start: 64, Min: 0.001, Max: 4096}
	})
	suggest := func(params string) string {
		return `{"id":1,"method":"mining.suggest_difficulty","params":` + params + `}`
	}
	for _, x := range []struct{ name, line, password, want string }{
		{"integer", suggest(`[1000]`), "x", "1000"},
		{"float", suggest(`[1000.75]`), "x", "1000"},
		{"string", suggest(`["256"]`), "x", "256"},
		{"below one", suggest(`[0.5]`), "x", "0.5"},
		{"below the minimum", suggest(`[1e-9]`), "x", "0.001"},
		{"above the maximum", suggest(`[1e300]`), "x", "4096"},
		{"in the method's name", `{"id":1,"method":"mining.suggest_difficulty(512)","params":[]}`, "x", "512"},
		{"zero", suggest(`[0]`), "x", "64"},
		{"negative", suggest(`[-5]`), "x", "64"},
		{"not a number", suggest(`["NaN"]`), "x", "64"},
		{"infinite", suggest(`["inf"]`), "x", "64"},
		{"nothing", suggest(`[]`), "x", "64"},
		{"target", `{"id":1,"method":"mining.suggest_target","params":["0000000003fffc00000000000000000000000000000000000000000000000000"]}`, "x", "64"},
		{"target of 256", `{"id":1,"method":"mining.suggest_target","params":["0000000000ffff00000000000000000000000000000000000000000000000000"]}`, "x", "256"},
		{"target of zero", `{"id":1,"method":"mining.suggest_target","params":["0000000000000000000000000000000000000000000000000000000000000000"]}`, "x", "64"},
		{"target no hex", `{"id":1,"method":"mining.suggest_target","params":["00"]}`, "x", "64"},
		{"d", "", "d=128", "128"},
		{"diff", "", "x,diff=128", "128"},
		{"fd", "", "fd=128;x", "128"},
		{"sd", "", "x;sd=128", "128"},
		{"spaces and case", "", "foo ; D = 128 ", "128"},
		{"fraction", "", "d=0.25", "0.25"},
		{"floor", "", "md=200", "200"},
		{"floor below", "", "mindiff=2", "64"},
		{"start under the floor", "", "md=200,sd=100", "200"},
		{"invalid", "", "d=much,diff=-1,fd=0,sd=nan,md=", "64"},
		{"other words", "", "d128,add=5,=7", "64"},
		{"beyond the maximum", "", "d=1e9", "4096"},
		{"floor beyond the maximum", "", "md=1e9", "4096"},
		{"the password wins over a suggestion", suggest(`[1000]`), "d=128", "128"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := dial(t, addr)
			if x.line != "" {
				c.send(x.line)
				c.want(accepted("1"))
			}
			c.subscribe(`[]`)
			if x.line != "" {
				for { // a confirmation may come before authorize
					c.send(`{"id":9,"method":"mining.ping"}`)
					if c.line() == `{"id":9,"result":"pong","error":null}` {
						break
					}
				}
			}
			c.send(`{"id":3,"method":"mining.authorize","params":["w","` + x.password + `"]}`)
			for line := ""; line != accepted("3"); {
				line = c.line()
			}
			if x.name == "invalid" {
				c.expect("client.show_message")
			}
			c.want(setDifficulty(x.want))
			c.expect("mining.notify")
		})
	}
}

func TestPoint46SuggestionAfterAuthorizeIsConfirmed(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.login()
	for _, want := range []string{"4096", "4096", "0.5", "7"} {
		c.send(`{"id":5,"method":"mining.suggest_difficulty","params":[` + want + `]}`)
		c.want(accepted("5"), setDifficulty(want))
	}
}

func TestPoint48And49Floors(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	tuner := &fakeTuner{}
	_, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile = Profile{Start: 64, Min: 1, NiceHashFloor: 524288,
			NewTuner: func(float64, float64) Tuner { return tuner }}
	})
	c := dial(t, addr)
	c.send(`{"id":1,"method":"mining.configure","params":[["minimum-difficulty"],{"minimum-difficulty.value":2048}]}`)
	c.want(`{"id":1,"result":{"minimum-difficulty":true},"error":null}`)
	c.subscribe(`["cgminer"]`)
	c.send(`{"id":3,"method":"mining.authorize","params":["w","d=5"]}`)
	c.want(accepted("3"), setDifficulty("2048"))
	if tuner.floor != 2048 {
		t.Errorf("floor of the tuner = %v, want 2048", tuner.floor)
	}
	nice := dial(t, addr)
	nice.subscribe(`["NiceHash/1.0.0"]`)
	nice.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`)
	nice.want(accepted("3"), setDifficulty("524288"))
}

// A share is judged by the smaller of its job's difficulty and the present one.
func TestPoint40DifficultyIsFrozenPerJob(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	tuner := &fakeTuner{}
	srv, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	c.login() // j1 at 1024
	judged := func(job string, want float64) {
		t.Helper()
		c.send(submission("4", "w", job, "00000001"))
		c.want(accepted("4"))
		all := p.submissions()
		s := all[len(all)-1]
		if s.Difficulty != want || s.Target != p.Target(want) {
			t.Errorf("%s judged at %v, want %v", job, s.Difficulty, want)
		}
	}
	judged("j1", 1024)

	// Up: told at once, but the present job keeps its difficulty.
	tuner.want(4096)
	judged("j1", 1024) // the turn's end steers
	c.want(setDifficulty("4096"))
	judged("j1", 1024)
	srv.Broadcast(p.put(newJob(2, false)))
	c.expect("mining.notify")
	judged("j2", 4096)
	judged("j1", 1024)

	// Down: helps every job at once.
	tuner.want(256)
	judged("j2", 4096)
	c.want(setDifficulty("256"))
	judged("j2", 256)
	judged("j1", 256)
	srv.Broadcast(p.put(newJob(3, false)))
	c.expect("mining.notify")
	judged("j3", 256)

	// And up again: each job as it was frozen.
	tuner.want(8192)
	judged("j3", 256)
	c.want(setDifficulty("8192"))
	srv.Broadcast(p.put(newJob(4, true)))
	c.expect("mining.notify")
	judged("j4", 8192)
	judged("j3", 256)
	judged("j2", 4096)
	judged("j1", 1024)
	if i := srv.Sessions()[0]; i.Difficulty != 8192 || tuner.shares != int(i.Accepted) {
		t.Errorf("session %+v, tuner heard of %d shares", i, tuner.shares)
	}
}

func TestDifficultyIsCappedByTheJob(t *testing.T) {
	p := newPool()
	j := newJob(1, true)
	j.ceiling = 100.5
	p.put(j)
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.subscribe(`[]`)
	c.send(`{"id":3,"method":"mining.authorize","params":["w","d=1024"]}`)
	c.want(accepted("3"), setDifficulty("100"))
	c.expect("mining.notify")

	j = newJob(2, false)
	j.ceiling = 4.66e-10 // regtest
	srv.Broadcast(p.put(j))
	c.want(setDifficulty("0.000000000466"))
	c.expect("mining.notify")
	srv.Broadcast(p.put(newJob(3, false)))
	c.want(setDifficulty("1024"))
	c.expect("mining.notify")
	for job, want := range map[string]float64{"j1": 100, "j2": 4.66e-10, "j3": 1024} {
		c.send(submission("4", "w", job, "00000001"))
		c.want(accepted("4"))
		all := p.submissions()
		if got := all[len(all)-1].Difficulty; got != want {
			t.Errorf("%s judged at %v, want %v", job, got, want)
		}
	}
}

func TestPoint51DifficultyIsWrittenWithoutExponent(t *testing.T) {
	for d, want := range map[float64]string{
		1: "1", 1024: "1024", 1 << 60: "1152921504606846976", 0.5: "0.5", 1e-10: "0.0000000001", 4.66e-10: "0.000000000466", 1e21: "1000000000000000000000",
	} {
		if got := string(appendDifficulty(nil, d)); got != setDifficulty(want)+"\n" {
			t.Errorf("%g: got %s", d, got)
		}
	}
}

func TestEpochsAreBounded(t *testing.T) {
	p := newPool()
	s := bare(p, &sink{})
	s.feed([]byte(bitaxe[1] + "\n" + bitaxe[2] + "\n"))
	for i := range uint64(10 * epochLimit) {
		s.out.mu.Lock()
		s.out.set(float64(1 + i%7))
		s.out.offer(newJob(i+1, false))
		var b []byte
		s.out.pass(&b)
		s.out.drains.Wait()
	}
	v := s.view.Load()
	if len(v.epochs) > epochLimit {
		t.Errorf("%d epochs kept, want at most %d", len(v.epochs), epochLimit)
	}
	for seq := uint64(10*epochLimit - 20); seq <= 10*epochLimit; seq++ {
		if got, want := v.epochOf(seq, 0).difficulty, float64(1+(seq-1)%7); got != want {
			t.Errorf("job %d frozen at %v, want %v", seq, got, want)
		}
	}
}
