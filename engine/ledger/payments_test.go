package ledger

import (
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// TestMoneyOfAPayment follows payments through their lives: what is owed is less
// from the first record on, and neither a repeated record nor a late one moves
// money twice.
func TestMoneyOfAPayment(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", Payout: "pool"})
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{1}, State: "mature", Account: "a", Reward: 1000})
	})
	first := sharelog.Payment{ID: 1, Pool: "p", Chain: "c", State: Prepared, TxID: "t", Raw: []byte{1, 2}, Outputs: []sharelog.PaymentOutput{{Account: "a", Address: "x", Amount: 400}}}
	second := first
	second.ID, second.Outputs = 2, []sharelog.PaymentOutput{{Account: "a", Address: "x", Amount: 600}}
	state := func(id uint64, s string) sharelog.Payment {
		return sharelog.Payment{ID: id, Pool: "p", Chain: "c", State: s}
	}
	for _, step := range []struct {
		name          string
		record        sharelog.Payment
		sending, paid uint64
		owed          int64
		open          int
	}{
		{"prepared", first, 400, 0, 600, 1},
		{"written twice", first, 400, 0, 600, 1},
		{"another", second, 1000, 0, 0, 2},
		{"sent", state(1, Sent), 1000, 0, 0, 2},
		{"sent again", state(1, Sent), 1000, 0, 0, 2},
		{"confirmed", state(1, Confirmed), 600, 400, 0, 1},
		{"failed too late", state(1, Failed), 600, 400, 0, 1},
		{"failed", state(2, Failed), 0, 400, 600, 0},
		{"confirmed too late", state(2, Confirmed), 0, 400, 600, 0},
		{"made again under its number", second, 0, 400, 600, 0},
	} {
		mustAppend(t, log, func(b *sharelog.Batch) { b.Payment(&step.record) })
		l := mustLedger(t, filepath.Join(dir, "db"), log)
		run(t, l, log)
		got, err := l.Balance("p", "c", "a")
		want := Balance{Mature: 1000, Sending: step.sending, Paid: step.paid}
		if err != nil || got != want || got.Owed() != step.owed {
			t.Errorf("%s: got %+v owed %d (%v), want %+v owed %d", step.name, got, got.Owed(), err, want, step.owed)
		}
		open, err := l.OpenPayments(PaymentFilter{Chain: "c"})
		if err != nil || len(open) != step.open {
			t.Errorf("%s: got %d open payments (%v), want %d", step.name, len(open), err, step.open)
		}
		compareMoney(t, l, log)
		if step.open == 0 {
			rows, err := l.Payments(PaymentFilter{}, 2, 9)
			if err != nil || len(rows) != 1 || rows[0].State != Confirmed || string(rows[0].Raw) != "\x01\x02" || rows[0].Amount() != 400 {
				t.Errorf("payments before the second: got %+v, %v", rows, err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A balance as schemas 2, 4 and 5 stored it, without what is being sent, what coinbases
// pay, and what they pay in advance, is read.
func TestBalancesOfOlderSchemas(t *testing.T) {
	var got Balance
	if err := got.parse([]byte{1, 2, 3, 4, 5}); err != nil || got.Paid != 5 || got.Sending != 0 || got.Mature != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	got = Balance{}
	if err := got.parse([]byte{1, 2, 3, 4, 5, 6}); err != nil || got.Sending != 6 || got.Coinbase != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	got = Balance{}
	if err := got.parse([]byte{1, 2, 3, 4, 5, 6, 7}); err != nil || got.Coinbase != 7 || got.Advance != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, raw := range [][]byte{{1, 2, 3, 4}, {1, 2, 3, 4, 5, 0x80}, {1, 2, 3, 4, 5, 6, 0x80}, {1, 2, 3, 4, 5, 6, 7, 0x80}, {1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		if err := got.parse(raw); err == nil {
			t.Errorf("%x: got %+v, want an error", raw, got)
		}
	}
}
