package engine

import (
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/simchain/simtest"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestEasyChainDrownsNobody finds far more blocks on one tip than can win, while
// the node does not answer, and expects the chain to go on afterwards.
func TestEasyChainDrownsNobody(t *testing.T) {
	node := simtest.MustStart(t, simchain.Config{Name: "easy", Parent: true, User: "u", Password: "p"})
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL(), "u", "p"))},
		Pools: map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	})
	c := mustClient(t, r.addr, "sha256d", "anyone")
	for c.Job == nil {
		if err := c.Read(); err != nil {
			t.Fatal(err)
		}
	}
	node.Stall(true)
	for range 4 * maxSiblings { // every second hash is a block
		if got := c.mine("anyone"); got != "true" {
			t.Fatalf("share refused: %s", got)
		}
	}
	found := len(r.engine.courier.Rows())
	dropped := r.engine.pools[0].stats.siblings.Load()
	if found != maxSiblings || dropped == 0 {
		t.Errorf("%d blocks on their way and %d dropped, want %d and the rest", found, dropped, maxSiblings)
	}
	node.Stall(false)
	r.mineUntil(c, "anyone", "bitcoin", "accepted", 3)
	if node.Height() < 3 {
		t.Errorf("node's height %d, want at least 3", node.Height())
	}
}
