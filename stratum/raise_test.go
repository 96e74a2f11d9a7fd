package stratum

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// TestARaiseWaitsForItsJob is about miners of the cgminer family: of two
// difficulties before one job they use the second with the job after it.
func TestARaiseWaitsForItsJob(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	tuner := &fakeTuner{}
	srv, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	c.login() // j1 at 1024
	share := func(job string) {
		t.Helper()
		c.send(submission("4", "w", job, "00000001"))
		c.want(accepted("4"))
	}
	tuner.want(4096)
	share("j1")
	c.want(setDifficulty("4096"))
	tuner.want(8192)
	share("j1")
	share("j1") // and nothing is told behind the first
	srv.Broadcast(p.put(newJob(2, false)))
	c.expect("mining.notify")
	c.want(setDifficulty("8192"))
	share("j2")
	if all := p.submissions(); all[len(all)-1].Difficulty != 4096 {
		t.Errorf("j2 is judged at %v, want the 4096 that was told before it", all[len(all)-1].Difficulty)
	}
	srv.Broadcast(p.put(newJob(3, false)))
	c.expect("mining.notify")
	share("j3")
	if all := p.submissions(); all[len(all)-1].Difficulty != 8192 {
		t.Errorf("j3 is judged at %v, want 8192", all[len(all)-1].Difficulty)
	}
}

// stacking is what a miner works at: the usual ones at what was told last before
// the job, the cgminer family at what its stack of two says.
type stacking struct {
	last  float64
	stack []float64
	usual float64 // of the present job
	cg    float64
}

func (s *stacking) line(line string) {
	switch {
	case strings.Contains(line, "mining.set_difficulty"):
		at := strings.Index(line, "[") + 1
		s.last, _ = strconv.ParseFloat(line[at:strings.Index(line, "]")], 64)
		if len(s.stack) == 0 {
			s.stack = append(s.stack, s.last)
		} else {
			s.stack = append(s.stack[:1], s.last)
		}
	case strings.Contains(line, "mining.notify"):
		s.usual = s.last
		if len(s.stack) > 0 {
			s.cg, s.stack = s.stack[0], s.stack[1:]
		}
	}
}

// TestNoShareIsTooEasyWhoeverCountsTheDifficulties changes the difficulty at
// random between jobs: a share that is as hard as either kind of miner makes it is
// always hard enough, and the usual miner is credited what it worked for as soon
// as no change is under way.
func TestNoShareIsTooEasyWhoeverCountsTheDifficulties(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	p := newPool()
	p.put(newJob(1, true))
	tuner := &fakeTuner{}
	srv, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	c.subscribe("[]")
	var m stacking
	c.send(`{"id":3,"method":"mining.authorize","params":["w","x"]}`)
	until := func(want string) {
		t.Helper()
		for {
			line := c.line()
			m.line(line)
			if strings.Contains(line, want) {
				return
			}
		}
	}
	until("mining.notify")
	seq := uint64(1)
	for range 400 {
		switch rng.UintN(3) {
		case 0:
			tuner.want(math.Floor(math.Exp(rng.Float64() * 12)))
		case 1:
			seq++
			srv.Broadcast(p.put(newJob(seq, rng.UintN(4) == 0)))
			until("mining.notify")
		}
		before := len(p.submissions())
		c.send(submission("4", "w", newJob(seq, false).id, "00000001"))
		until(`"id":4`)
		all := p.submissions()
		if len(all) != before+1 {
			t.Fatalf("job %d: %d shares were judged, want %d", seq, len(all), before+1)
		}
		if judged := all[before].Difficulty; judged > m.usual || judged > m.cg {
			t.Fatalf("job %d is judged at %v; the usual miner works at %v, one that keeps two difficulties at %v", seq, judged, m.usual, m.cg)
		}
	}
}

// wantingPool counts the wishes for a job.
type wantingPool struct {
	*fakePool
	wishes atomic.Int32
}

func (p *wantingPool) WantJob() { p.wishes.Add(1) }

func TestAMuchHarderDifficultyAsksForAJob(t *testing.T) {
	p := &wantingPool{fakePool: newPool()}
	p.put(newJob(1, true))
	tuner := &fakeTuner{}
	srv, addr := serve(t, p, func(c *Config) {
		c.Listeners[0].Profile.NewTuner = func(float64, float64) Tuner { return tuner }
	})
	c := dial(t, addr)
	c.login() // j1 at 1024
	said := func(d float64, text string, want int32) {
		t.Helper()
		tuner.want(d)
		c.send(submission("4", "w", "j1", "00000001"))
		c.want(accepted("4"), setDifficulty(text))
		if got := p.wishes.Load(); got != want {
			t.Errorf("after %s: %d wishes for a job, want %d", text, got, want)
		}
	}
	said(1500, "1500", 0)
	srv.Broadcast(p.put(newJob(2, false)))
	c.expect("mining.notify")
	said(6000, "6000", 1)
	said(500, "500", 1)
}
