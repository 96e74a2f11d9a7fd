package configs

import "slices"

// Coinbase is how the coinbase pays accounts, with payout = "coinbase".
type Coinbase struct {
	Minimum string `toml:"minimum"` // coins, as text: smaller amounts wait; empty: a thousandth of a block
}

// CoinbaseLimits bound the coinbase that a listener's miners are sent, with
// payout = "coinbase". Zero: what their profile and their user agent say.
type CoinbaseLimits struct {
	MaxOutputs int `toml:"max_outputs"`
	MaxBytes   int `toml:"max_bytes"`
}

// Bounds of a coinbase that pays accounts.
const (
	maxCoinbaseOutputs = 500    // of accounts and operator
	minCoinbaseBytes   = 300    // little more than the operator's output has room
	maxCoinbaseBytes   = 16_000 // what the most patient firmware takes
)

// aheadRewards are the schemes that can say ahead who gets a block.
var aheadRewards = []string{"solo", "prop", "pplns"}

// paysAccounts checks payout = "coinbase".
func (v *validator) paysAccounts(key string, p Pool) {
	if slices.Contains(rewards, p.Reward) && !slices.Contains(aheadRewards, p.Reward) {
		v.addf(key+".payout", "\"coinbase\" divides each block among its miners, and reward = %q owes for shares whether there is a block or not; expected reward = \"pplns\", \"prop\" or \"solo\" with it, or payout = \"pool\"", p.Reward)
	}
	if p.AcceptAnyone {
		v.addf(key+".accept_anyone", "is true with payout = \"coinbase\", which pays the address in the user name; expected false")
	}
	if p.Address == "" {
		v.addf(key+".address", "is missing; expected your own address on %s: coinbases pay the fee to it, and amounts that are too small for an output of their own", parentOf(p))
	}
	if c := p.Coinbase; c != nil && c.Minimum != "" && (!coinsForm.MatchString(c.Minimum) || zeroForm.MatchString(c.Minimum)) {
		v.addf(key+".coinbase.minimum", "is %q; expected an amount of coins as text, like \"0.01\"", c.Minimum)
	}
}

// onlyPaysAccounts refuses keys that mean nothing without payout = "coinbase".
func (v *validator) onlyPaysAccounts(key string, p Pool) {
	const text = "has no effect: the coinbase pays accounts with payout = \"coinbase\" only, and it is %q"
	if p.Coinbase != nil {
		v.addf(key+".coinbase", text, p.Payout)
	}
	for i, l := range p.Listen {
		if l.Coinbase != (CoinbaseLimits{}) {
			v.addf(element(key+".listen", i)+".coinbase", text, p.Payout)
		}
	}
}

func (v *validator) coinbaseLimits(key string, l CoinbaseLimits) {
	if l.MaxOutputs != 0 {
		v.number(key+".max_outputs", l.MaxOutputs, 1, maxCoinbaseOutputs)
	}
	if l.MaxBytes != 0 {
		v.number(key+".max_bytes", l.MaxBytes, minCoinbaseBytes, maxCoinbaseBytes)
	}
}
