package wallet

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

func TestAmounts(t *testing.T) {
	for _, tt := range []struct {
		text     json.Number
		decimals uint8
		want     uint64
		bad      bool
	}{
		{"0.00000001", 8, 1, false}, {"1e-08", 8, 1, false}, {"1.5E2", 8, 15_000_000_000, false}, {"0", 8, 0, false}, {"0.10", 1, 1, false},
		{"84000000.00000000", 8, 8_400_000_000_000_000, false}, {"3", 0, 3, false},
		{"1e-09", 8, 0, true}, {"-1", 8, 0, true}, {"1e99", 8, 0, true}, {"", 8, 0, false}, {"x", 8, 0, true},
	} {
		got, err := parse(tt.text, tt.decimals)
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q: got %d, %v; want %d, bad: %t", tt.text, got, err, tt.want, tt.bad)
		}
		if back, err := parse(format(tt.want, tt.decimals), tt.decimals); back != tt.want || err != nil {
			t.Errorf("%d there and back: got %d, %v", tt.want, back, err)
		}
	}
}

func TestSettings(t *testing.T) {
	w, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Prepare(t.Context(), nil, coins.FeePolicy{}); !errors.Is(err, coins.ErrNoWallet) {
		t.Errorf("no wallet: got %v", err)
	}
	var problems coins.Problems
	(&Paying{WalletURL: "127.0.0.1:1"}).CheckWallet(&problems)
	if len(problems) != 2 {
		t.Errorf("bad settings: got %v, want two problems", problems)
	}
	for _, tt := range []struct{ wallet, url, want string }{
		{"a b", "", "http://127.0.0.1:1/wallet/a%20b"},
		{Only, "", "http://127.0.0.1:1"},
		{"x", "http://u:p@127.0.0.2:3", "http://127.0.0.2:3/wallet/x"},
	} {
		w, err := New(Config{Paying: Paying{tt.wallet, tt.url}, Node: nodes.Node{URL: "http://127.0.0.1:1"}})
		if err != nil || w.node.URL() != tt.want {
			t.Errorf("%+v: got %v, %v", tt, w.node.URL(), err)
		}
	}
}

// What is said of a transaction is of its payments, or of any.
func TestReasons(t *testing.T) {
	for reason, want := range map[string]bool{
		"too-long-mempool-chain": true, "mempool full": true, "mempool min fee not met": true, "Transaction has too long of a mempool chain": true,
		"Fee rate (0.1 sat/vB) is lower than the minimum fee rate setting (1 sat/vB)": true, "Insufficient funds": true,
		"dust": false, "scriptpubkey": false, "tx-size": false, "Transaction amount too small": false, "Transaction too large": false,
		"The transaction amount is too small to pay the fee": false, "Invalid Litecoin address: x": false,
	} {
		if got := noFault(reason); got != want {
			t.Errorf("%q: got %t, want %t", reason, got, want)
		}
	}
}

// purse is a litecoind with a wallet of some mature rewards.
type purse struct {
	*Wallet
	node *testnode.Litecoin
	t    *testing.T
	own  string
}

func mustPurse(t *testing.T) *purse {
	t.Helper()
	p := &purse{node: testnode.MustLitecoind(t), t: t}
	p.call("", nil, "createwallet", "pool")
	p.call("pool", &p.own, "getnewaddress")
	p.call("", nil, "generatetoaddress", 104, p.own)
	p.Wallet = p.named("pool")
	return p
}

func (p *purse) named(name string) *Wallet {
	p.t.Helper()
	w, err := New(Config{
		Paying: Paying{Wallet: name}, Node: nodes.Node{URL: p.node.URL, User: p.node.User, Password: p.node.Password},
		Timeout: 20 * time.Second, Decimals: 8,
		Decode: func(a string) coins.Payee { return address.Decode(address.LitecoinRegtest, a) },
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

func (p *purse) call(wallet string, out any, method string, params ...any) {
	p.t.Helper()
	call := p.node.Call
	if wallet != "" {
		call = func(ctx context.Context, out any, method string, params ...any) error {
			return p.node.CallWallet(ctx, wallet, out, method, params...)
		}
	}
	if err := call(p.t.Context(), out, method, params...); err != nil {
		p.t.Fatal(err)
	}
}

func (p *purse) mine(n int) { p.call("", nil, "generatetoaddress", n, testnode.AnyAddress) }

func (p *purse) locked() int {
	var locked []outpoint
	p.call("pool", &locked, "listlockunspent")
	return len(locked)
}

func (p *purse) status(raw []byte, payments []coins.Payment) coins.PaymentStatus {
	p.t.Helper()
	st, err := p.PaymentStatus(p.t.Context(), raw, payments)
	if err != nil {
		p.t.Fatal(err)
	}
	return st
}

var fee = coins.FeePolicy{Rate: 10_000}

// TestPurse follows transactions of a real wallet.
func TestPurse(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	p := mustPurse(t)
	ctx := t.Context()
	one := []coins.Payment{{Address: testnode.AnyAddress, Amount: 123_456_789}}

	t.Run("refused", func(t *testing.T) {
		funds, err := p.Funds(ctx)
		if err != nil || funds == 0 {
			t.Fatalf("funds: %d, %v", funds, err)
		}
		for _, tt := range []struct {
			name     string
			payments []coins.Payment
			fee      coins.FeePolicy
			want     error
		}{
			{"too much", []coins.Payment{{Address: testnode.AnyAddress, Amount: funds + 1}}, fee, coins.ErrWalletPoor},
			{"fee above the limit", one, coins.FeePolicy{Rate: 10_000, Max: 100}, coins.ErrWalletFee},
			{"no address", []coins.Payment{{Address: "x", Amount: 1}}, fee, coins.ErrPayment},
			{"twice", append(one, one...), fee, coins.ErrPayment},
			{"dust", []coins.Payment{{Address: testnode.AnyAddress, Amount: 100}}, fee, coins.ErrPayment},
			{"nothing", []coins.Payment{{Address: testnode.AnyAddress}}, fee, coins.ErrPayment},
		} {
			if _, err := p.Prepare(ctx, tt.payments, tt.fee); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			}
			if n := p.locked(); n != 0 {
				t.Errorf("%s: %d inputs are left locked", tt.name, n)
			}
		}
		// An address that the node does not know (a taproot address and an old node, say)
		// is a fault of that payment, and must not hold up the others.
		wide := *p.Wallet
		wide.cfg.Decode = func(a string) coins.Payee { return address.Decode(address.LitecoinTest, a) }
		strange := []coins.Payment{{Address: "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0", Amount: 1_000_000}}
		if _, err := wide.Prepare(ctx, append(strange, one...), fee); !errors.Is(err, coins.ErrPayment) {
			t.Errorf("an address that the node does not know: got %v, want ErrPayment", err)
		}
		// What would be said of any payment is no fault of this one.
		for name, rate := range map[string]uint64{"min relay fee not met": 100, "max-fee-exceeded": 50_000_000} {
			_, err := p.Prepare(ctx, one, coins.FeePolicy{Rate: rate})
			if err == nil || errors.Is(err, coins.ErrPayment) || !strings.Contains(err.Error(), name) || p.locked() != 0 {
				t.Errorf("fee rate %d: got %v, %d locked; want %q, no ErrPayment", rate, err, p.locked(), name)
			}
		}
		// This goes by the size, which may be that of one payment.
		if _, err := p.Prepare(ctx, one, coins.FeePolicy{Rate: 1_000_000_000}); !errors.Is(err, coins.ErrPayment) || !strings.Contains(err.Error(), "Fee exceeds maximum") {
			t.Errorf("more than the wallet may ever give: got %v, want ErrPayment", err)
		}
		if _, err := p.named("other").Funds(ctx); err == nil {
			t.Error("a wallet that is not loaded has funds")
		}
	})

	t.Run("sent", func(t *testing.T) {
		tx, err := p.Prepare(ctx, one, fee)
		if err != nil {
			t.Fatal(err)
		}
		if tx.Fee == 0 || p.locked() == 0 {
			t.Errorf("prepared: fee %d, %d inputs locked", tx.Fee, p.locked())
		}
		if st := p.status(tx.Raw, one); st.State != coins.PaymentUnknown {
			t.Errorf("not sent: got %v", st)
		}
		for range 3 {
			if err := p.Send(ctx, tx.Raw); err != nil {
				t.Fatal(err)
			}
		}
		if st := p.status(tx.Raw, one); st != (coins.PaymentStatus{State: coins.PaymentInMempool}) {
			t.Errorf("sent: got %v", st)
		}
		p.mine(2)
		if st := p.status(tx.Raw, one); st.State != coins.PaymentMined || st.Confirmations != 2 {
			t.Errorf("mined: got %v", st)
		}
		if err := p.Send(ctx, tx.Raw); err != nil {
			t.Errorf("sent again when it is mined: %v", err)
		}
		p.forgotten(t, tx.Raw, one)
	})

	t.Run("reserved", func(t *testing.T) {
		kept, err := p.Prepare(ctx, one, fee)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Prepare(ctx, one, fee); err != nil { // never written down
			t.Fatal(err)
		}
		both := p.locked()
		for range 2 {
			if err := p.Reserve(ctx, [][]byte{kept.Raw}); err != nil {
				t.Fatal(err)
			}
			if n := p.locked(); n == 0 || n >= both {
				t.Errorf("%d inputs are locked, want those of one transaction of two that have %d", n, both)
			}
			p.call("pool", nil, "lockunspent", true) // as a restart of the node does
		}
		if err := p.Reserve(ctx, nil); err != nil || p.locked() != 0 {
			t.Errorf("nothing to keep: %v, %d locked", err, p.locked())
		}
	})

	// The wallet's owner spends the input of a payment that is not sent.
	for _, same := range []bool{false, true} {
		t.Run("conflicted", func(t *testing.T) {
			tx, err := p.Prepare(ctx, one, fee)
			if err != nil {
				t.Fatal(err)
			}
			to := map[string]string{p.own: "1"}
			if same {
				to[testnode.AnyAddress] = "1.23456789"
			}
			decoded, err := p.decode(ctx, hex.EncodeToString(tx.Raw))
			if err != nil {
				t.Fatal(err)
			}
			var raw string
			var signed struct{ Hex string }
			p.call("pool", &raw, "createrawtransaction", decoded.Vin, to)
			p.call("pool", &signed, "signrawtransactionwithwallet", raw)
			p.call("pool", nil, "sendrawtransaction", signed.Hex, 0)
			if err := p.Send(ctx, tx.Raw); err == nil {
				t.Error("the node has taken two transactions with one input")
			}
			if st := p.status(tx.Raw, one); st.State != coins.PaymentUnknown {
				t.Errorf("conflicted in the mempool: got %v", st)
			}
			p.mine(3)
			want := coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: 3}
			if same {
				want.Same = 1
			}
			st := p.status(tx.Raw, one)
			if want.By = st.By; st != want || st.By == "" {
				t.Errorf("conflicted: got %+v, want %+v and which", st, want)
			}
		})
	}

	// A payment to an address of the wallet is sent by it all the same; what others
	// have sent to it is not.
	t.Run("received", func(t *testing.T) {
		own := []coins.Payment{{Address: p.own, Amount: 123_456_789}}
		tx, err := p.Prepare(ctx, own, fee)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Send(ctx, tx.Raw); err != nil {
			t.Fatal(err)
		}
		sent, err := p.decode(ctx, hex.EncodeToString(tx.Raw))
		if err != nil || len(sent.Vout) != 2 {
			t.Fatalf("got %+v, %v; want a payment and change", sent, err)
		}
		change := 0
		if w := p.outputs(sent)[0]; w == p.outputOf(own[0]) {
			change = 1
		}
		if kept, known, err := p.Kept(ctx, tx.Raw); err != nil || !known || !slices.Equal(kept, []int{change}) {
			t.Errorf("kept: got %v, %t, %v; want output %d", kept, known, err, change)
		}
		var id string
		var theirs struct{ Hex string }
		p.call("", nil, "createwallet", "others")
		var to string
		p.call("others", &to, "getnewaddress")
		p.call("pool", nil, "sendtoaddress", to, 5)
		p.mine(1)
		p.call("others", &id, "sendtoaddress", p.own, 1)
		p.call("", nil, "syncwithvalidationinterfacequeue")
		p.call("pool", &theirs, "gettransaction", id)
		raw, err := hex.DecodeString(theirs.Hex)
		if err != nil {
			t.Fatal(err)
		}
		if kept, known, err := p.Kept(ctx, raw); err != nil || known {
			t.Errorf("kept of what others have sent: got %v, %t, %v; want not known", kept, known, err)
		}
		for _, where := range []coins.PaymentState{coins.PaymentInMempool, coins.PaymentMined} {
			if st := p.status(raw, own); st.State != where || st.By != coins.ByOthers {
				t.Errorf("sent by others, %v: got %+v", where, st)
			}
			p.mine(1)
			if st := p.status(tx.Raw, own); st.State != coins.PaymentMined || st.By != "" {
				t.Errorf("to itself: got %+v", st)
			}
		}
	})

	t.Run("locked", func(t *testing.T) {
		p.call("pool", nil, "encryptwallet", "secret")
		if _, err := p.Prepare(ctx, one, fee); !errors.Is(err, coins.ErrWalletLocked) {
			t.Errorf("got %v, want ErrWalletLocked", err)
		}
		if n := p.locked(); n != 0 {
			t.Errorf("%d inputs are left locked", n)
		}
	})

	t.Run("network", func(t *testing.T) {
		w := *p.Wallet
		w.cfg.Genesis = []coins.Hash{{1}}
		if _, err := w.Prepare(ctx, one, fee); !errors.Is(err, coins.ErrWalletNetwork) {
			t.Errorf("got %v, want ErrWalletNetwork", err)
		}
		if err := w.Send(ctx, nil); !errors.Is(err, coins.ErrWalletNetwork) {
			t.Errorf("send: got %v, want ErrWalletNetwork", err)
		}
	})
}
