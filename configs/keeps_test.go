package configs

import "testing"

// Blocks stay with a pool that mines solo for its own address and pays nobody; with
// any other nothing is said about that.
func TestKeeps(t *testing.T) {
	aux := []Aux{{Coin: "same"}, {Coin: "solo", Reward: "solo"}, {Coin: "shared", Reward: "pplns"}}
	for name, c := range map[string]struct {
		p    Pool
		want []string
	}{
		"for its own address":     {Pool{Reward: "solo", Payout: "pool"}, []string{"parent", "same", "solo"}},
		"to the finder":           {Pool{Reward: "solo", Payout: "miner"}, []string{"same", "solo"}},
		"by coinbases":            {Pool{Reward: "solo", Payout: "coinbase"}, nil},
		"shared":                  {Pool{Reward: "pplns", Payout: "pool"}, nil},
		"with payments":           {Pool{Reward: "solo", Payout: "pool", Payouts: &Payouts{}}, nil},
		"with payments, as trial": {Pool{Reward: "solo", Payout: "pool", Payouts: &Payouts{DryRun: true}}, nil},
	} {
		c.p.Parent, c.p.Aux = "parent", aux
		var got []string
		for _, chain := range []string{"parent", "same", "solo", "shared", "other"} {
			if c.p.Keeps(chain) {
				got = append(got, chain)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
	}
}
