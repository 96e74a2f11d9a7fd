package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// payingKeys are the chains that some pool pays by a wallet, each with the key
// that says so.
func payingKeys(cfg *configs.Config) map[string]string {
	keys := map[string]string{}
	for _, pool := range slices.Sorted(maps.Keys(cfg.Pools)) {
		p := cfg.Pools[pool].Payouts
		if p == nil {
			continue
		}
		for chain := range p.Chains {
			if _, ok := keys[chain]; !ok {
				keys[chain] = "pools." + pool + ".payouts.chains." + chain
			}
		}
	}
	return keys
}

// funds is what a coin's wallet had to say.
type funds struct {
	units    uint64
	decimals uint8
	symbol   string
	err      error
}

// askWallet asks what a coin can pay, and changes nothing. The nodes have answered.
func askWallet(ctx context.Context, coin coins.Coin) *funds {
	w, ok := coin.(coins.Wallet)
	if !ok {
		return nil // listed already
	}
	info := coin.Info()
	units, err := w.Funds(ctx)
	return &funds{units, info.Decimals, info.Symbol, err}
}

// say prints what can be paid. The problem is why nothing can, nil for none.
func (f *funds) say(out io.Writer, cfg *configs.Config, coin, key string) configs.Problems {
	if f.err != nil {
		return configs.Problems{cfg.ProblemAt(key, "%s cannot be paid: %s", coin, safe(f.err.Error()))}
	}
	fmt.Fprintf(out, "%-12s %-24s can spend %s %s\n", coin, "wallet", payout.Text(f.units, f.decimals), safe(f.symbol))
	return nil
}
