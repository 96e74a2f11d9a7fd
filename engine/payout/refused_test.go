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

// A proposal names whom the node would refuse, in the words of the round, and leaves
// nothing behind in wallet and log.
func TestAProposalNamesWhomTheNodeRefuses(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	w := newFakeChain()
	w.dust, w.coins = 500, 4
	many := plan
	many.Batch = 4
	total := uint64(0)
	for i := range 9 {
		account, amount := fmt.Sprint("addr", i), uint64(1000+i)
		if i == 2 || i == 8 {
			amount = 200
		} else {
			total += amount
		}
		b.earn(account, amount)
	}
	b.earn("nobody", 5000)
	p := b.payer(w, nil, many)
	end := b.log.End()
	out, err := p.Propose(t.Context(), many)
	if err != nil || out.Problem != "" || len(out.Pay) != 7 || out.Total != total {
		t.Fatalf("got %+v, %v; want 7 paid %d", out, err, total)
	}
	if len(w.locked) != 0 || len(w.mempool) != 0 || b.log.End() != end {
		t.Errorf("left behind: %d inputs locked, %d transactions sent, log at %d of %d", len(w.locked), len(w.mempool), b.log.End(), end)
	}
	done := p.outcome(t.Context(), many)
	if done.Error != "" || done.Decimals != 8 {
		t.Errorf("round: got %+v", done)
	}
	refused := map[string]Skipped{}
	for _, s := range out.Skipped {
		if s.Refused != "" {
			refused[s.Account] = s
		} else if s.Account != "nobody" {
			t.Errorf("not payable: got %+v", s)
		}
	}
	if len(done.Skipped) != 2 || len(refused) != 2 || refused["addr2"] != done.Skipped[0] || refused["addr8"] != done.Skipped[1] || done.Skipped[0].Refused != "addr2" {
		t.Errorf("refused: proposed %+v, in the round %+v", refused, done.Skipped)
	}

	// Why a round would pay nobody is a problem, and not of anybody's address.
	b.earn("addr3", 1000)
	w.fault = coins.ErrWalletLocked
	if out, err := p.Propose(t.Context(), many); err != nil || out.Problem != coins.ErrWalletLocked.Error() || len(out.Pay) == 0 {
		t.Errorf("with a locked wallet: got %+v, %v", out, err)
	}
}
