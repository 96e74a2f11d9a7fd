package engine

import (
	"testing"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// Money that coinbases pay is seen: what immature ones have paid, and what later
// ones will.
func TestBalanceOfCoinbases(t *testing.T) {
	for _, tt := range []struct {
		name, payout         string
		parent               bool
		b                    ledger.Balance
		inCoinbases, carried string
	}{
		{"part is carried", "coinbase", true, ledger.Balance{Immature: 100, Coinbase: 70}, "70", "30"},
		{"paid in advance", "coinbase", true, ledger.Balance{Immature: 100, Coinbase: 130}, "130", "-30"},
		{"other chain", "coinbase", false, ledger.Balance{Immature: 100}, "0", "0"},
		{"wallet pays", "pool", true, ledger.Balance{Immature: 100, Mature: 5}, "0", "0"},
	} {
		p := &pool{cfg: configs.Pool{Payout: tt.payout}}
		got := p.balanceOf(&tt.b, tt.parent)
		if string(got.InCoinbases) != tt.inCoinbases || string(got.Carried) != tt.carried {
			t.Errorf("%s: got %s in coinbases, %s carried; want %s, %s", tt.name, got.InCoinbases, got.Carried, tt.inCoinbases, tt.carried)
		}
	}
}
