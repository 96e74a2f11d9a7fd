package api

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// Limits of guessing the operator's token.
const (
	guessesFree   = 5               // wrong tokens of one address, after which it waits
	guessEvery    = 5 * time.Second // for another
	guessesKept   = 10_000          // addresses
	guessLogEvery = time.Minute     // a line of the log
)

// guesses are the wrong tokens of late.
type guesses struct {
	log *slog.Logger
	now func() time.Time

	mu     sync.Mutex
	by     map[netip.Addr]time.Time // when an address has no wrong token left on it
	count  uint64
	last   time.Time
	from   netip.Addr // the newest
	told   time.Time  // in the log
	untold uint64     // since then
}

func newGuesses(log *slog.Logger) *guesses {
	return &guesses{log: log, now: time.Now, by: map[netip.Addr]time.Time{}}
}

// wait is how long an address has to wait before its token is looked at; 0 for not at
// all.
func (g *guesses) wait(from netip.Addr) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(g.by[from].Add(-(guessesFree-1)*guessEvery).Sub(g.now()), 0)
}

// wrong takes note of a wrong token.
func (g *guesses) wrong(from netip.Addr, remote, path string) {
	g.mu.Lock()
	now := g.now()
	if len(g.by) >= guessesKept {
		for a, until := range g.by {
			if !now.Before(until) {
				delete(g.by, a)
			}
		}
		if len(g.by) >= guessesKept {
			clear(g.by)
		}
	}
	until := g.by[from]
	if until.Before(now) {
		until = now
	}
	g.by[from] = until.Add(guessEvery)
	g.count, g.last, g.from = g.count+1, now, from
	g.untold++
	times := g.untold
	tell := now.Sub(g.told) >= guessLogEvery
	if tell {
		g.told, g.untold = now, 0
	}
	g.mu.Unlock()
	if tell {
		g.log.Warn("somebody has sent a wrong operator token", "from", from, "connection", remote, "path", path, "times", times)
	}
}

// view is what the operator reads of them.
func (g *guesses) view() OperatorToken {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := OperatorToken{Wrong: g.count, LastAt: MaybeTime(g.last)}
	if g.count > 0 {
		from := g.from.String()
		v.Remote = &from
	}
	return v
}
