package configs

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

func (v *validator) pool(name string, p Pool) {
	key := join("pools", name)
	v.name(key, name)
	v.chains(key, p)
	v.payout(key, p)
	v.payouts(key+".payouts", p)
	v.coinbase(key, p)

	v.within(key+".stale_after", p.StaleAfter, time.Second, 24*time.Hour)
	v.within(key+".stale_grace", p.StaleGrace, 0, 10*time.Minute)
	v.within(key+".refresh", p.Refresh, 100*time.Millisecond, 10*time.Minute)
	v.within(key+".aux_coalesce", p.AuxCoalesce, 0, time.Minute)
	if p.MaxMiners < 1 {
		v.addf(key+".max_miners", "is %d; expected at least 1", p.MaxMiners)
	}

	v.front(key, p)

	if len(p.Listen) == 0 {
		v.addf(key+".listen", "is missing; expected at least one table like [[%s.listen]] with address = \"0.0.0.0:3333\"", key)
	}
	for i, l := range p.Listen {
		v.listener(element(key+".listen", i), l)
	}
}

// chains checks the parent and its aux chains.
func (v *validator) chains(key string, p Pool) {
	known := slices.Collect(maps.Keys(v.c.Coins))
	if p.Parent == "" {
		v.addf(key+".parent", "is missing; expected the name of a configured coin")
	} else if _, ok := v.c.Coins[p.Parent]; !ok {
		v.addf(key+".parent", "no coin is called %q; %s", p.Parent, expected(p.Parent, known))
	}

	first := map[string]int{}
	for i, aux := range p.Aux {
		path := element(key+".aux", i)
		if v.c.has(path + ".coin") {
			path += ".coin"
		}
		_, configured := v.c.Coins[aux.Coin]
		before, twice := first[aux.Coin]
		switch {
		case aux.Coin == "":
			v.addf(path, "names no coin; expected a name, or a table like { coin = \"name\", cap = false }")
		case aux.Coin == p.Parent:
			v.addf(path, "%q is the parent; expected a chain other than its own parent", aux.Coin)
		case twice:
			v.addf(path, "%q stands in aux[%d] already; expected each chain once", aux.Coin, before)
		case !configured:
			v.addf(path, "no coin is called %q; %s", aux.Coin, expected(aux.Coin, known))
		}
		if !twice {
			first[aux.Coin] = i
		}
	}
}

func (v *validator) payout(key string, p Pool) {
	solo := p.Reward == "solo"
	v.oneOf(key+".reward", p.Reward, rewards...)
	for i, a := range p.Aux {
		if a.Reward != "" {
			v.oneOf(fmt.Sprintf("%s.aux[%d].reward", key, i), a.Reward, rewards...)
		}
	}
	if !(p.PPLNSWindow >= minWindow && p.PPLNSWindow <= maxWindow) {
		v.addf(key+".pplns_window", "is %v; expected %v to %v times the network's difficulty", p.PPLNSWindow, minWindow, maxWindow)
	}
	if p.FeeBPS < 0 || p.FeeBPS > maxFeeBPS {
		v.addf(key+".fee_bps", "is %d; expected 0 to %d hundredths of a percent", p.FeeBPS, maxFeeBPS)
	}

	switch p.Payout {
	case "pool":
		if p.Address == "" {
			v.addf(key+".address", "is missing; expected the address on %s that blocks pay to", parentOf(p))
		}
	case "miner":
		if !solo {
			v.addf(key+".payout", "\"miner\" pays each block to whoever found it; expected reward = \"solo\" with it, not %q", p.Reward)
		}
		if p.AcceptAnyone {
			v.addf(key+".accept_anyone", "is true with payout = \"miner\", which pays the address in the user name; expected false")
		}
		if p.FeeBPS > 0 && p.Address == "" {
			v.addf(key+".address", "is missing; expected the address on %s that fee_bps = %d is paid to", parentOf(p), p.FeeBPS)
		}
	case "coinbase":
		v.paysAccounts(key, p)
	default:
		v.oneOf(key+".payout", p.Payout, "pool", "miner", "coinbase")
	}
	if p.Payout != "coinbase" {
		v.onlyPaysAccounts(key, p)
	}
}

// rewards are the schemes of engine/reward.
var rewards = []string{"solo", "prop", "pplns", "pps", "fpps", "pps+"}

// Bounds of pplns_window.
const (
	minWindow = 0.01
	maxWindow = 100
)

func parentOf(p Pool) string {
	if p.Parent == "" {
		return "the parent"
	}
	return p.Parent
}

// coinbase checks what goes into the coinbase script.
func (v *validator) coinbase(key string, p Pool) {
	if len(p.Tag) > MaxTag {
		v.addf(key+".tag", "has %d bytes; expected at most %d", len(p.Tag), MaxTag)
	}
	for i := range len(p.Tag) {
		if c := p.Tag[i]; c < ' ' || c > '~' {
			v.addf(key+".tag", "has the byte 0x%02x at position %d; expected printable ASCII only", c, i)
			break
		}
	}
	if p.Extranonce2 < minEN2 || p.Extranonce2 > maxEN2 {
		v.addf(key+".extranonce2", "is %d; expected %d to %d bytes", p.Extranonce2, minEN2, maxEN2)
	}
}

func (v *validator) listener(key string, l Listen) {
	if t := l.TLS; t != nil {
		if t.Cert == "" {
			v.addf(key+".tls.cert", "is missing; expected the path of a PEM file with the certificate")
		}
		if t.Key == "" {
			v.addf(key+".tls.key", "is missing; expected the path of a PEM file with the private key")
		}
	}
	if l.Protocol != "" {
		v.oneOf(key+".protocol", l.Protocol, "stratum", "sha3x")
	}
	v.oneOf(key+".profile", l.Profile, "", "low", "normal", "rental")
	v.difficulty(key+".difficulty", l.Difficulty)
	v.networks(key+".proxy_from", l.ProxyFrom)
	v.coinbaseLimits(key+".coinbase", l.Coinbase)
	v.ladder(key+".ladder", l.Ladder)
}

// difficulty checks what is set; the rest comes from the profile and gives way.
func (v *validator) difficulty(key string, d Difficulty) {
	bad := false
	positive := func(name string, x float64, zeroToo bool) {
		unset := x == 0 && !v.c.has(key+"."+name)
		if x > 0 && !math.IsInf(x, 0) || zeroToo && x == 0 || unset {
			return
		}
		want := "a positive number"
		if zeroToo {
			want += ", or 0 for no limit"
		}
		v.addf(key+"."+name, "is %v; expected %s", x, want)
		bad = true
	}
	positive("start", d.Start, false)
	positive("min", d.Min, false)
	positive("max", d.Max, true)
	positive("nicehash_min", d.NiceHashMin, false)
	if r := d.TargetSharesPerMinute; !(r > 0 && r <= maxRate) && (r != 0 || v.c.has(key+".target_shares_per_minute")) {
		v.addf(key+".target_shares_per_minute", "is %v; expected more than 0 and at most %d", r, maxRate)
	}
	if bad {
		return
	}

	switch {
	case d.Max > 0 && d.Min > d.Max:
		v.addf(key+".min", "%v is above max, %v; expected min <= start <= max", d.Min, d.Max)
	case d.Start > 0 && d.Start < d.Min:
		v.addf(key+".start", "%v is below min, %v; expected min <= start <= max", d.Start, d.Min)
	case d.Max > 0 && d.Start > d.Max:
		v.addf(key+".start", "%v is above max, %v; expected min <= start <= max", d.Start, d.Max)
	}
}

// has reports whether the file has a key.
func (c *Config) has(key string) bool {
	_, ok := c.lines[key]
	return ok
}

// Warnings says what is allowed but probably not what was wanted, a line each,
// in the form of a Problem.
func (c *Config) Warnings() []string {
	warnings := c.privacy()
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.Pools)) {
		p := c.Pools[name]
		used[p.Parent] = true
		for _, aux := range p.Aux {
			used[aux.Coin] = true
		}
		if unpaid := p.unpaid(); (p.Reward != "solo" || p.Payout == "coinbase" || p.Payouts != nil) && len(unpaid) > 0 {
			warnings = append(warnings, c.ProblemAt(join("pools", name)+".reward",
				"%q: what each account is owed is counted exactly, and nobody is paid for %s: see [%s.payouts]", p.Reward, strings.Join(unpaid, ", "), join("pools", name)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Coins)) {
		if !used[name] {
			warnings = append(warnings, c.ProblemAt(join("coins", name), "is used by no pool"))
		}
	}
	warnings = append(warnings, c.doubts...)
	warnings.Sort()
	lines := make([]string, len(warnings))
	for i, w := range warnings {
		lines[i] = fmt.Sprint(w)
	}
	return lines
}
