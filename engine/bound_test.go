package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/internal/simchain"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// payingDriver makes a simulated auxiliary chain one that pays, at addresses that
// begin with D and are none of the parent's.
type payingDriver struct {
	coins.Driver
	wallet *wordWallet
}

type payingCoin struct {
	coins.Aux
	*wordWallet
}

func (d payingDriver) Open(ctx context.Context, s coins.Settings) (coins.Coin, error) {
	c, err := d.Driver.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return payingCoin{c.(coins.Aux), d.wallet}, nil
}

func (payingCoin) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	if !strings.HasPrefix(a, "D") {
		return coins.Payee{Reason: "should begin with D"}, nil
	}
	return coins.Payee{Valid: true, Address: a, Script: []byte(a)}, nil
}

var _ coins.Wallet = payingCoin{}

// wordWallet pays by its word; what is sent is mined at once.
type wordWallet struct {
	mu   sync.Mutex
	made map[string][]coins.Payment // by transaction
	sent map[string]bool
}

func (w *wordWallet) Funds(context.Context) (uint64, error)   { return 1 << 62, nil }
func (w *wordWallet) Reserve(context.Context, [][]byte) error { return nil }
func (w *wordWallet) Send(_ context.Context, raw []byte) error {
	return w.locked(func() { w.sent[string(raw)] = true })
}
func (w *wordWallet) locked(do func()) error { w.mu.Lock(); defer w.mu.Unlock(); do(); return nil }

func (w *wordWallet) Prepare(_ context.Context, p []coins.Payment, _ coins.FeePolicy) (out coins.PreparedPayment, err error) {
	err = w.locked(func() {
		id := fmt.Sprint("tx", len(w.made))
		w.made[id] = p
		out = coins.PreparedPayment{TxID: id, Raw: []byte(id)}
	})
	return out, err
}

func (w *wordWallet) PaymentStatus(_ context.Context, raw []byte, _ []coins.Payment) (st coins.PaymentStatus, err error) {
	st.State = coins.PaymentUnknown
	err = w.locked(func() {
		if w.sent[string(raw)] {
			st = coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1000}
		}
	})
	return st, err
}

// received is what each address was sent.
func (w *wordWallet) received() map[string]uint64 {
	sums := map[string]uint64{}
	_ = w.locked(func() {
		for id := range w.sent {
			for _, p := range w.made[id] {
				sums[p.Address] += p.Amount
			}
		}
	})
	return sums
}

// TestAuxiliaryRewardsArePaidWhereMinersSay mines an auxiliary chain on a real
// Litecoin: for an account whose name holds the other chain's address, one that
// binds it by a message signed with the real wallet, and one that does so late.
func TestAuxiliaryRewardsArePaidWhereMinersSay(t *testing.T) {
	t.Parallel()
	node := testnode.MustLitecoind(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var pool string
	must(node.Call(t.Context(), nil, "createwallet", "pool"))
	must(node.Call(t.Context(), nil, "createwallet", "miners"))
	must(node.CallWallet(t.Context(), "pool", &pool, "getnewaddress"))
	var at [3]string // litecoin's addresses
	for i := range at {
		must(node.CallWallet(t.Context(), "miners", &at[i], "getnewaddress", "", "legacy"))
	}
	accounts := [3]string{at[0] + "/doge:D0", at[1], at[2]}

	settings := nodeSettings(node.URL, node.User, node.Password)
	settings["wallet"] = "pool"
	doge := &side{name: "doge", cfg: simchain.Config{Dialect: simchain.Dogecoin, ChainID: 98, Bits: each8}, settings: map[string]any{"maturity": 2}}
	m := &merged{t: t, algo: "scrypt"}
	aux := m.mustSide(doge)
	wallet := &wordWallet{made: map[string][]coins.Payment{}, sent: map[string]bool{}}
	aux.Driver = payingDriver{aux.Driver, wallet}
	cfg := testPool("litecoin", pool, "doge")
	cfg.Reward, cfg.FeeBPS = "prop", 100
	o := configs.DefaultPayouts()
	o.Every, o.Confirmations = configs.Duration(31*24*time.Hour), 1
	o.Chains = map[string]configs.PayoutChain{"litecoin": {Minimum: "0.01", FeeRate: "0.0001"}, "doge": {}}
	cfg.Payouts = &o
	r := mustRun(t, Config{
		Coins: map[string]CoinConfig{"litecoin": mustCoin(t, "litecoin", "regtest", settings), "doge": aux},
		Pools: map[string]configs.Pool{"p": cfg},
	})
	web := httptest.NewServer(r.engine.SettingsHandler())
	defer web.Close()

	// Three miners, two of which know nothing of the other chain.
	users := [3]string{at[0] + "/D0.rig", at[1] + ".rig", at[2]}
	var miners [3]*client
	for i, user := range users {
		miners[i] = mustClient(t, r.addr, "scrypt", user)
	}
	owed := func(chain string, i int) uint64 {
		b, err := r.engine.ledger.Balance("p", chain, accounts[i])
		if err != nil {
			return 0
		}
		return uint64(max(b.Owed(), 0))
	}
	// has reports whether an account has a part of a block that is on its chain.
	has := func(chain string, i int) bool {
		blocks, err := r.engine.ledger.Blocks(ledger.Filter{Pool: "p", Chain: chain, State: "accepted"}, 0, 1000)
		must(err)
		return slices.ContainsFunc(blocks, func(b ledger.Block) bool {
			split, err := r.engine.ledger.Split(chain, b.Hash)
			return err == nil && slices.ContainsFunc(split.Parts, func(p ledger.Part) bool { return p.Account == accounts[i] })
		})
	}
	r.until("everybody has a part of a block of the auxiliary chain, and the first of the parent's", func() bool {
		done := true
		for i, c := range miners {
			if !has("doge", i) || i == 0 && !has("litecoin", i) {
				c.mine(users[i])
				done = false
			}
		}
		return done
	})
	height := doge.node.Height() + 3
	r.until("blocks on top of those", func() bool {
		miners[0].mine(users[0])
		return doge.node.Height() >= height
	})
	for _, c := range miners { // so that nothing new is found
		c.Close()
	}
	must(node.Call(t.Context(), nil, "generatetoaddress", 120, testnode.AnyAddress))
	r.until("blocks of both chains are mature", func() bool {
		return owed("doge", 0) > 0 && owed("doge", 1) > 0 && owed("doge", 2) > 0 && owed("litecoin", 0) > 0
	})
	// paid is what left for an account; blocks may mature at any moment, so what it
	// was owed before is the least that it can be.
	paid := func(chain string, i int) uint64 {
		b, err := r.engine.ledger.Balance("p", chain, accounts[i])
		must(err)
		return b.Paid + b.Sending
	}
	bind := func(i int, address string) {
		t.Helper()
		where := web.URL + "/api/v1/pools/p/accounts/" + url.PathEscape(accounts[i]) + "/settings"
		reply, err := http.Get(where + "/message?pay.doge=" + address)
		must(err)
		text, err := io.ReadAll(reply.Body)
		reply.Body.Close()
		must(err)
		var signature string
		must(node.CallWallet(t.Context(), "miners", &signature, "signmessage", at[i], string(text)))
		body, err := json.Marshal(map[string]string{"message": string(text), "signature": signature})
		must(err)
		reply, err = http.Post(where, "application/json", bytes.NewReader(body))
		must(err)
		defer reply.Body.Close()
		if said, _ := io.ReadAll(reply.Body); reply.StatusCode != http.StatusOK || !strings.Contains(string(said), address) {
			t.Fatalf("message %q: %s %s", text, reply.Status, said)
		}
	}
	bind(1, "D1")

	plan := map[string]payout.Plan{}
	for _, p := range r.engine.payer.Plans() {
		plan[p.Chain] = p
	}
	before := [3]uint64{owed("doge", 0), owed("doge", 1), owed("doge", 2)}
	out, err := r.engine.payer.Propose(t.Context(), plan["doge"])
	if err != nil || len(out.Skipped) != 1 || out.Skipped[0].Account != accounts[2] || out.Skipped[0].Amount < before[2] ||
		!strings.Contains(out.Skipped[0].Reason, "no address of doge is bound") {
		t.Errorf("proposal: got %+v, %v; want the third account kept", out, err)
	}
	must(r.engine.payer.Round(t.Context(), plan["doge"]))
	want := map[string]uint64{"D0": paid("doge", 0), "D1": paid("doge", 1)}
	if got := wallet.received(); !maps.Equal(got, want) || got["D0"] < before[0] || got["D1"] < before[1] {
		t.Errorf("received: got %v, want %v and at least %v", got, want, before)
	}
	if got := owed("doge", 2); got < before[2] || paid("doge", 2) != 0 {
		t.Errorf("the third account is owed %d and paid %d, want %d kept", got, paid("doge", 2), before[2])
	}
	bind(2, "D2")
	must(r.engine.payer.Round(t.Context(), plan["doge"]))
	want = map[string]uint64{"D0": paid("doge", 0), "D1": paid("doge", 1), "D2": paid("doge", 2)}
	if got := wallet.received(); !maps.Equal(got, want) || got["D2"] < before[2] {
		t.Errorf("received after the third has bound an address: got %v, want %v and at least %v", got, want, before)
	}

	// The parent pays the address before the slash, from the real wallet.
	due := owed("litecoin", 0)
	must(r.engine.payer.Round(t.Context(), plan["litecoin"]))
	must(node.Call(t.Context(), nil, "generatetoaddress", 1, testnode.AnyAddress))
	var got json.Number
	must(node.CallWallet(t.Context(), "miners", &got, "getreceivedbyaddress", at[0], 1))
	if sum := paid("litecoin", 0); got.String() != payout.Text(sum, 8) || sum < due {
		t.Errorf("the first miner's own address received %s, want %s and at least %d", got, payout.Text(sum, 8), due)
	}
}
