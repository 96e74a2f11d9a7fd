package configs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// Payouts is how a pool pays its accounts from the wallets of its coins. A pool
// without the table pays nobody.
type Payouts struct {
	Every         Duration               `toml:"every"`         // rounds begin when UTC is a multiple of it
	At            string                 `toml:"at"`            // and so much later: "03:00"
	Batch         int                    `toml:"batch"`         // addresses in one transaction, at most
	Confirmations int                    `toml:"confirmations"` // after which a payment is final
	DryRun        bool                   `toml:"dry_run"`       // say what would be paid and pay nothing
	Chains        map[string]PayoutChain `toml:"chains"`        // the chains that are paid, by coin
}

// PayoutChain is how one chain is paid. Amounts are text, in coins.
type PayoutChain struct {
	Minimum       string `toml:"minimum"`       // accounts with less wait
	FeeRate       string `toml:"fee_rate"`      // coins per 1000 virtual bytes; empty: the node's estimate
	FeeBlocks     int    `toml:"fee_blocks"`    // for the estimate; 0: the wallet's own choice
	MaxFee        string `toml:"max_fee"`       // of one transaction; empty: the node's limit
	Confirmations int    `toml:"confirmations"` // 0: the pool's
}

// DefaultPayouts is a table with every default and no chain.
func DefaultPayouts() Payouts {
	return Payouts{Every: Duration(24 * time.Hour), Batch: 100, Confirmations: 20}
}

// Bounds of payouts.
const (
	maxBatch         = 1000 // a transaction of more is not relayed
	maxConfirmations = 10_000
	maxFeeBlocks     = 1008 // what nodes estimate for
)

var (
	coinsForm = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,18})?$`)
	zeroForm  = regexp.MustCompile(`^[0.]*$`)
)

// Offset is At as a duration after midnight.
func (p *Payouts) Offset() (time.Duration, error) {
	if p.At == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", p.At)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day; expected UTC like \"03:00\"", p.At)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func (v *validator) payouts(key string, p Pool) {
	o := p.Payouts
	if o == nil {
		return
	}
	v.within(key+".every", o.Every, time.Minute, 31*24*time.Hour)
	if _, err := o.Offset(); err != nil {
		v.addf(key+".at", "%v", err)
	}
	v.number(key+".batch", o.Batch, 1, maxBatch)
	v.number(key+".confirmations", o.Confirmations, 1, maxConfirmations)
	if len(o.Chains) == 0 {
		v.addf(key+".chains", "is missing; expected a table like [%s.chains.%s] with minimum = \"0.1\" for each chain that is paid", key, parentOf(p))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Chains)) {
		v.payoutChain(join(key+".chains", name), name, p)
	}
}

func (v *validator) payoutChain(key, name string, p Pool) {
	c := p.Payouts.Chains[name]
	mined := []string{p.Parent}
	for _, a := range p.Aux {
		mined = append(mined, a.Coin)
	}
	switch {
	case !slices.Contains(mined, name):
		v.addf(key, "the pool does not mine %q; %s", name, expected(name, mined))
	case name == p.Parent && p.Payout == "miner":
		v.addf(key, "payout = \"miner\" pays %s's blocks to their finders already; expected none", name)
	}
	if !coinsForm.MatchString(c.Minimum) || zeroForm.MatchString(c.Minimum) {
		v.addf(key+".minimum", "is %q; expected an amount of coins as text, like \"0.05\"", c.Minimum)
	}
	for name, text := range map[string]string{"fee_rate": c.FeeRate, "max_fee": c.MaxFee} {
		if text != "" && (!coinsForm.MatchString(text) || zeroForm.MatchString(text)) {
			v.addf(key+"."+name, "is %q; expected an amount of coins as text, like \"0.0001\"", text)
		}
	}
	v.number(key+".fee_blocks", c.FeeBlocks, 0, maxFeeBlocks)
	v.number(key+".confirmations", c.Confirmations, 0, maxConfirmations)
}

func (v *validator) number(key string, n, low, high int) {
	if n < low || n > high {
		v.addf(key, "is %d; expected %d to %d", n, low, high)
	}
}

// unpaid names the chains of a pool whose accounts are owed and never paid.
func (p *Pool) unpaid() (names []string) {
	var all []string
	if p.Payout != "coinbase" {
		all = append(all, p.Parent)
	}
	for _, a := range p.Aux {
		all = append(all, a.Coin)
	}
	for _, name := range all {
		if p.Payouts != nil {
			if _, ok := p.Payouts.Chains[name]; ok {
				continue
			}
		}
		names = append(names, name)
	}
	return names
}

// Keeps reports whether the pool's blocks of a chain stay with it: each is of whoever
// found it, pays the pool's own address, and the pool pays nobody. What accounts have
// of them is their share of blocks, and not what the pool owes them.
func (p *Pool) Keeps(chain string) bool {
	switch {
	case p.Reward != "solo" || p.Payout == "coinbase" || p.Payouts != nil:
		return false
	case chain == p.Parent:
		return p.Payout == "pool"
	}
	return slices.ContainsFunc(p.Aux, func(a Aux) bool { return a.Coin == chain && (a.Reward == "" || a.Reward == "solo") })
}
