package conformance

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func judgeRules() []rule {
	return []rule{
		alone("difficulty-race", 40, "a share is judged by the smaller of its job's difficulty and the present one", "ESP-Miner, cpuminer", difficultyRace),
		alone("credited-work", 41, "a share is credited with the difficulty that it was judged by, whatever its hash is worth", "every reward scheme", creditedWork),
		alone("order-of-checks", 42, "a share that is stale or has a wrong time is refused, and the block that it solves goes to the node all the same", "merged mining", orderOfChecks),
		alone("aux-candidates", 43, "a share that solves a merge-mined chain's block wins it, whatever else is wrong with its difficulty", "merged mining", auxCandidates),
		shared("submit-too-early", 44, "a share before authorize gets error 24, before subscribe error 25", "cgminer", submitTooEarly),
		alone("replies-in-order", 45, "replies come in the order of the requests, and soon", "all miners", repliesInOrder),
	}
}

// suggest asks for a difficulty and returns the one that the server says then. One
// that it repeats in between does not count: another request is a barrier.
func (c *client) suggest(v any) float64 {
	said := func(m message) bool { return m.method == "mining.set_difficulty" }
	from := len(c.lines)
	c.call("mining.suggest_difficulty", v)
	c.alive("a suggested difficulty")
	for _, m := range c.lines[from:] {
		if said(m) {
			return c.diff
		}
	}
	if !c.until(c.t.cfg.Timeout, said) {
		c.t.failf("mining.suggest_difficulty %v is not confirmed by set_difficulty", v)
	}
	return c.diff
}

func difficultyRace(t *trial) {
	c := t.login()
	j := c.job()
	up := c.suggest(j.diff * 16)
	if up < j.diff*2 {
		t.needs("a server that raises the difficulty when asked to (asked for %v, it says %v)", j.diff*16, up)
	}
	c.take(c.find(search{job: j, below: j.diff * 2}), "a share for a job of before difficulty was raised, worth its job's difficulty,")
	if t.cfg.Hooks.NewJob == nil {
		t.without("needs a way to bring about a new job on the same tip")
		return
	}
	t.hook("a new job", t.cfg.Hooks.NewJob(t.ctx))
	high := c.jobWith(fmt.Sprintf("of difficulty %v", up), func(n *job) bool { return n != j && n.diff == up })
	c.refused("a share for a job of after difficulty was raised, worth less,", c.find(search{job: high, diff: j.diff, below: j.diff * 2}).params(t.cfg.User), 23)
	down := c.suggest(j.diff)
	if down > j.diff {
		t.failf("difficulty %v was suggested again, the server says %v", j.diff, down)
	}
	c.take(c.find(search{job: high, diff: down, below: down * 2}), "a share for a job of before difficulty was lowered, worth the present difficulty,")
}

func creditedWork(t *trial) {
	if t.cfg.Hooks.Work == nil {
		t.needs("a way to ask what was credited")
	}
	user := account(t.cfg.User) + ".work"
	c := t.loginTo(t.cfg.Address, user, t.cfg.Password)
	j := c.job()
	before := t.work(user)
	s := c.find(search{job: j, diff: j.diff * 8}) // a lucky one
	if m := c.call("mining.submit", s.params(user)...); !m.ok() {
		t.failf("a share worth 8 times its difficulty was refused: %s", short(m.text))
	}
	var got float64
	if !t.soon(func() bool { got = t.work(user) - before; return got > 0 }) {
		t.failf("a share was accepted and nothing credited")
	}
	if got < j.diff*0.999 || got > j.diff*1.001 {
		t.failf("a share of difficulty %v, its hash worth at least %v, was credited with %v", j.diff, j.diff*8, got)
	}
}

func orderOfChecks(t *trial) {
	h := t.cfg.Hooks
	c := t.login()
	p := c.find(search{}).params(t.cfg.User)
	p[1] = "no-such-job"
	c.refused("a share for an unknown job", p, 21)
	if h.NewBlock == nil {
		t.without("needs a way to bring about a new block")
		return
	}
	old := c.job()
	s := c.find(search{job: old})
	var late, solved *share
	if h.Block != nil {
		late = c.find(search{job: old, block: true, ntime: max(old.ntime, uint32(time.Now().Unix())) + tomorrow})
		solved = c.find(search{job: old, block: true})
		c.refused("a share that solves a block, its time of tomorrow,", late.params(t.cfg.User), 20, 21, 23)
		t.given(late, "a share with a time of tomorrow")
	}
	t.hook("a new block", h.NewBlock(t.ctx))
	c.newTip(old)
	if t.cfg.Grace > 0 {
		t.pause(t.cfg.Grace + t.cfg.Quiet)
	}
	c.refused("a stale share", s.params(t.cfg.User), 21)
	c.refused("a stale share, sent again,", s.params(t.cfg.User), 22, 21)
	if solved == nil {
		t.without("needs a way to ask the node for a block")
		return
	}
	if m := c.submit(solved); !m.ok() && m.code() != 21 {
		t.failf("a stale share that solves a block: %s", short(m.text))
	}
	t.given(solved, "a stale share")
	t.without("a server may hash before it looks for duplicates, which cannot be seen from here")
}

const tomorrow = 86400 // seconds

// given fails unless the node is given the block that a share solves.
func (t *trial) given(s *share, what string) {
	if !t.soon(func() bool {
		given, _, err := t.cfg.Hooks.Block(t.ctx, s.blockHash())
		t.hook("the question for a block", err)
		return given
	}) {
		t.failf("%s solved block %s, and the node was not given it", what, s.blockHash())
	}
}

func auxCandidates(t *trial) {
	if t.cfg.Hooks.Aux == nil {
		t.needs("a merge-mined chain, and a way to ask how many blocks were found there")
	}
	diff, before, err := t.cfg.Hooks.Aux(t.ctx)
	t.hook("the merge-mined chain", err)
	c := t.login()
	s := c.find(search{diff: diff})
	if s.job.diff > diff {
		s = c.find(search{diff: diff, below: s.job.diff})
	}
	c.submit(s)
	if !t.soon(func() bool {
		_, now, err := t.cfg.Hooks.Aux(t.ctx)
		t.hook("the merge-mined chain", err)
		return now > before
	}) {
		t.failf("a share worth the merge-mined chain's difficulty %v was sent, and no block found there", diff)
	}
}

func submitTooEarly(t *trial) {
	early := []any{t.cfg.User, "1", "0000000000000000", "00000000", "00000000"}
	c := t.dial()
	c.refused("a share before subscribe", early, 25)
	c = t.dial()
	c.subscribe()
	early[2] = strings.Repeat("00", c.e2size)
	c.refused("a share before authorize", early, 24)
	c.authorize(t.cfg.User, t.cfg.Password)
	c.job()
}

func repliesInOrder(t *trial) {
	c := t.login()
	for round := range 4 {
		var lines strings.Builder
		base := 1000 * (round + 1)
		for i := range 30 {
			switch i % 3 {
			case 0:
				lines.WriteString(line(base+i, "mining.submit", c.find(search{}).params(t.cfg.User)...))
			case 1:
				lines.WriteString(line(base+i, "mining.extranonce.subscribe"))
			default:
				lines.WriteString(line(base+i, "mining.submit", t.cfg.User, "no-such-job", strings.Repeat("00", c.e2size), "00000000", "00000000"))
			}
		}
		c.write(lines.String())
		for i := range 30 {
			if m := c.nextReply(); m.id() != fmt.Sprint(base+i) {
				t.failf("the reply to request %d was expected, got %s", base+i, short(m.text))
			}
		}
	}
	if t.cfg.Latency <= 0 {
		t.without("no bound on latency was given")
		return
	}
	var took []time.Duration
	for range 200 {
		begin := time.Now()
		c.call("mining.extranonce.subscribe")
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	if p99 := took[len(took)*99/100]; p99 > t.cfg.Latency {
		t.failf("99 of 100 replies came within %v; %v was wanted", p99, t.cfg.Latency)
	}
	t.without("latency with one connection, not with 10,000")
}
