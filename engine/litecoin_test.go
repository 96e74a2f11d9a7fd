package engine

import (
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestMinesOnRealLitecoindPastMWEB mines with scrypt where every block ends with
// the HogEx transaction and the MWEB block.
func TestMinesOnRealLitecoindPastMWEB(t *testing.T) {
	node := testnode.MustLitecoind(t)
	if err := node.ActivateMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := node.SendMWEB(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := node.Height(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"litecoin": mustCoin(t, "litecoin", "regtest", nodeSettings(node.URL, node.User, node.Password))},
		Pools: map[string]configs.Pool{"ltc": testPool("litecoin", testnode.AnyAddress)},
	})
	c := mustClient(t, r.addr, "scrypt", "anyone")
	blocks := r.mineUntil(c, "anyone", "litecoin", "accepted", 3)

	after, err := node.Height(t.Context())
	if err != nil || after < before+3 {
		t.Errorf("node's height went from %d to %d, %v; want 3 more", before, after, err)
	}
	var block struct {
		Tx   []string
		MWEB map[string]any
	}
	if err := node.Call(t.Context(), &block, "getblock", blocks[0].Hash.String(), 1); err != nil {
		t.Fatal(err)
	}
	if len(block.Tx) < 2 || block.MWEB == nil {
		t.Errorf("block has %d transactions and MWEB part %v; want coinbase, HogEx and an MWEB block", len(block.Tx), block.MWEB)
	}
}
