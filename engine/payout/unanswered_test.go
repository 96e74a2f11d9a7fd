package payout

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// picky is a wallet whose coin fails at some addresses.
type picky struct {
	*fakeChain
	fails string // in an address
}

var errPicky = errors.New("coin has panicked")

func (w *picky) ValidateAddress(ctx context.Context, a string) (coins.Payee, error) {
	if strings.Contains(a, w.fails) {
		return coins.Payee{}, errPicky
	}
	return w.fakeChain.ValidateAddress(ctx, a)
}

// A coin that fails at one address, by a fault of its own, keeps nobody else from being
// paid; one that answers for none is down.
func TestOneAddressWithoutAnAnswerStopsNobody(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	w := &picky{fakeChain: newFakeChain(), fails: "addr"}
	b.earn("addr-odd", 100)
	b.earn("addr1", 200)
	b.earn("addr2", 300)
	p := b.payer(w, nil, plan)
	if skipped, err := p.roundNow(t.Context(), plan); !errors.Is(err, errPicky) || len(skipped) != 0 || w.made != 0 {
		t.Errorf("down: got %+v, %v, %d payments", skipped, err, w.made)
	}
	w.fails = "odd"
	skipped, err := p.roundNow(t.Context(), plan)
	if err != nil || len(skipped) != 1 || skipped[0].Account != "addr-odd" || skipped[0].Refused != "addr-odd" || !strings.Contains(skipped[0].Reason, errPicky.Error()) {
		t.Errorf("got %+v, %v; want addr-odd to be skipped, and why", skipped, err)
	}
	w.mine(1)
	if got := w.received(); len(got) != 2 || got["addr1"] != 200 || got["addr2"] != 300 {
		t.Errorf("received: got %v", got)
	}
	if owed, _, _ := b.owed("addr-odd"); owed != 100 {
		t.Errorf("owed: got %d, want 100", owed)
	}
}
