package payout

import (
	"fmt"
	"maps"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// An address that the node refuses to pay holds up nobody else, stays owed, and is
// paid once it has enough.
func TestOneRefusedAddressStopsNobody(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	w := newFakeChain()
	w.dust = 500
	many := plan
	many.Batch = 4
	want := map[string]uint64{}
	for i := range 9 {
		account, amount := fmt.Sprint("addr", i), uint64(1000+i)
		if i == 2 || i == 8 {
			amount = 200 // more than the minimum
		} else {
			want[account] = amount
		}
		b.earn(account, amount)
	}
	for range 3 {
		if err := b.round(w, many); err != nil {
			t.Fatal(err)
		}
		w.mine(3)
	}
	if got := w.received(); !maps.Equal(got, want) {
		t.Errorf("received: got %v, want %v", got, want)
	}
	if owed, sending, paid := b.owed("addr2"); owed != 200 || sending != 0 || paid != 0 {
		t.Errorf("refused: owed %d, sending %d, paid %d; want 200, 0, 0", owed, sending, paid)
	}
	b.earn("addr2", 400)
	if err := b.round(w, many); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	if got := w.received()["addr2"]; got != 600 {
		t.Errorf("grown above what is refused: received %d, want 600", got)
	}
}

// A refusal by Send is no reason to make other transactions: it may have been sent.
func TestRefusedBySendIsNotSplit(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	w := newFakeChain()
	w.deaf = coins.ErrPayment
	b.earn("addr1", 1000)
	b.earn("addr2", 1000)
	if err := b.round(w, plan); err == nil || w.made != 1 {
		t.Errorf("got %v, %d transactions; want an error and 1", err, w.made)
	}
}
