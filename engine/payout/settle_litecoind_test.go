package payout

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// A payment is replaced by hand: the new one pays an account what is its due, another
// one less, and one nothing. Settled, everybody ends with exactly its due, as the node
// counts.
func TestSettleAReplacement(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	town := mustTown(t)
	dir := t.TempDir()
	b := mustBooks(t, dir)
	defer func() { b.stop() }()
	due := map[string]uint64{}
	for i, account := range town.people {
		due[account] = uint64(2_000_000 + i)
		b.earn(account, due[account])
	}
	many := litecoinPlan
	many.Batch = 10
	wallet := mustCoin(t, town.coin, "")
	p := b.payer(wallet, nil, many)
	if err := p.Round(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	q, err := p.paymentOf(t.Context(), 1)
	if err != nil || len(q.Outputs) != 3 || q.State != ledger.Sent {
		t.Fatalf("got %+v, %v", q, err)
	}
	if _, err := p.Settle(t.Context(), SettleOrder{Payment: 1, Failed: true, Write: true}); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "is in the mempool") {
		t.Errorf("failed, in the mempool: got %v", err)
	}

	var decoded struct{ Vin []any }
	var raw string
	var signed struct{ Hex string }
	town.must("", &decoded, "decoderawtransaction", hex.EncodeToString(q.Raw))
	outputs := []map[string]string{
		{town.mining: "1"}, {q.Outputs[0].Address: Text(q.Outputs[0].Amount, 8)}, {q.Outputs[1].Address: Text(q.Outputs[1].Amount-12345, 8)},
	}
	town.must("", &raw, "createrawtransaction", decoded.Vin, outputs)
	town.must("pool", &signed, "signrawtransactionwithwallet", raw)
	town.must("", nil, "generateblock", testnode.AnyAddress, []string{signed.Hex})
	town.must("", nil, "syncwithvalidationinterfacequeue")
	other := mustRaw(t, signed.Hex)
	order := SettleOrder{Payment: 1, Paid: other, Write: true}
	if _, err := p.Settle(t.Context(), order); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "is 1 deep and has to be 3") {
		t.Errorf("paid, not deep: got %v", err)
	}
	town.mine(2)
	if err := p.tick(t.Context(), "c", time.Now()); !errors.Is(err, ErrMixed) || !strings.Contains(err.Error(), `"motherlode payouts settle 1"`) {
		t.Errorf("got %v, want it to be judged, and how", err)
	}
	if _, err := p.Settle(t.Context(), SettleOrder{Payment: 1, Failed: true, Write: true}); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "would be paid twice") {
		t.Errorf("failed: got %v", err)
	}
	if _, err := p.Settle(t.Context(), SettleOrder{Payment: 1, Paid: q.Raw, Write: true}); !errors.Is(err, ErrSettle) {
		t.Errorf("paid by itself: got %v", err)
	}
	out, err := p.Settle(t.Context(), order)
	if err != nil || !out.Written || out.Counted != 2 || out.By != out.PaidBy {
		t.Fatalf("got %+v, %v", out, err)
	}
	for i, want := range []uint64{0, 12345, q.Outputs[2].Amount} {
		if got := out.Lines[i].Amount - out.Lines[i].Paid; got != want {
			t.Errorf("output %d: %d is owed again, want %d", i, got, want)
		}
	}
	if _, err := p.Settle(t.Context(), order); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "is settled already") {
		t.Errorf("again: got %v", err)
	}

	// The rest is paid, and everybody has what was due, also after a start.
	b.stop()
	b = mustBooks(t, dir)
	many.Minimum = "0.0001"
	p = b.payer(wallet, nil, many)
	for range 2 {
		if err := p.Round(t.Context(), many); err != nil {
			t.Fatal(err)
		}
		town.mine(3)
	}
	if err := p.Round(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	town.settled(b, due)
}
