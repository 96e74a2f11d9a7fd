package payout

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// set folds settings of an account.
func (b *books) set(account, by string, at int64, set ...sharelog.Setting) {
	b.append(func(batch *sharelog.Batch) {
		batch.Settings(&sharelog.Settings{Time: at, Stated: at, Pool: "p", Account: account, By: by, Set: set})
	})
}

func TestAddressOf(t *testing.T) {
	set := ledger.Settings{Payout: map[string]ledger.Payout{"d": {Address: "set", By: ledger.ByOwner}, "e": {Address: "hand", By: ledger.ByOperator}}}
	for _, c := range []struct{ account, chain, address, why string }{
		{"L", "c", "L", Itself}, {"L", "d", "set", Signed}, {"L", "e", "hand", Operator},
		{"L/d:D", "c", "L", Itself}, {"L/d:D", "d", "D", Inline}, {"L/d:D", "e", "hand", Operator},
	} {
		if address, why := AddressOf(c.account, c.chain, &set); address != c.address || why != c.why {
			t.Errorf("%s on %s: got %s, %s; want %s, %s", c.account, c.chain, address, why, c.address, c.why)
		}
	}
	if address, why := AddressOf("L", "d", &ledger.Settings{}); address != "L" || why != Itself {
		t.Errorf("never set: got %s, %s", address, why)
	}
}

// Everybody is paid where he said, whoever said nothing is kept what he is owed
// until he does.
func TestBoundAddressesArePaid(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	for account, amount := range map[string]uint64{"L1/c:addr1": 1000, "L2": 2000, "L3": 3000, "L1": 400, "L1/c:addr9": 500} {
		b.earn(account, amount)
	}
	b.set("L2", ledger.ByOwner, 1, sharelog.Setting{Key: ledger.SetPayout, Chain: "c", Address: "addr2"})
	// The owner of the same parent address binds another one: what was earned under
	// names that hold an address is not his.
	b.set("L1", ledger.ByOwner, 1, sharelog.Setting{Key: ledger.SetPayout, Chain: "c", Address: "addr3"})
	w := newFakeChain()
	out, err := b.payer(w, nil, plan).Propose(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for _, d := range out.Pay {
		why[d.Account] = d.Address + " " + d.Why
	}
	want := map[string]string{"L1/c:addr1": "addr1 " + Inline, "L1/c:addr9": "addr9 " + Inline, "L1": "addr3 " + Signed, "L2": "addr2 " + Signed}
	if !maps.Equal(why, want) {
		t.Errorf("proposal: got %v, want %v", why, want)
	}
	if len(out.Skipped) != 1 || out.Skipped[0].Account != "L3" || out.Skipped[0].Amount != 3000 ||
		!strings.Contains(out.Skipped[0].Reason, "no address of c is bound") {
		t.Errorf("skipped: got %+v, want L3 and how to bind an address", out.Skipped)
	}
	if err := b.round(w, plan); err != nil {
		t.Fatal(err)
	}
	if owed, _, _ := b.owed("L3"); owed != 3000 {
		t.Errorf("unbound: owed %d, want all 3000", owed)
	}
	b.set("L3", ledger.ByOwner, 1, sharelog.Setting{Key: ledger.SetPayout, Chain: "c", Address: "addr4"})
	if err := b.round(w, plan); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	paid := map[string]uint64{"addr1": 1000, "addr2": 2000, "addr3": 400, "addr4": 3000, "addr9": 500}
	if got := w.received(); !maps.Equal(got, paid) {
		t.Errorf("received: got %v, want %v", got, paid)
	}
}

// The minimum is of the address, and an account's own can only be higher; one that
// asks for more than there is waits alone.
func TestMinimumIsOfTheAddress(t *testing.T) {
	minimum := func(units uint64) sharelog.Setting {
		return sharelog.Setting{Key: ledger.SetMinimum, Chain: "c", Amount: units}
	}
	for _, c := range []struct {
		name string
		owed map[string]uint64 // minimum of the pool: 100
		own  map[string]uint64
		want map[string]uint64
	}{
		{"together", map[string]uint64{"addr1": 60, "addr1/d:D": 40, "addr2": 99}, nil, map[string]uint64{"addr1": 100}},
		{"lower than the pool's", map[string]uint64{"addr1": 60}, map[string]uint64{"addr1": 50}, map[string]uint64{}},
		{"higher, not reached", map[string]uint64{"addr1": 200}, map[string]uint64{"addr1": 201}, map[string]uint64{}},
		{"higher, reached together", map[string]uint64{"addr1": 150, "addr1/d:D": 51}, map[string]uint64{"addr1": 201}, map[string]uint64{"addr1": 201}},
		{"one waits alone", map[string]uint64{"addr1": 150, "addr1/d:D": 50}, map[string]uint64{"addr1/d:D": 1 << 62}, map[string]uint64{"addr1": 150}},
		{"the rest is too little", map[string]uint64{"addr1": 99, "addr1/d:D": 50}, map[string]uint64{"addr1/d:D": 1 << 62}, map[string]uint64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := mustBooks(t, t.TempDir())
			defer b.stop()
			for account, amount := range c.owed {
				b.earn(account, amount)
			}
			for account, units := range c.own {
				b.set(account, ledger.ByOwner, 1, minimum(units))
			}
			w := newFakeChain()
			if err := b.round(w, plan); err != nil {
				t.Fatal(err)
			}
			w.mine(1)
			if got := w.received(); !maps.Equal(got, c.want) {
				t.Errorf("received: got %v, want %v", got, c.want)
			}
		})
	}
}

// However many accounts share an address, a payment's record fits the log, and
// what is left waits.
func TestManyAccountsOfOneAddress(t *testing.T) {
	var all group
	for i := range maxAccounts + 5 {
		all = append(all, Due{PaymentOutput: sharelog.PaymentOutput{Account: fmt.Sprint(i), Address: "a", Amount: uint64(1 + i)}})
	}
	got := all.due(100)
	if len(got) != maxAccounts || got[0].Amount != maxAccounts+5 || got[maxAccounts-1].Amount != 6 {
		t.Errorf("got %d accounts, %d to %d; want the %d that are owed most", len(got), got[len(got)-1].Amount, got[0].Amount, maxAccounts)
	}
	two := append(got, Due{PaymentOutput: sharelog.PaymentOutput{Address: "b"}}, Due{PaymentOutput: sharelog.PaymentOutput{Address: "c"}})
	now, later := cut(two, 5)
	if len(now) != maxAccounts || len(later) != 2 {
		t.Errorf("cut: got %d and %d", len(now), len(later))
	}
	if now, later = cut(later, 1); len(now) != 1 || len(later) != 1 {
		t.Errorf("one address: got %d and %d", len(now), len(later))
	}
}

// An account whose block is orphaned between the proposal and its batch is left
// out, with all of its address.
func TestOrphanWithinARound(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	hash := b.earn("addr2", 1000)
	b.earn("addr2/d:D", 1000)
	b.earn("addr3", 1000)
	w := newFakeChain()
	one := plan
	one.Batch = 1
	orphan := func(point string) error {
		if point == "sent" {
			b.state(hash, "addr2", "orphaned", 1000)
		}
		return nil
	}
	if err := b.payer(w, orphan, one).Round(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	if got, want := w.received(), map[string]uint64{"addr1": 1000, "addr3": 1000}; !maps.Equal(got, want) {
		t.Errorf("received: got %v, want %v", got, want)
	}
}
