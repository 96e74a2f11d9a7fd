package stratum

import "time"

// Ladder says what happens to a miner that sends nothing but bad shares. An
// accepted share takes it back to the ground. Times count from the first bad
// share since then, and each step needs Least more bad shares, so that a slow
// miner with a few unlucky ones stays where it is:
//
//	Resend     the difficulty and the present job are sent again, called clean
//	Reconnect  client.reconnect, to the same address; where the dialect has no
//	           such word, and where it is not heeded, Drop comes next
//	Drop       the connection ends, with the reason BadShares
//	Ban        the address is shut out for a short time
//
// The steps and times are those of ckpool, which has no ban. Pools of the NOMP
// family and miningcore ban an address by the percentage of its last 50 shares
// and are blamed for it: a rented rig sends 50 refused shares in the second in
// which its difficulty changes, duplicates come from firmware, and behind one
// address is a whole farm (see stratum/admission for where that is written).
// Hence what is not counted here:
//
//   - what is the pool's own fault, and all of it while the pool has given no job
//     for two minutes, as its node may be late or down;
//   - stale shares, and shares of unknown jobs, within 30 s of a clean job or of
//     connecting: the miner may be slow, far away or resuming;
//   - low difficulty within 30 s of a change of it, up to 1,000 shares.
//
// And a ban needs BanAfter shares that no slowness explains (stale and late ones
// never lead to one), over 10 s at least, from a connection that has not had a
// single share accepted, and at an address where nobody has in the last half
// hour. Else only this connection ends.
type Ladder struct {
	Off bool

	Resend    time.Duration // 60 s
	Reconnect time.Duration // 120 s
	Drop      time.Duration // 180 s
	Least     int           // bad shares before each step, 10

	BanAfter int           // shares that are garbage, 500; below 0 for no ban
	Ban      time.Duration // 5 min; doubled when earned again, up to an hour
}

const (
	settleFor   = 30 * time.Second // stale shares, and those of another difficulty, are honest so long
	settleLimit = 1000             // shares of low difficulty that are excused after a change
	noNews      = 2 * time.Minute  // without a job for so long, the pool is to blame
	banPatience = 10 * time.Second
	honestEvery = time.Minute // the gate hears of accepted shares so often
)

func (l Ladder) withDefaults() Ladder {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&l.Resend, time.Minute)
	def(&l.Reconnect, 2*time.Minute)
	def(&l.Drop, 3*time.Minute)
	def(&l.Ban, 5*time.Minute)
	if l.Least <= 0 {
		l.Least = 10
	}
	if l.BanAfter == 0 {
		l.BanAfter = 500
	}
	return l
}

// Rung is a step of the ladder.
type Rung uint8

// The rungs.
const (
	Ground Rung = iota
	Resent
	AskedToReconnect
	Dropped
	ShutOut
	rungCount
)

var rungTexts = [rungCount]string{
	Ground:           "ground",
	Resent:           "work-sent-again",
	AskedToReconnect: "asked-to-reconnect",
	Dropped:          "dropped",
	ShutOut:          "banned",
}

// String is the stable text for metrics and logs.
func (r Rung) String() string {
	if r >= rungCount {
		return rungTexts[Ground]
	}
	return rungTexts[r]
}

// Climbed is how often a rung was reached.
func (srv *Server) Climbed(r Rung) uint64 {
	if r >= rungCount {
		return 0
	}
	return srv.climbed[r].Load()
}

// rungs is where a session stands on the ladder. It belongs to the session's own
// goroutine.
type rungs struct {
	accepted uint64    // shares when it was last on the ground
	since    time.Time // first bad share since
	worst    Reason    // the newest bad share's
	bad      int       // since the last step
	garbage  int       // since the ground
	at       Rung

	difficulty float64   // present one at the last share of low difficulty
	changed    time.Time // when it was first seen
	excused    int       // shares of low difficulty since
	honest     time.Time // when the gate last heard of an accepted share
}

// count takes in a bad share.
func (l *rungs) count(s *session, why Reason) {
	if s.front.listener == nil || s.front.listener.Ladder.Off || l.excuse(s, why) {
		return
	}
	if l.bad == 0 && l.at == Ground {
		l.since = s.turn.now
	}
	l.bad++
	l.worst = why
	switch why {
	case Stale, UnknownJob, TimeTooOld, TimeTooNew:
	default:
		l.garbage++
	}
}

// excuse reports whether a bad share may come from an honest miner.
func (l *rungs) excuse(s *session, why Reason) bool {
	now := s.turn.now
	if since(&s.srv.news.at, now) > noNews {
		return true
	}
	switch why {
	case LogFailed, Overload, HashFailed:
		return true
	case Stale, UnknownJob:
		return now.Sub(s.since) < settleFor || since(&s.srv.news.clean, now) < settleFor
	case LowDifficulty:
		if d := s.view.Load().difficulty; d != l.difficulty {
			l.difficulty, l.changed, l.excused = d, now, 0
		}
		l.excused++
		return now.Sub(l.changed) < settleFor && l.excused <= settleLimit
	}
	return false
}

// climb takes the step that is due, at the end of a turn: its replies are not
// sent yet, and its shares are settled.
func (s *session) climb() {
	l := &s.front.ladder
	if n := s.accepted.Load(); n != l.accepted {
		l.ground(s, n)
		return
	}
	if l.bad == 0 {
		return
	}
	now, cfg := s.turn.now, &s.front.listener.Ladder
	age := now.Sub(l.since)
	switch {
	case cfg.BanAfter > 0 && l.garbage >= cfg.BanAfter && l.accepted == 0 && age >= banPatience:
		s.shutOut(cfg.Ban)
	case l.bad < cfg.Least:
	case l.at == Ground && age >= cfg.Resend:
		s.step(Resent)
		s.out.mu.Lock()
		s.out.resend()
		s.out.mu.Unlock()
	case l.at == Resent && age >= cfg.Reconnect:
		before := len(s.turn.replies)
		s.turn.replies = s.srv.dialect.farewell(s.turn.replies, "")
		if len(s.turn.replies) == before {
			s.expel(Dropped, BadShares)
			return
		}
		s.step(AskedToReconnect)
	case l.at == AskedToReconnect && age >= cfg.Drop:
		s.expel(Dropped, BadShares)
	}
}

// ground takes a session that had shares accepted off the ladder.
func (l *rungs) ground(s *session, accepted uint64) {
	l.accepted, l.bad, l.garbage = accepted, 0, 0
	if l.at != Ground {
		l.at = Ground
		s.front.rung.Store(uint32(Ground))
	}
	if now := s.turn.now; now.Sub(l.honest) >= honestEvery {
		l.honest = now
		s.srv.gate.Honest(s.front.addr, now)
	}
}

// step notes that a rung was reached.
func (s *session) step(r Rung) {
	l := &s.front.ladder
	l.at, l.bad = r, 0
	s.front.rung.Store(uint32(r))
	s.srv.climbed[r].Add(1)
	s.srv.log.Debug("miner sends only bad shares", "remote", s.remote, "agent", s.agent, "step", r.String(),
		"newest", l.worst.String(), "since", l.since)
}

// expel ends the session behind this turn.
func (s *session) expel(r Rung, why CloseReason) {
	s.step(r)
	s.reason.CompareAndSwap(uint32(closeUnset), uint32(why))
}

// shutOut ends a session that sends garbage, and bans its address where nobody
// else mines.
func (s *session) shutOut(d time.Duration) {
	l := &s.front.ladder
	if d = s.srv.gate.Ban(s.front.addr, d, s.turn.now); d == 0 {
		s.expel(Dropped, BadShares)
		return
	}
	s.expel(ShutOut, Banned)
	s.srv.log.Info("address is shut out: nothing but garbage came from it",
		"remote", s.remote, "for", d, "shares", l.garbage, "newest", l.worst.String(), "agent", s.agent)
}

// resend makes the present job go out again, and the difficulty before it. mu is
// held.
func (o *output) resend() {
	if !o.sent {
		return
	}
	if o.jobs != nil {
		o.given = 0 // which tells the present job again, under another id
		return
	}
	o.tellDiff = true
	if job := o.s.srv.newest(); job != nil {
		o.job, o.s.front.again = job, true
	}
}
