package stratum

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// dearPool is a fake pool whose judging takes time.
type dearPool struct {
	*fakePool
	cost time.Duration
}

type dearTurn struct {
	Turn
	cost time.Duration
}

func (p *dearPool) Begin() Turn { return dearTurn{p.fakePool.Begin(), p.cost} }

func (t dearTurn) Judge(s *Submission) Result {
	time.Sleep(t.cost)
	return t.Turn.Judge(s)
}

func TestRestAfterAFullTurn(t *testing.T) {
	const cost = 10 * time.Microsecond
	for name, c := range map[string]struct {
		cost  time.Duration
		lines int
		want  time.Duration // from the first turn to the end of the last
	}{
		"fewer lines than a turn holds": {cost, turnLines - 1, (turnLines - 1) * cost},
		"just a turn":                   {cost, turnLines, turnLines * cost},
		"two turns, a rest between":     {cost, 2 * turnLines, 3 * turnLines * cost},
		"three turns and a line":        {cost, 3*turnLines + 1, (6*turnLines + 1) * cost},
		"a rest has a limit":            {time.Millisecond, turnLines + 1, (turnLines+1)*time.Millisecond + restLimit},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &dearPool{newPool(), c.cost}
				p.put(newJob(1, true))
				l := newPipes()
				serve(t, p, func(c *Config) { c.Listeners[0].Listener = l })
				m := l.dial(t)
				job := m.login()
				mine := func(n int) time.Duration {
					lines := make([]string, n)
					for i := range lines {
						lines[i] = submission("1", "w", job, "00000001")
					}
					begin := time.Now()
					go m.send(lines...)
					for range lines {
						m.want(accepted("1"))
					}
					return time.Since(begin)
				}
				mine(10 * turnLines) // so that the read buffer has grown
				if got := mine(c.lines); got != c.want {
					t.Errorf("answered after %v, want %v", got, c.want)
				}
			})
		})
	}
}

// slowLatePool puts judgements off, to where they take a time that others work.
type slowLatePool struct {
	latePool
	wait time.Duration
}

type slowLateTurn struct {
	LateTurn
	wait time.Duration
}

func (p *slowLatePool) Begin() Turn { return slowLateTurn{p.latePool.Begin().(LateTurn), p.wait} }

func (t slowLateTurn) Await(results []Result) {
	time.Sleep(t.wait)
	t.LateTurn.Await(results)
}

// A miner does not pay for the time that the pool's hashing kept its turn waiting.
func TestRestDoesNotCountTheWaitForLateJudgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const wait = time.Millisecond
		p := &slowLatePool{latePool{newPool()}, wait}
		p.put(newJob(1, true))
		s := bare(p, &sink{})
		s.feed([]byte(strings.Join(bitaxe, "\n") + "\n"))
		line := submission("1", "bc1q.bitaxe", "j1", "00000001") + "\n"
		s.feed([]byte(strings.Repeat(line, 20*turnLines))) // so that the read buffer has grown
		before, begin := s.accepted.Load(), time.Now()
		s.in = append(s.in[:0], strings.Repeat(line, 3*turnLines)...)
		s.start, s.end = 0, len(s.in)
		s.takeTurns(t.Context())
		if got := s.accepted.Load() - before; got != 3*turnLines {
			t.Errorf("%d accepted, want %d", got, 3*turnLines)
		}
		if got := time.Since(begin); got != 3*wait {
			t.Errorf("three turns took %v, want their waits alone, %v", got, 3*wait)
		}
	})
}
