package engine

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// What coinbases have paid an account, and are to pay it, is in the operator's view of
// it, and carried only where no wallet pays that.
func TestControlAccountsOfCoinbases(t *testing.T) {
	dir := t.TempDir()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "ledger.db"), log, ledger.Options{Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, l.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	})
	var b sharelog.Batch
	for _, chain := range []string{"c", "aux"} {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: "prop", FeeBPS: 1000, Payout: "coinbase"})
	}
	b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
	b.Share(&sharelog.Share{Pool: "p", Account: "b", Difficulty: 2})
	hash := [32]byte{7}
	b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Hash: hash, Operator: 780, Outputs: []sharelog.CoinbaseOutput{{Account: "a", Amount: 220}}})
	b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: hash, State: "received", Account: "a", Reward: 1000})
	b.Block(&sharelog.Block{Pool: "p", Chain: "aux", Hash: [32]byte{8}, State: "mature", Account: "a", Reward: 100})
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(ctx, log.End()); err != nil {
		t.Fatal(err)
	}

	with := configs.DefaultPayouts()
	with.Chains = map[string]configs.PayoutChain{"c": {Minimum: "1"}}
	other := configs.DefaultPayouts()
	other.Chains = map[string]configs.PayoutChain{"aux": {Minimum: "1"}}
	aux := []configs.Aux{{Coin: "aux"}}
	for _, c := range []struct {
		name    string
		cfg     configs.Pool
		carried int64
	}{
		{"coinbases pay", configs.Pool{Parent: "c", Aux: aux, Payout: "coinbase"}, 80},
		{"a wallet pays another chain", configs.Pool{Parent: "c", Aux: aux, Payout: "coinbase", Payouts: &other}, 80},
		{"a wallet pays what is carried", configs.Pool{Parent: "c", Aux: aux, Payout: "coinbase", Payouts: &with}, 0},
		{"a wallet pays all", configs.Pool{Parent: "c", Aux: aux, Payout: "pool"}, 0},
	} {
		all, err := ControlAccounts(l, map[string]configs.Pool{"p": c.cfg, "q": {Parent: "c"}}, nil, "", "a")
		if err != nil || len(all) != 1 || len(all[0].Balances) != 2 {
			t.Fatalf("%s: got %+v, %v", c.name, all, err)
		}
		if got, want := all[0].Balances[0], (control.Balance{Chain: "c", Immature: 300, InCoinbases: 220, Carried: c.carried}); got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
		if got, want := all[0].Balances[1], (control.Balance{Chain: "aux", Mature: 30, Owed: 30}); got != want {
			t.Errorf("%s, of the other chain: got %+v, want %+v", c.name, got, want)
		}
	}
}
