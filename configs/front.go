package configs

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Limits are what one address (of IPv6: the first 64 bits) may do at the ports of
// a pool. A zero number is no limit.
type Limits struct {
	Connections int      `toml:"connections"` // at one time
	PerSecond   float64  `toml:"per_second"`  // new connections, in the long run
	Burst       int      `toml:"burst"`       // new connections at once
	Allow       []string `toml:"allow"`       // networks that are neither limited nor banned
}

// Ladder says what happens to a miner that sends nothing but bad shares, and when:
// see stratum.Ladder.
type Ladder struct {
	Off       bool     `toml:"off"`
	Resend    Duration `toml:"resend"`
	Reconnect Duration `toml:"reconnect"`
	Drop      Duration `toml:"drop"`
	Least     int      `toml:"least"`     // bad shares before each step
	BanAfter  int      `toml:"ban_after"` // shares of pure garbage
	Ban       Duration `toml:"ban"`       // 0: never
}

// DefaultLimits are far above what a farm behind one address needs, and keep one
// address from taking all of a server.
func DefaultLimits() Limits {
	return Limits{Connections: 10_000, PerSecond: 100, Burst: 10_000, Allow: []string{"127.0.0.0/8", "::1"}}
}

// DefaultLadder is the ladder of a listener.
func DefaultLadder() Ladder {
	return Ladder{
		Resend: Duration(time.Minute), Reconnect: Duration(2 * time.Minute), Drop: Duration(3 * time.Minute),
		Least: 10, BanAfter: 500, Ban: Duration(5 * time.Minute),
	}
}

// ParseNetwork reads a network like 10.0.0.0/8, or an address that stands for
// itself.
func ParseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is no network; expected one like 10.0.0.0/8, 2001:db8::/32 or 192.0.2.1", text)
	}
	return p.Masked(), nil
}

func (v *validator) networks(key string, list []string) {
	for i, text := range list {
		if _, err := ParseNetwork(text); err != nil {
			v.addf(element(key, i), "%s", err)
		}
	}
}

// front checks what concerns the sessions of a pool.
func (v *validator) front(key string, p Pool) {
	if n := p.Node; n != nil && (*n < 0 || *n > 255) {
		v.addf(key+".node", "is %d; expected 0 to 255, another for each process of the pool", *n)
	}
	v.within(key+".resume_for", p.ResumeFor, time.Second, 24*time.Hour)
	for i, to := range p.ReconnectTo {
		if to == "" || strings.ContainsAny(to, "/ \t\"") {
			v.addf(element(key+".reconnect_to", i), "%q is no address; expected host or host:port", to)
		}
	}
	l := p.Limits
	key += ".limits"
	if l.Connections < 0 {
		v.addf(key+".connections", "is %d; expected a number, or 0 for no limit", l.Connections)
	}
	if !(l.PerSecond >= 0 && l.PerSecond <= 1e6) {
		v.addf(key+".per_second", "is %v; expected a number up to 1000000, or 0 for no limit", l.PerSecond)
	} else if l.PerSecond > 0 && l.Burst < 1 {
		v.addf(key+".burst", "is %d; expected at least 1 beside per_second", l.Burst)
	}
	v.networks(key+".allow", l.Allow)
}

// ladder checks the steps of a listener.
func (v *validator) ladder(key string, l Ladder) {
	v.within(key+".resend", l.Resend, time.Second, 24*time.Hour)
	v.within(key+".reconnect", l.Reconnect, time.Second, 24*time.Hour)
	v.within(key+".drop", l.Drop, time.Second, 24*time.Hour)
	v.within(key+".ban", l.Ban, 0, time.Hour)
	if l.Resend > l.Reconnect || l.Reconnect > l.Drop {
		v.addf(key, "has the steps %s, %s, %s; expected resend <= reconnect <= drop", l.Resend.D(), l.Reconnect.D(), l.Drop.D())
	}
	if l.Least < 1 {
		v.addf(key+".least", "is %d; expected at least 1 bad share before a step", l.Least)
	}
	if l.BanAfter < 1 {
		v.addf(key+".ban_after", "is %d; expected at least 1; ban = \"0s\" is for no ban", l.BanAfter)
	}
}
