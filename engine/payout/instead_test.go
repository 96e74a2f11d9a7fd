package payout

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
)

// saying is a wallet that says what became of payments.
type saying struct {
	*fakeChain
	status *coins.PaymentStatus // nil: as it is
}

func (s *saying) PaymentStatus(ctx context.Context, raw []byte, payments []coins.Payment) (coins.PaymentStatus, error) {
	if s.status != nil {
		return *s.status, nil
	}
	return s.fakeChain.PaymentStatus(ctx, raw, payments)
}

// What becomes of payments that can not be mined, and were not made by another
// transaction as they are: what may have reached somebody is not paid again, and what
// certainly has not is owed again.
func TestPaymentsThatCanNotBeMined(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status coins.PaymentStatus
		state  string
		owed   int64
		want   error
	}{
		{"a reward was dropped, not long ago", coins.PaymentStatus{Confirmations: 2, By: coins.ByDropped}, ledger.Sent, 0, ErrDropped},
		{"a reward was dropped", coins.PaymentStatus{Confirmations: 3, By: coins.ByDropped}, ledger.Failed, 100, nil},
		{"the fee was taken from the payments", coins.PaymentStatus{Confirmations: 9, By: coins.ByAltered + "other"}, ledger.Sent, 0, ErrMixed},
		{"other addresses are paid", coins.PaymentStatus{Confirmations: 3, By: "other"}, ledger.Failed, 100, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := mustBooks(t, t.TempDir())
			defer b.stop()
			w := &saying{fakeChain: newFakeChain()}
			b.earn("addr1", 100)
			p := b.payer(w, nil, plan)
			if err := p.Round(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			tt.status.State = coins.PaymentConflicted
			w.status = &tt.status
			if err := p.tick(t.Context(), "c", time.Now()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			rows, err := b.ledger.Payments(ledger.PaymentFilter{}, 2, 1)
			if err != nil || len(rows) != 1 || rows[0].State != tt.state {
				t.Errorf("got %+v, %v; want it %s", rows, err, tt.state)
			}
			if owed, _, _ := b.owed("addr1"); owed != tt.owed {
				t.Errorf("owed: got %d, want %d", owed, tt.owed)
			}
		})
	}
}
