package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// TestPoolPaysFromRealLitecoind mines a block to the pool's wallet, lets it
// mature, and has its finder paid by the operator's command.
func TestPoolPaysFromRealLitecoind(t *testing.T) {
	node := testnode.MustLitecoind(t)
	var pool, miner string
	call := func(wallet string, out any, method string, params ...any) {
		t.Helper()
		var err error
		if wallet == "" {
			err = node.Call(t.Context(), out, method, params...)
		} else {
			err = node.CallWallet(t.Context(), wallet, out, method, params...)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	call("", nil, "createwallet", "pool")
	call("", nil, "createwallet", "miner")
	call("pool", &pool, "getnewaddress")
	call("miner", &miner, "getnewaddress")

	settings := nodeSettings(node.URL, node.User, node.Password)
	settings["wallet"] = "pool"
	cfg := testPool("litecoin", pool)
	cfg.Reward, cfg.FeeBPS = "prop", 1000
	o := configs.DefaultPayouts()
	o.Every, o.Confirmations = configs.Duration(31*24*time.Hour), 2
	o.Chains = map[string]configs.PayoutChain{"litecoin": {Minimum: "1", FeeRate: "0.0001"}}
	cfg.Payouts = &o
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"litecoin": mustCoin(t, "litecoin", "regtest", settings)},
		Pools: map[string]configs.Pool{"ltc": cfg},
	})
	r.mineUntil(mustClient(t, r.addr, "scrypt", miner), miner, "litecoin", "accepted", 1)
	call("", nil, "generatetoaddress", 120, testnode.AnyAddress)
	r.until("the block is owed", func() bool {
		b, err := r.engine.ledger.Balance("ltc", "litecoin", miner)
		return err == nil && b.Owed() > 0
	})
	client := control.NewClient(r.dir)
	var rounds []payout.Outcome
	if err := client.Do(t.Context(), "POST", "/rounds", nil, nil, &rounds); err != nil {
		t.Fatal(err)
	}
	if len(rounds) != 1 || rounds[0].Error != "" {
		t.Fatalf("rounds: got %+v, want one that went well", rounds)
	}
	var payments []ledger.Payment
	if err := client.Get(t.Context(), "/payments", nil, &payments); err != nil {
		t.Fatal(err)
	}
	var paid uint64
	for _, p := range payments {
		paid += p.Amount()
	}
	balance, err := r.engine.ledger.Balance("ltc", "litecoin", miner)
	if err != nil || paid == 0 || balance.Paid+balance.Sending != paid {
		t.Errorf("payments of %d in all, balance %+v, %v", paid, balance, err)
	}
	call("", nil, "generatetoaddress", 1, testnode.AnyAddress)
	var got json.Number
	call("miner", &got, "getreceivedbyaddress", miner, 1)
	if want := payout.Text(paid, 8); got.String() != want {
		t.Errorf("received %s, want %s", got, want)
	}
}

// until waits for what comes by itself.
func (r *rig) until(what string, ready func() bool) {
	r.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(60 * time.Second)
	for !ready() {
		select {
		case <-limit:
			r.t.Fatalf("not in time: %s", what)
		case <-tick.C:
		}
	}
}
