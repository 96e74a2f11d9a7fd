package admission

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var start = time.Unix(1_700_000_000, 0)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// want asks the gate n times.
func want(t *testing.T, g *Gate, a netip.Addr, now time.Time, n int, v Verdict) {
	t.Helper()
	for i := range n {
		if got := g.Admit(a, now); got != v {
			t.Fatalf("connection %d of %s: verdict %d, want %d", i, a, got, v)
		}
	}
}

func TestConnectionsAtOneTime(t *testing.T) {
	for _, c := range []struct {
		name         string
		first, other string
		shared       bool
	}{
		{"two of IPv4", "192.0.2.1", "192.0.2.2", false},
		{"IPv4 and the same in IPv6 form", "192.0.2.1", "::ffff:192.0.2.1", true},
		{"the same /64", "2001:db8::1", "2001:db8::ffff:0:1", true},
		{"another /64", "2001:db8::1", "2001:db8:0:1::1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := New(Limits{Connections: 3})
			a, b := addr(c.first), addr(c.other)
			want(t, g, a, start, 3, Admitted)
			want(t, g, a, start, 1, TooMany)
			next := Admitted
			if c.shared {
				next = TooMany
			}
			want(t, g, b, start, 1, next)
			g.Leave(a)
			want(t, g, a, start, 1, Admitted)
			want(t, g, a, start, 1, TooMany)
		})
	}
}

func TestNewConnectionsASecond(t *testing.T) {
	g := New(Limits{PerSecond: 2, Burst: 10})
	a := addr("192.0.2.1")
	want(t, g, a, start, 10, Admitted)
	want(t, g, a, start, 3, TooFast)
	want(t, g, addr("192.0.2.2"), start, 1, Admitted)
	later := start.Add(1500 * time.Millisecond)
	want(t, g, a, later, 3, Admitted)
	want(t, g, a, later, 1, TooFast)
	want(t, g, a, later.Add(time.Hour), 10, Admitted) // no more than the burst
	want(t, g, a, later.Add(time.Hour), 1, TooFast)
	want(t, g, a, start, 1, TooFast) // a clock that was set back gives nothing and breaks nothing
}

func TestAllowedNetworksAreFree(t *testing.T) {
	g := New(Limits{Connections: 1, PerSecond: 1, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	a := addr("::ffff:10.1.2.3")
	want(t, g, a, start, 100, Admitted)
	if d := g.Ban(a, time.Minute, start); d != 0 {
		t.Errorf("an allowed address is banned for %v", d)
	}
	want(t, g, netip.Addr{}, start, 100, Admitted) // no address, no limit
}

func TestBansEndDoubleAndAreForgotten(t *testing.T) {
	g := New(Limits{})
	a, now := addr("2001:db8::1"), start
	for i, d := range []time.Duration{5, 10, 20, 40, 60, 60} {
		d *= time.Minute
		if got := g.Ban(a, 5*time.Minute, now); got != d {
			t.Errorf("ban %d lasts %v, want %v", i, got, d)
		}
		want(t, g, addr("2001:db8::2"), now.Add(d-1), 1, Banned)
		if got := g.Bans(now); len(got) != 1 || got[0].Address != addr("2001:db8::") || !got[0].Until.Equal(now.Add(d)) {
			t.Errorf("bans %v", got)
		}
		now = now.Add(d)
		want(t, g, a, now, 1, Admitted)
		g.Leave(a)
	}
	now = now.Add(MaxBan + time.Minute)
	want(t, g, addr("192.0.2.1"), now, 1, Admitted) // sweeps
	if got := g.Ban(a, 5*time.Minute, now); got != 5*time.Minute {
		t.Errorf("the ban after a long peace lasts %v, want 5m", got)
	}
	if got := g.Ban(a, 5*time.Minute, now.Add(time.Minute)); got != 4*time.Minute {
		t.Errorf("banned again in the same ban for %v, want what is left of it, 4m", got)
	}
	if !g.Unban(a, now) || g.Unban(a, now) || g.Unban(addr("192.0.2.9"), now) {
		t.Error("Unban does not say whether there was a ban")
	}
	want(t, g, a, now, 1, Admitted)
}

// Behind one address there may be many: while one of them mines, none is banned.
func TestNobodyIsBannedBesideAnHonestMiner(t *testing.T) {
	g := New(Limits{})
	a := addr("192.0.2.1")
	g.Honest(a, start)
	if d := g.Ban(a, time.Minute, start.Add(HonestFor-1)); d != 0 {
		t.Errorf("banned for %v beside an honest miner", d)
	}
	want(t, g, a, start, 1, Admitted)
	if d := g.Ban(a, time.Minute, start.Add(HonestFor)); d != time.Minute {
		t.Errorf("banned for %v after the miner has gone, want 1m", d)
	}
}

func TestGateForgetsWhoLeft(t *testing.T) {
	g := New(Limits{Connections: 5, PerSecond: 1, Burst: 5})
	for i := range 1000 {
		a := addr(fmt.Sprintf("198.51.%d.%d", 100+i/250, i%250))
		want(t, g, a, start, 2, Admitted)
		g.Leave(a)
		g.Leave(a)
		g.Leave(a) // once too often does no harm
	}
	want(t, g, addr("192.0.2.1"), start.Add(time.Minute), 1, Admitted)
	if n := len(g.hosts); n != 1 {
		t.Errorf("%d addresses remembered, want the one that is there", n)
	}
}

func TestTheOperatorBansWhomHeLikes(t *testing.T) {
	g := New(Limits{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	a := addr("192.0.2.1")
	g.Honest(a, start)
	if !g.Bar(a, 48*time.Hour, start) {
		t.Fatal("an honest miner's address was not shut out by hand")
	}
	if g.Bar(addr("10.1.1.1"), time.Hour, start) || g.Bar(netip.Addr{}, time.Hour, start) || g.Bar(a, 0, start) {
		t.Error("shut out what is allowed, no address, or for no time")
	}
	later := start.Add(47 * time.Hour) // long after what is swept, and beyond MaxBan
	want(t, g, addr("192.0.2.2"), later, 1, Admitted)
	want(t, g, a, later, 1, Banned)
	if bans := g.Bans(later); len(bans) != 1 || !bans[0].ByHand || !bans[0].Until.Equal(start.Add(48*time.Hour)) {
		t.Errorf("bans %+v, want one by hand for 48 h", bans)
	}
	if !g.Unban(a, later) || len(g.Bans(later)) != 0 {
		t.Error("the ban cannot be lifted")
	}
	want(t, g, a, later, 1, Admitted)
}

func TestLimitsChangeWhileMinersAreThere(t *testing.T) {
	g := New(Limits{Connections: 1})
	a := addr("192.0.2.1")
	want(t, g, a, start, 1, Admitted)
	want(t, g, a, start, 1, TooMany)
	g.SetLimits(Limits{Connections: 2})
	want(t, g, a, start, 1, Admitted)
	want(t, g, a, start, 1, TooMany)
	g.Leave(a)
	g.SetLimits(Limits{Connections: 2, Allow: []netip.Prefix{netip.PrefixFrom(a, 32)}})
	want(t, g, a, start, 10, Admitted)
}

// A reload may allow an address, or allow it no more, while its miners are connected:
// who is inside stays counted, and who leaves is counted off.
func TestWhatIsAllowedMayChange(t *testing.T) {
	a := addr("192.0.2.1")
	limited, allowed := Limits{Connections: 3}, Limits{Connections: 3, Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	t.Run("allowed while they are there", func(t *testing.T) {
		g := New(limited)
		want(t, g, a, start, 3, Admitted)
		g.SetLimits(allowed)
		for range 3 {
			g.Leave(a)
		}
		g.SetLimits(limited)
		want(t, g, a, start, 3, Admitted)
		want(t, g, a, start, 1, TooMany)
	})
	t.Run("allowed no more while they are there", func(t *testing.T) {
		g := New(allowed)
		want(t, g, a, start, 5, Admitted)
		g.SetLimits(limited)
		want(t, g, a, start, 1, TooMany)
		for range 3 {
			g.Leave(a)
		}
		want(t, g, a, start, 1, Admitted)
		want(t, g, a, start, 1, TooMany)
	})
	t.Run("forgotten when all have gone", func(t *testing.T) {
		g := New(allowed)
		want(t, g, a, start, 5, Admitted)
		for range 5 {
			g.Leave(a)
		}
		g.Leave(netip.Addr{})
		want(t, g, addr("198.51.100.1"), start.Add(time.Minute), 1, Admitted)
		if len(g.hosts) != 1 {
			t.Errorf("%d addresses remembered, want 1", len(g.hosts))
		}
	})
}
