package payout

import (
	"errors"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// A payment that waits for a person's judgement, which may be for ever, is told at every
// look and changes nothing for others: rounds keep their times, in each pool of the chain.
func TestOneStuckPaymentStopsNobody(t *testing.T) {
	t.Run("sent", func(t *testing.T) { stuckPayment(t, nil, [3]int{1, 3, 3}) })
	t.Run("never sent", func(t *testing.T) { stuckPayment(t, errors.New("node is down"), [3]int{3, 4, 4}) }) // that round is not over
}

func stuckPayment(t *testing.T, deaf error, made [3]int) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.append(func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "q", Chain: "c", Scheme: "solo", Payout: "pool"})
	})
	w := newFakeChain()
	other := plan
	other.Pool = "q"
	p := b.payer(w, nil, plan, other)
	now := time.Now().Truncate(plan.Every).Add(time.Minute)
	if err := p.tick(t.Context(), "c", now.Add(-time.Hour)); err != nil { // nobody is owed anything
		t.Fatal(err)
	}
	b.earn("addr1", 100)
	b.earn("addr2", 200)
	w.deaf = deaf
	if err := p.tick(t.Context(), "c", now); !errors.Is(err, deaf) {
		t.Fatal(err)
	}
	w.deaf = nil
	open, err := b.ledger.OpenPayments(ledger.PaymentFilter{})
	if err != nil || len(open) != 1 {
		t.Fatalf("got %d open payments, %v; want 1", len(open), err)
	}
	w.steal(open[0].Raw, []coins.Payment{{Address: "addr1", Amount: 100}})
	w.mine(1)

	b.earn("addr3", 300)
	b.append(func(b *sharelog.Batch) {
		b.Block(&sharelog.Block{Pool: "q", Chain: "c", Hash: [32]byte{9}, State: "mature", Account: "addr4", Reward: 400})
	})
	for i, after := range []time.Duration{time.Minute, time.Hour, time.Hour + time.Minute} {
		if err := p.tick(t.Context(), "c", now.Add(after)); !errors.Is(err, ErrMixed) {
			t.Errorf("after %v: got %v, want ErrMixed", after, err)
		}
		if w.made != made[i] {
			t.Errorf("after %v: %d payments were made, want %d", after, w.made, made[i])
		}
		b.earn("addr5", 500)
	}
	w.mine(1)
	if got := w.received(); got["addr3"] != 300 || got["addr4"] != 400 {
		t.Errorf("received: got %v, want 300 for addr3 and 400 for addr4", got)
	}
}
