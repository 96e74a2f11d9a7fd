package configs

import (
	"strings"
	"testing"
)

// Who mines alone for the pool's own address is paid by that; whose parent pays by
// its coinbases, or who has a wallet pay, is told of chains that nobody pays.
func TestWarningOfUnpaidChainsOfSolo(t *testing.T) {
	for _, tt := range []struct {
		payout string
		pays   bool
		want   bool
	}{{"pool", false, false}, {"pool", true, true}, {"coinbase", false, true}} {
		p := Pool{Parent: "l", Reward: "solo", Payout: tt.payout, Aux: []Aux{{Coin: "d"}}}
		if tt.pays {
			p.Payouts = &Payouts{Chains: map[string]PayoutChain{"l": {}}}
		}
		c := Config{Pools: map[string]Pool{"a": p}}
		if got := strings.Join(c.Warnings(), "\n"); strings.Contains(got, "nobody is paid for d") != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}
