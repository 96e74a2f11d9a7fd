package engine

import (
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// amounts checks what a pool's payments and coinbases say in coins against the
// chains that these are of: one that has no such amount would never be paid.
func (c *checker) amounts(key string, p configs.Pool) {
	if p.Coinbase != nil {
		c.amount(key+".coinbase.minimum", p.Parent, p.Coinbase.Minimum)
	}
	if p.Payouts == nil {
		return
	}
	for _, name := range sortedKeys(p.Payouts.Chains) {
		chain, at := p.Payouts.Chains[name], key+".payouts.chains."+name
		if driver, ok := c.drivers[name]; ok && !driver.Has(coins.RoleWallet) {
			c.addf(at, "%s cannot pay: its driver has no wallet; expected no payouts of it", name)
		}
		c.amount(at+".minimum", name, chain.Minimum)
		c.amount(at+".fee_rate", name, chain.FeeRate)
		c.amount(at+".max_fee", name, chain.MaxFee)
	}
}

func (c *checker) amount(key, coin, text string) {
	info, known := c.infos[coin]
	if !known {
		return
	}
	if _, err := payout.Amount(text).Units(info.Decimals); err != nil {
		c.addf(key, "%v", err)
	}
}
