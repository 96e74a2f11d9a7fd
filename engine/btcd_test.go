package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

func TestMinesOnRealBTCD(t *testing.T) {
	node := testnode.MustBTCD(t)
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL, node.User, node.Password))},
		Pools: map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	})
	c := mustClient(t, r.addr, "sha256d", "anyone.rig1")
	r.mineUntil(c, "anyone.rig1", "bitcoin", "accepted", 3)
	height, err := node.Height(t.Context())
	if err != nil || height < 3 {
		t.Fatalf("node's height %d, %v; want at least 3", height, err)
	}
}

// TestBlocksWithTransactionsOnRealBTCD proves merkle branches and the witness
// commitment: the node checks both.
func TestBlocksWithTransactionsOnRealBTCD(t *testing.T) {
	node := testnode.MustBTCD(t)
	if _, err := node.Generate(t.Context(), 120); err != nil {
		t.Fatal(err)
	}
	const spent = 13
	var heights []int
	for h := 1; h <= spent; h++ {
		heights = append(heights, h)
	}
	if err := node.SpendCoinbases(t.Context(), 1000, heights...); err != nil {
		t.Fatal(err)
	}
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL, node.User, node.Password))},
		Pools: map[string]configs.Pool{"btc": testPool("bitcoin", testnode.AnyAddress)},
	})
	c := mustClient(t, r.addr, "sha256d", "anyone")
	r.mineUntil(c, "anyone", "bitcoin", "accepted", 1)

	// Where the machine is busy the miner has found the next block, too, before
	// the first is known to be accepted: the chain says which it is.
	var hash string
	if err := node.Call(t.Context(), &hash, "getblockhash", 121); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tx     []string `json:"tx"`
		Height int      `json:"height"`
	}
	if err := node.Call(t.Context(), &got, "getblock", hash, 1); err != nil {
		t.Fatal(err)
	}
	if len(got.Tx) != spent+1 || got.Height != 121 {
		t.Errorf("block at height %d has %d transactions, want %d at 121", got.Height, len(got.Tx), spent+1)
	}
}

// TestEveryMinerIsPaidByItsOwnAddress is solo mining with payout = "miner".
func TestEveryMinerIsPaidByItsOwnAddress(t *testing.T) {
	node := testnode.MustBTCD(t)
	pool := testPool("bitcoin", testnode.AnyAddress)
	pool.Payout, pool.FeeBPS = "miner", 250
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"bitcoin": mustCoin(t, "bitcoin", "regtest", nodeSettings(node.URL, node.User, node.Password))},
		Pools: map[string]configs.Pool{"btc": pool},
	})

	wrong := dial(t, r.addr, "sha256d")
	wrong.call("mining.subscribe")
	for user, want := range map[string]string{
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.rig": "main",
		"nonsense": "cannot be paid",
		"":         "missing",
	} {
		if got := wrong.call("mining.authorize", user, "x"); !strings.Contains(got, want) || !strings.Contains(got, "24") {
			t.Errorf("user %q: got %s, want error 24 that says %q", user, got, want)
		}
	}

	miner := testnode.MiningAddress
	c := mustClient(t, r.addr, "sha256d", miner+".rig")
	block := r.mineUntil(c, miner+".rig", "bitcoin", "accepted", 1)[0]
	var got struct {
		Tx []struct {
			Vout []struct {
				Value        float64
				ScriptPubKey struct {
					Addresses []string
					Address   string
				}
			}
		} `json:"rawtx"`
	}
	if err := node.Call(t.Context(), &got, "getblock", block.Hash.String(), 2); err != nil {
		t.Fatal(err)
	}
	outs := got.Tx[0].Vout
	if len(outs) < 2 {
		t.Fatalf("coinbase has %d outputs", len(outs))
	}
	to := append(outs[0].ScriptPubKey.Addresses, outs[0].ScriptPubKey.Address)
	if !slices.Contains(to, miner) || outs[0].Value != 48.75 || outs[1].Value != 1.25 {
		t.Errorf("pays %v to %v and a fee of %v; want 48.75 to %s and 1.25", outs[0].Value, to, outs[1].Value, miner)
	}
}
