package stratum

import (
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of a journal.
const (
	journalMined   = 400 // connections that were miners', which are kept apart:
	journalRefused = 200 // whoever knocks at the port must not drive them out
	journalRepeats = 16  // of the newest, among which the same is only counted
	journalWorkers = 10  // of one connection
)

// Incident is a connection that has ended, or somebody who was not let in.
type Incident struct {
	At    time.Time // the newest, where it happened several Times
	What  string    // WhatClosed, WhatRefused, WhatTurnedAway
	Times int

	Remote  string
	Agent   string
	Workers []string // user names as sent; 10 of them at most
	Reason  string   // a CloseReason, or what the miner was told

	Session  uint64 // its number; 0 where it never was one
	Lasted   time.Duration
	Accepted uint64 // shares
	Rejected uint64
}

// What an Incident was.
const (
	WhatClosed     = "closed"      // a connection has ended
	WhatRefused    = "refused"     // a login
	WhatTurnedAway = "turned-away" // a connection, before it was read
)

// journal remembers the last incidents. The zero value is ready.
type journal struct {
	mu      sync.Mutex
	mined   []Incident // oldest first
	refused []Incident
}

// Incidents are the last connections that ended and the last that were not let in,
// newest first.
func (srv *Server) Incidents() []Incident {
	j := &srv.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	all := slices.Concat(j.mined, j.refused)
	slices.SortStableFunc(all, func(a, b Incident) int { return b.At.Compare(a.At) })
	return all
}

func (j *journal) add(i Incident) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i.Times = 1
	if i.What == WhatClosed && len(i.Workers) > 0 {
		j.mined = pushed(j.mined, i, journalMined)
		return
	}
	for k := len(j.refused) - 1; k >= max(len(j.refused)-journalRepeats, 0); k-- {
		if old := &j.refused[k]; old.same(&i) {
			i.Times += old.Times
			j.refused = slices.Delete(j.refused, k, k+1)
			break
		}
	}
	j.refused = pushed(j.refused, i, journalRefused)
}

// pushed has i behind all, of which the oldest goes where there are too many.
func pushed(all []Incident, i Incident, most int) []Incident {
	if len(all) == most {
		copy(all, all[1:])
		all = all[:most-1]
	}
	return append(all, i)
}

// same reports whether one machine did the same again.
func (i *Incident) same(o *Incident) bool {
	return i.What == o.What && i.Reason == o.Reason && hostOf(i.Remote) == hostOf(o.Remote) && slices.Equal(i.Workers, o.Workers)
}

func hostOf(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}

// closed tells the journal of a session that has ended.
func (j *journal) closed(s *session, r CloseReason, now time.Time) {
	i := Incident{
		At: now, What: WhatClosed, Remote: s.remote, Agent: s.agent, Reason: r.String(), Session: s.number, Lasted: now.Sub(s.since),
		Accepted: s.accepted.Load(), Rejected: s.rejected.Load(),
	}
	for name := range s.workers {
		i.Workers = append(i.Workers, shown(name))
	}
	slices.Sort(i.Workers)
	i.Workers = i.Workers[:min(len(i.Workers), journalWorkers)]
	j.add(i)
}

// shown is what a stranger sent, cut.
func shown(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), agentLimit)], "")
}
