package engine

import (
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestSoloThatPaysItsFindersWantsAddresses: where a pool keeps a block and pays its
// finder later, a name that is no address would be owed for ever. Without payouts
// the name is the finder's own business.
func TestSoloThatPaysItsFindersWantsAddresses(t *testing.T) {
	parent := mustParent(t)
	o := configs.DefaultPayouts()
	o.Chains = map[string]configs.PayoutChain{"parent": {Minimum: "1"}}
	for name, c := range map[string]struct {
		payouts *configs.Payouts
		want    string
	}{
		"with payouts":    {&o, "cannot be paid"},
		"without payouts": {nil, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			pool := testPool("parent", testnode.AnyAddress)
			pool.Reward, pool.Payouts = "solo", c.payouts
			r := mustRun(t, Config{
				DataDir: t.TempDir(),
				Coins:   map[string]CoinConfig{"parent": parent},
				Pools:   map[string]configs.Pool{"btc": pool},
			})
			m := dial(t, r.addr, "sha256d")
			m.call("mining.subscribe")
			if got := m.call("mining.authorize", "mistyped.rig", "x"); !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := m.call("mining.authorize", testnode.MiningAddress+".rig", "x"); !strings.Contains(got, "true") {
				t.Errorf("an address: got %s", got)
			}
		})
	}
}
