package payout

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// Two transactions made by hand spend the two coins of a payment of 17 to each of three.
// Nobody ends with more than that, whatever is mined and settled when.
func TestTwoRivalsOfAPayment(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	type pays map[int]string // by number of the account
	for _, tt := range []struct {
		name          string
		first, second pays
		mined         bool // the second; else it waits in the mempool
		settle        bool // by the first
	}{
		{"the first pays nobody, and the second waits", nil, pays{0: "17", 1: "17"}, false, false},
		{"settled by the first while the second waits", pays{0: "17"}, pays{1: "17"}, false, true},
		{"settled by the first, of which the second pays the rest", pays{0: "17", 1: "10"}, pays{1: "7"}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			town := mustTown(t)
			b := mustBooks(t, t.TempDir())
			defer func() { b.stop() }()
			for _, account := range town.people {
				b.earn(account, 17_00000000)
			}
			plan := litecoinPlan
			plan.Batch, plan.Minimum = 10, "0.0001"
			p := b.payer(mustCoin(t, town.coin, ""), nil, plan)
			if err := p.Round(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			q, err := p.paymentOf(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			var decoded struct{ Vin []any }
			town.must("", &decoded, "decoderawtransaction", hex.EncodeToString(q.Raw))
			if len(decoded.Vin) < 2 {
				t.Fatalf("inputs %v, want two", decoded.Vin)
			}
			made := func(input any, to pays) string {
				var raw string
				var signed struct{ Hex string }
				outputs := []map[string]string{{town.mining: "10"}}
				for n, amount := range to {
					outputs = append(outputs, map[string]string{town.people[n]: amount})
				}
				town.must("", &raw, "createrawtransaction", []any{input}, outputs)
				town.must("pool", &signed, "signrawtransactionwithwallet", raw)
				return signed.Hex
			}
			first, second := made(decoded.Vin[0], tt.first), made(decoded.Vin[1], tt.second)
			town.must("", nil, "generateblock", testnode.AnyAddress, []string{first})
			if tt.mined {
				town.must("", nil, "generateblock", testnode.AnyAddress, []string{second})
			} else {
				town.must("", nil, "sendrawtransaction", second, 0)
			}
			for range 3 {
				town.must("", nil, "generateblock", testnode.AnyAddress, []string{})
			}
			town.must("", nil, "syncwithvalidationinterfacequeue")

			_ = p.tick(t.Context(), "c", time.Now()) // it may ask for a person
			if tt.settle {
				order := SettleOrder{Payment: 1, Paid: mustRaw(t, first), Write: true}
				if _, err := p.Settle(t.Context(), order); !errors.Is(err, ErrSettle) {
					t.Errorf("settled: got %v, want ErrSettle", err)
				}
			}
			if q, err = p.paymentOf(t.Context(), 1); err != nil || q.State != ledger.Sent {
				t.Errorf("the payment is %s, %v; want that it is sent until a person has judged", q.State, err)
			}
			for range 2 {
				_ = p.Round(t.Context(), plan)
				town.mine(3)
			}
			for account, got := range town.received() {
				if got > 17_00000000 {
					t.Errorf("%s was paid %s of 17", account, Text(got, 8))
				}
			}
		})
	}
}
