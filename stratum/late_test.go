package stratum

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// latePool judges all but duplicates at the end of the turn. It has no
// judgement for a nonce of 0.
type latePool struct{ *fakePool }

type lateTurn struct {
	Turn
	p    *latePool
	late []Submission
}

func (p *latePool) Begin() Turn { return &lateTurn{Turn: p.fakePool.Begin(), p: p} }

func (t *lateTurn) Judge(s *Submission) Result {
	if s.Nonce == 0xdead0022 {
		return t.Turn.Judge(s)
	}
	t.late = append(t.late, *s)
	return Result{Reason: Pending}
}

func (t *lateTurn) Await(results []Result) {
	if len(results) != len(t.late) {
		panic(fmt.Sprintf("room for %d results, want %d", len(results), len(t.late)))
	}
	for i := range t.late {
		if t.late[i].Nonce != 0 {
			results[i] = t.Turn.Judge(&t.late[i])
		}
	}
	t.late = nil
}

// What is judged late is answered as if it were judged at once, in the order of
// the lines.
func TestLateJudgementsAreAnsweredInOrder(t *testing.T) {
	p := &latePool{newPool()}
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	good, low, stale, again := "00000001", "dead0023", "dead0021", "dead0022"
	for name, nonces := range map[string][]string{
		"all good":      {good, good, good},
		"first refused": {low, good, good},
		"last refused":  {good, good, stale},
		"all refused":   {low, stale, low},
		"by turns":      {good, low, good, stale, good, low, low, good},
		"at once, too":  {again, good, again, low, again, good},
		"a whole turn":  append(append(repeat(good, 10), repeat(low, 11)...), repeat(good, 11)...),
		"more than one": append(append(repeat(low, 10), repeat(good, 30)...), repeat(low, 30)...),
	} {
		t.Run(name, func(t *testing.T) {
			before := srv.Sessions()[0]
			var lines, want []string
			var accept uint64
			for i, n := range nonces {
				id := fmt.Sprintf(`"%s %d"`, strings.Repeat("x", i%5), i)
				lines = append(lines, submission(id, "w", job, n))
				switch n {
				case good:
					want = append(want, accepted(id))
					accept++
				case low:
					want = append(want, refused(id, LowDifficulty))
				case stale:
					want = append(want, refused(id, Stale))
				case again:
					want = append(want, refused(id, DuplicateShare))
				}
				if i%4 == 2 {
					lines = append(lines, `{"id":5,"method":"mining.ping"}`)
					want = append(want, `{"id":5,"result":"pong","error":null}`)
				}
			}
			c.send(lines...)
			c.want(want...)
			i := srv.Sessions()[0]
			if i.Accepted-before.Accepted != accept || i.Rejected-before.Rejected != uint64(len(nonces))-accept ||
				i.Work-before.Work != float64(accept)*1024 {
				t.Errorf("counted %+v after %+v, want %d accepted", i, before, accept)
			}
		})
	}
}

func repeat(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func TestFailedCommitTakesBackLateAcceptances(t *testing.T) {
	p := &latePool{newPool()}
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	fault := errors.New("disk full")
	p.commitErr.Store(&fault)
	c.send(submission("1", "w", job, "dead0023"), submission("2", "w", job, "00000001"), submission("3", "w", job, "dead0021"),
		submission("4", "w", job, "00000001"))
	c.want(refused("1", LowDifficulty), refused("2", LogFailed), refused("3", Stale), refused("4", LogFailed))
	if i := srv.Sessions()[0]; i.Accepted != 0 || i.Rejected != 4 || i.Work != 0 {
		t.Errorf("session %+v, want nothing accepted", i)
	}
	if n := p.rejections(LogFailed); n != 2 {
		t.Errorf("%d counted, want 2", n)
	}
}

func TestLateSharesDoNotWaitForALogin(t *testing.T) {
	p := &latePool{newPool()}
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	c.send(submission("1", "w", job, "00000001"), submission("2", "w", job, "dead0023"),
		`{"id":3,"method":"mining.authorize","params":["slow","x"]}`, submission("4", "slow", job, "dead0021"))
	c.want(accepted("1"), refused("2", LowDifficulty))
	close(p.slow)
	c.want(accepted("3"), refused("4", Stale))
}

// A share that the pool has no judgement for is never called accepted.
func TestShareWithoutLateJudgementIsRefused(t *testing.T) {
	p := &latePool{newPool()}
	p.put(newJob(1, true))
	srv, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	c.send(submission("1", "w", job, "00000000"), submission("2", "w", job, "00000001"))
	if got := c.line(); !strings.HasPrefix(got, `{"id":1,"result":null,"error":[`) {
		t.Errorf("got %s, want a refusal", got)
	}
	c.want(accepted("2"))
	if i := srv.Sessions()[0]; i.Accepted != 1 || i.Rejected != 1 {
		t.Errorf("session %+v", i)
	}
}
