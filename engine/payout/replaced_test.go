package payout

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// Payments of one round stand on each other where the wallet has one coin. The first
// is replaced by one that pays the same; the others can never be mined then, and are
// made again: everybody ends with exactly its due.
func TestPaymentsOnOneThatWasReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	town := mustTown(t)
	var own string
	town.must("", nil, "createwallet", "one coin")
	town.must("one coin", &own, "getnewaddress")
	town.must("pool", nil, "sendtoaddress", own, 5)
	town.mine(1)

	b := mustBooks(t, t.TempDir())
	defer b.stop()
	due := map[string]uint64{}
	for i, account := range town.people {
		due[account] = uint64(2_000_000 + i)
		b.earn(account, due[account])
	}
	each := litecoinPlan
	each.Batch = 1
	p := b.payer(mustCoin(t, strings.Replace(town.coin, `"pool"`, `"one coin"`, 1), ""), nil, each)
	if err := p.Round(t.Context(), each); err != nil {
		t.Fatal(err)
	}
	rows, err := b.ledger.Payments(ledger.PaymentFilter{}, 0, 10)
	if err != nil || len(rows) != 3 {
		t.Fatalf("got %+v, %v; want three payments", rows, err)
	}
	first := rows[2]

	// Its owner raises the fee of the first one, by hand.
	var decoded struct {
		Vin []any `json:"vin"`
	}
	var raw string
	var signed struct{ Hex string }
	town.must("", &decoded, "decoderawtransaction", hex.EncodeToString(first.Raw))
	to := []map[string]string{{own: "4.9"}, {first.Outputs[0].Address: Text(first.Outputs[0].Amount, 8)}}
	town.must("", &raw, "createrawtransaction", decoded.Vin, to)
	town.must("one coin", &signed, "signrawtransactionwithwallet", raw)
	town.must("", nil, "generateblock", testnode.AnyAddress, []string{signed.Hex})
	for range 3 {
		if err := p.Round(t.Context(), each); err != nil {
			t.Fatal(err)
		}
		town.mine(1)
	}
	for _, want := range []struct {
		id    uint64
		state string
	}{{1, ledger.Confirmed}, {2, ledger.Failed}, {3, ledger.Failed}, {4, ledger.Sent}, {5, ledger.Sent}} {
		got, err := b.ledger.Payments(ledger.PaymentFilter{}, want.id+1, 1)
		if err != nil || len(got) != 1 || got[0].ID != want.id || got[0].State != want.state {
			t.Errorf("payment %d: got %+v, %v; want %s", want.id, got, err, want.state)
		}
	}
	town.mine(3)
	if err := p.Round(t.Context(), each); err != nil {
		t.Fatal(err)
	}
	town.settled(b, due)
}
