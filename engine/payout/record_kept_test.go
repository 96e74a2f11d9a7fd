package payout

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
)

// telling is an archive that knows its change.
type telling struct {
	*archive
	kept  []int
	known bool
	fault error
}

func (w *telling) Kept(context.Context, []byte) ([]int, bool, error) { return w.kept, w.known, w.fault }

// The wallet's word about an output to nobody whom the log knows counts, unless it is
// forced: an account that was paid at an address of before would be paid again.
func TestRecordAsksTheWalletForItsChange(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	b.earn("addr2", 1000)
	raw := rawPaying(1, coins.Payment{Address: "addr1", Amount: 1000}, coins.Payment{Address: "before", Amount: 77})
	w := &telling{archive: &archive{fakeChain: newFakeChain(), raw: raw, status: coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1}}}
	p := b.payer(w, nil, plan)
	down := errors.New("wallet is down")
	one := 1
	for _, tt := range []struct {
		name   string
		known  bool
		kept   []int
		fault  error
		change *int
		beyond bool
		want   string // of the refusal; empty: it fits
	}{
		{"cannot tell", false, nil, nil, nil, false, "say so with --change 1"},
		{"cannot tell, and the operator does", false, nil, nil, &one, false, ""},
		{"its change", true, []int{1}, nil, nil, false, ""},
		{"its change, as the operator says", true, []int{1}, nil, &one, false, ""},
		{"sent", true, nil, nil, nil, false, "the wallet says that it has sent output 1 to somebody"},
		{"sent, and the operator says otherwise", true, nil, nil, &one, false, "the wallet says that it has sent output 1 to somebody"},
		{"sent, forced", true, nil, nil, &one, true, ""},
		{"does not answer", false, nil, down, &one, false, down.Error()},
	} {
		w.known, w.kept, w.fault = tt.known, tt.kept, tt.fault
		out, err := p.Record(t.Context(), RecordOrder{Chain: "c", Raw: raw, Change: tt.change, Beyond: tt.beyond})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || len(out.Others) != 1 {
			t.Errorf("%s: got %+v, %v; want %q", tt.name, out, err, tt.want)
		}
	}
}
