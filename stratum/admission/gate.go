package admission

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// MaxBan bounds the doubling of bans.
	MaxBan = time.Hour

	// HonestFor is how long an accepted share keeps its address from being
	// banned.
	HonestFor = 30 * time.Minute

	sweepEvery = 10 * time.Second // how often addresses without a trace are forgotten
)

// Limits are what one address may do. A zero number is no limit.
type Limits struct {
	Connections int     // at one time
	PerSecond   float64 // new connections, in the long run
	Burst       int     // new connections at once; at least 1 where PerSecond is set

	Allow []netip.Prefix // neither limited nor banned
}

// Verdict says whether a connection may come in.
type Verdict uint8

// The verdicts.
const (
	Admitted Verdict = iota
	TooMany          // Limits.Connections are there
	TooFast          // more than Limits.PerSecond
	Banned
)

// Gate keeps the count of each address. All methods may be called from any
// goroutine.
type Gate struct {
	limits atomic.Pointer[Limits]

	mu    sync.Mutex
	hosts map[netip.Addr]*host
	swept time.Time
}

// host is what is remembered of one address or /64.
type host struct {
	live   int
	tokens float64 // new connections that it may make now
	at     time.Time
	honest time.Time // last accepted share
	until  time.Time // of the ban
	bans   int       // one after the other
	byHand bool      // the ban is the operator's
}

// New makes a gate.
func New(l Limits) *Gate {
	g := &Gate{hosts: map[netip.Addr]*host{}}
	g.SetLimits(l)
	return g
}

// SetLimits has other limits hold from now on. Who is inside stays.
func (g *Gate) SetLimits(l Limits) {
	if l.PerSecond > 0 {
		l.Burst = max(l.Burst, 1)
	}
	l.Allow = slices.Clone(l.Allow)
	g.limits.Store(&l)
}

// Key is what an address counts as: itself, or the first 64 bits of IPv6. The
// zero Addr, of a connection that has no address, is never limited.
func Key(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 bits always fit
		return p.Addr()
	}
	return a
}

// AddrOf is the IP address of a network address, the zero Addr without one.
func AddrOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}

// Contains reports whether any of the networks holds a.
func Contains(networks []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// free reports whether a is beyond all limits.
func (g *Gate) free(a netip.Addr) bool {
	return !a.IsValid() || Contains(g.limits.Load().Allow, a)
}

// Admit counts a new connection of a, or says why it may not come in. One that
// was admitted must be given back by Leave.
func (g *Gate) Admit(a netip.Addr, now time.Time) Verdict {
	if !a.IsValid() {
		return Admitted
	}
	free := g.free(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep(now)
	h := g.host(a, now)
	if free {
		h.live++ // which counts when the operator allows it no more
		return Admitted
	}
	if now.Before(h.until) {
		return Banned
	}
	l := g.limits.Load()
	if l.Connections > 0 && h.live >= l.Connections {
		return TooMany
	}
	if l.PerSecond > 0 {
		h.refill(l, now)
		if h.tokens < 1 {
			return TooFast
		}
		h.tokens--
	}
	h.live++
	return Admitted
}

// Leave gives a connection back, whatever the limits say of its address by now.
func (g *Gate) Leave(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h := g.hosts[Key(a)]; h != nil && h.live > 0 {
		h.live--
	}
}

// Honest notes that somebody at a has just had a share accepted.
func (g *Gate) Honest(a netip.Addr, now time.Time) {
	if g.free(a) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.host(a, now).honest = now
}

// Ban shuts a out for d, or longer when it was banned just before, and returns
// for how long. It is 0, and nothing happens, where a is allowed or somebody
// there mines.
func (g *Gate) Ban(a netip.Addr, d time.Duration, now time.Time) time.Duration {
	if d <= 0 || g.free(a) {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.host(a, now)
	if !h.honest.IsZero() && now.Sub(h.honest) < HonestFor {
		return 0
	}
	if now.Before(h.until) {
		return h.until.Sub(now) // by another of its connections
	}
	for range h.bans {
		if d *= 2; d >= MaxBan {
			break
		}
	}
	d = min(d, MaxBan)
	h.bans++
	h.until, h.byHand = now.Add(d), false
	return d
}

// Bar shuts a out for d by the operator's word: whoever mines there, and for as
// long as the operator says. It replaces a ban that there is. False means that
// nothing happened, because a is allowed by the limits or no address.
func (g *Gate) Bar(a netip.Addr, d time.Duration, now time.Time) bool {
	if d <= 0 || g.free(a) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.host(a, now)
	h.until, h.byHand = now.Add(d), true
	return true
}

// Unban lets a in again and forgets what it did. It reports whether a was banned.
func (g *Gate) Unban(a netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.hosts[Key(a)]
	if h == nil {
		return false
	}
	was := now.Before(h.until)
	h.until, h.bans, h.byHand = time.Time{}, 0, false
	return was
}

// Ban is an address that is shut out.
type Ban struct {
	Address netip.Addr // an IPv4 address, or the first of an IPv6 /64
	Until   time.Time
	ByHand  bool // by the operator's word
}

// Bans lists who is shut out at now, by address.
func (g *Gate) Bans(now time.Time) []Ban {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Ban
	for a, h := range g.hosts {
		if now.Before(h.until) {
			all = append(all, Ban{a, h.until, h.byHand})
		}
	}
	slices.SortFunc(all, func(a, b Ban) int { return a.Address.Compare(b.Address) })
	return all
}

// host finds or makes the entry of a. mu is held.
func (g *Gate) host(a netip.Addr, now time.Time) *host {
	key := Key(a)
	h := g.hosts[key]
	if h == nil {
		h = &host{tokens: float64(g.limits.Load().Burst), at: now}
		g.hosts[key] = h
	}
	return h
}

func (h *host) refill(l *Limits, now time.Time) {
	if d := now.Sub(h.at); d > 0 {
		h.tokens = min(h.tokens+d.Seconds()*l.PerSecond, float64(l.Burst))
		h.at = now
	}
}

// sweep forgets the addresses that left no trace. mu is held.
func (g *Gate) sweep(now time.Time) {
	if now.Sub(g.swept) < sweepEvery {
		return
	}
	g.swept = now
	l := g.limits.Load()
	for key, h := range g.hosts {
		h.refill(l, now)
		full := l.PerSecond <= 0 || h.tokens >= float64(l.Burst)
		honest := !h.honest.IsZero() && now.Sub(h.honest) < HonestFor
		// What earned bans is forgotten MaxBan after the last of them.
		if h.live == 0 && full && !honest && !now.Before(h.until) && (h.bans == 0 || now.Sub(h.until) > MaxBan) {
			delete(g.hosts, key)
		} else if h.bans > 0 && now.Sub(h.until) > MaxBan {
			h.bans = 0
		}
	}
}
