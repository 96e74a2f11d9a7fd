package wallet

import (
	"encoding/hex"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// replaced puts a transaction into a block that spends the inputs of raw, and pays to.
func (p *purse) replaced(raw []byte, to map[string]string) (by string) {
	p.t.Helper()
	tx, err := p.decode(p.t.Context(), hex.EncodeToString(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	var bare string
	var signed struct{ Hex string }
	p.call("pool", &bare, "createrawtransaction", tx.Vin, to)
	p.call("pool", &signed, "signrawtransactionwithwallet", bare)
	p.call("", nil, "generateblock", testnode.AnyAddress, []string{signed.Hex})
	p.call("", nil, "syncwithvalidationinterfacequeue")
	other, err := p.decode(p.t.Context(), signed.Hex)
	if err != nil {
		p.t.Fatal(err)
	}
	return other.TxID
}

// Another wallet of the same name takes the place of the one that has sent a payment:
// the payment is found in the chain.
func (p *purse) forgotten(t *testing.T, raw []byte, pays []coins.Payment) {
	p.call("", nil, "createwallet", "another")
	another := p.named("another")
	for range 2 {
		var was struct{ Confirmations uint64 }
		p.call("pool", &was, "gettransaction", mustID(t, p, raw))
		want := coins.PaymentStatus{State: coins.PaymentMined, Confirmations: was.Confirmations, By: coins.ByOthers}
		if st, err := another.PaymentStatus(t.Context(), raw, pays); err != nil || st != want {
			t.Errorf("got %+v, %v; want %+v", st, err, want)
		}
		p.mine(1)
	}
}

func mustID(t *testing.T, p *purse, raw []byte) string {
	tx, err := p.decode(t.Context(), hex.EncodeToString(raw))
	if err != nil {
		t.Fatal(err)
	}
	return tx.TxID
}

// A payment that spends the change of another one can never be mined once that one was
// replaced, though nobody has spent what it spends.
func TestReplacedBeneath(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	p := mustPurse(t)
	p.call("", nil, "createwallet", "people")
	var alice, bob string
	p.call("people", &alice, "getnewaddress")
	p.call("people", &bob, "getnewaddress")
	pays := [][]coins.Payment{
		{{Address: alice, Amount: 100_000_000}}, {{Address: bob, Amount: 100_000_000}}, {{Address: alice, Amount: 100_000_000}},
	}
	for _, tt := range []struct {
		name  string
		other map[string]string // what is paid instead of the first
		same  []int
		alter []bool // it pays their addresses other amounts
	}{
		{"nothing", map[string]string{p.own: "5"}, []int{0, 0, 0}, []bool{false, false, false}},
		{"the first, which pays the same as the third", map[string]string{alice: "1", p.own: "5"}, []int{1, 0, 0}, []bool{false, false, false}},
		{"the first and the second", map[string]string{alice: "1", bob: "1", p.own: "5"}, []int{1, 1, 0}, []bool{false, false, false}},
		{"the first with its fee taken from it", map[string]string{alice: "0.999", p.own: "5"}, []int{0, 0, 0}, []bool{true, false, true}},
	} {
		// The wallet has one coin, so that each stands on the one before; the last was
		// never sent, and the wallet does not know it.
		var unspent []struct {
			outpoint
			Amount float64 `json:"amount"`
		}
		p.call("pool", &unspent, "listunspent")
		var others []outpoint
		for i, large := 0, false; i < len(unspent); i++ {
			if !large && unspent[i].Amount > 40 { // a reward: not what a case before has left
				large = true
				continue
			}
			others = append(others, unspent[i].outpoint)
		}
		p.call("pool", nil, "lockunspent", false, others)
		var txs []coins.PreparedPayment
		for i := range pays {
			tx, err := p.Prepare(t.Context(), pays[i], fee)
			if err != nil {
				t.Fatal(err)
			}
			if i < 2 {
				if err := p.Send(t.Context(), tx.Raw); err != nil {
					t.Fatal(err)
				}
			}
			txs = append(txs, tx)
		}
		for i, tx := range txs[:2] {
			if st := p.status(tx.Raw, pays[i]); st.State != coins.PaymentInMempool {
				t.Errorf("%s: %d: got %+v before, want it in the mempool", tt.name, i, st)
			}
		}
		if st := p.status(txs[2].Raw, pays[2]); st.State != coins.PaymentUnknown {
			t.Errorf("%s: not sent: got %+v before, want unknown", tt.name, st)
		}
		by := p.replaced(txs[0].Raw, tt.other)
		p.mine(1)
		for i, tx := range txs {
			want := coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: 2, By: by, Same: tt.same[i]}
			if tt.alter[i] {
				want.By = coins.ByAltered + by
			}
			if st := p.status(tx.Raw, pays[i]); st != want {
				t.Errorf("%s: %d: got %+v, want %+v", tt.name, i, st, want)
			}
			if err := p.Send(t.Context(), tx.Raw); err == nil {
				t.Errorf("%s: %d: the node takes it", tt.name, i)
			}
		}
		p.call("pool", nil, "lockunspent", true)
	}
}
