package engine

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestMinesTheFamilyOnStrictChains mines coins of Bitcoin's family that differ in
// their rules, on nodes which refuse a block that breaks one. What a block pays
// to the pool is what required outputs leave.
func TestMinesTheFamilyOnStrictChains(t *testing.T) {
	const coin = 100_000_000
	fund := simchain.Fund{Field: "devfund", Value: 7 * coin, Script: []byte{0x53}}
	onTop := fund
	onTop.OnTop = true
	described := func(further map[string]any) map[string]any {
		further["symbol"] = "FRK"
		return further
	}
	outputs := func(onTop bool) []any {
		return []any{map[string]any{"field": "devfund", "value": "value", "script": "script", "on_top": onTop}}
	}
	for _, tt := range []struct {
		name, driver, address string
		algo                  string
		chain                 simchain.Config
		settings              map[string]any
		reward                uint64
	}{
		{"bitcoincash", "bitcoincash", "bchreg:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqha9s37tt", "sha256d",
			simchain.Config{Dialect: simchain.Dogecoin, Algorithm: simchain.SHA256d, Fork: simchain.Fork{Sorted: true}}, nil, 50 * coin},
		{"digibyte, sha256d", "digibyte", "dgbrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqref3c3", "sha256d",
			simchain.Config{Algorithm: simchain.Scrypt, Fork: simchain.Fork{Lanes: true}}, map[string]any{"algorithm": "sha256d"}, 50 * coin},
		{"digibyte, scrypt", "digibyte", "dgbrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqref3c3", "scrypt",
			simchain.Config{Fork: simchain.Fork{Lanes: true}}, map[string]any{"algorithm": "scrypt"}, 50 * coin},
		{"litecoin", "litecoin", testnode.AnyAddress, "scrypt", simchain.Config{Algorithm: simchain.Scrypt}, nil, 50 * coin},
		{"a described fork with a fund", "bitcoinlike", testnode.AnyAddress, "sha256d",
			simchain.Config{Fork: simchain.Fork{Fund: &fund}}, described(map[string]any{"outputs": outputs(false)}), 43 * coin},
		{"a described fork with a fund on top", "bitcoinlike", testnode.AnyAddress, "scrypt",
			simchain.Config{Algorithm: simchain.Scrypt, Fork: simchain.Fork{Fund: &onTop}},
			described(map[string]any{"algorithm": "scrypt", "outputs": outputs(true)}), 50 * coin},
		{"a described fork with a payload", "bitcoinlike", testnode.AnyAddress, "sha256d",
			simchain.Config{Fork: simchain.Fork{Payload: true}}, described(map[string]any{"coinbase_payload": "coinbase_payload"}), 50 * coin},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.chain.Parent = true
			n := simtest.MustStart(t, tt.chain)
			settings := nodeSettings(n.URL(), "u", "p")
			settings["poll"] = "20ms"
			for k, v := range tt.settings {
				settings[k] = v
			}
			r := mustRun(t, Config{
				Coins: map[string]CoinConfig{"parent": mustCoin(t, tt.driver, "regtest", settings)},
				Pools: map[string]configs.Pool{"p": testPool("parent", tt.address)},
			})
			n.InjectFake(4, 0)
			c := mustClient(t, r.addr, tt.algo, "anyone")
			r.mineUntil(c, "anyone", "parent", "accepted", 2)

			// The ledger is a moment behind.
			blocks := r.engine.Status().Blocks
			for limit := time.Now().Add(20 * time.Second); len(blocks) < 2 && time.Now().Before(limit); blocks = r.engine.Status().Blocks {
				time.Sleep(10 * time.Millisecond)
			}
			if len(blocks) < 2 {
				t.Fatalf("the ledger has %d blocks, want 2", len(blocks))
			}
			for _, b := range blocks {
				if b.Reward != tt.reward {
					t.Errorf("block %d: reward %d, want %d", b.Height, b.Reward, tt.reward)
				}
			}
		})
	}
}
