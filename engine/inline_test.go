package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/job"
)

// town is chains whose addresses begin with their first letter, in either case;
// regtest chains take those that begin with r.
type town struct {
	down  map[string]bool
	asked int
	seen  []string
}

func (n *town) address(_ context.Context, name, address string) (coins.Payee, error) {
	n.asked++
	if n.down[name] {
		return coins.Payee{}, fmt.Errorf("coin %s: %w", name, chain.ErrDown)
	}
	address = strings.ToLower(address)
	if len(address) < 2 || !strings.HasPrefix(address, name[:1]) && !strings.HasPrefix(address, "r") {
		return coins.Payee{Reason: "checksum is wrong"}, nil
	}
	return coins.Payee{Valid: true, Address: address, Script: []byte(address)}, nil
}

// accounts of a pool that mines dogecoin and namecoin beside litecoin.
func (n *town) accounts(payout string) *accounts {
	var pool *job.Payee
	if payout == "pool" {
		pool = job.NewPayee("operator", []byte("operator"))
	}
	a := newAccounts(pool, false, func(ctx context.Context, address string) (coins.Payee, error) {
		return n.address(ctx, "litecoin", address)
	})
	a.inline = &inline{
		parent: "litecoin", chains: []string{"dogecoin", "namecoin"}, known: map[string]string{}, address: n.address,
		seen: func(account string) bool { return slices.Contains(n.seen, account) },
	}
	return a
}

func TestInlineNames(t *testing.T) {
	for _, c := range []struct{ user, account, worker, wrong string }{
		{"L1", "l1", "", ""},
		{"L1.rig", "l1", "rig", ""},
		{"L1/D1.rig", "l1/dogecoin:d1", "rig", ""},
		{"L1%2FD1_rig", "l1/dogecoin:d1", "rig", ""},
		{"L1/N1/D1", "l1/dogecoin:d1/namecoin:n1", "", ""},
		{"L1/D1/N1", "l1/dogecoin:d1/namecoin:n1", "", ""},
		{"L1/Namecoin:R1/dogecoin:R1.1", "l1/dogecoin:r1/namecoin:r1", "1", ""},
		{"L1/r1", "", "", "dogecoin:r1 or namecoin:r1"},
		{"L1/X1", "", "", "no address of dogecoin, namecoin, which this pool mines beside litecoin"},
		{"L1/D1/d2", "", "", "two addresses of dogecoin"},
		{"L1/D1/N1/N2", "", "", "3 addresses"},
		{"L1/", "", "", "an address is missing"},
		{"L1/dogecoin:", "", "", "an address is missing"},
		{"L1/dogecoin:N1", "", "", "checksum is wrong"},
		{"L1/monacoin:M1", "", "", `does not mine "monacoin"`},
		{"X1/D1", "", "", "cannot be paid"},
		{"/D1", "", "", "cannot be paid"},
		{strings.Repeat("L", 129), "", "", "longer than 128"},
		{"L1/D" + strings.Repeat("1", 200) + ".rig", "l1/dogecoin:d" + strings.Repeat("1", 200), "rig", ""},
		{"L1/D" + strings.Repeat("1", 600), "", "", "longer than 512"},
	} {
		a := (&town{}).accounts("miner")
		w, err := a.authorize(t.Context(), c.user)
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: got %v, want %q", c.user, err, c.wrong)
			}
		case err != nil || w.account != c.account || w.name != c.worker:
			t.Errorf("%s: got %+v, %v; want %s, %s", c.user, w, err, c.account, c.worker)
		case w.payee.Address != "l1":
			t.Errorf("%s: blocks pay %s, want the parent's address", c.user, w.payee.Address)
		}
	}
}

// What was found out once is not asked again, whoever the parent's address is of.
func TestInlineIsRemembered(t *testing.T) {
	n := &town{}
	a := n.accounts("pool")
	for i, user := range []string{"L1/D1.a", "L1/D1.b", "L2/D1"} {
		if _, err := a.authorize(t.Context(), user); err != nil {
			t.Fatal(err)
		}
		if want := []int{3, 3, 4}[i]; n.asked != want { // the parent once for each address
			t.Errorf("%s: %d questions so far, want %d", user, n.asked, want)
		}
	}
}

// While a coin is down nobody is given another account than he will have later.
func TestInlineWhileACoinIsDown(t *testing.T) {
	for _, c := range []struct {
		name, user string
		down       []string
		seen       []string
		account    string // empty: refused
	}{
		{"its own chain", "L1/D1", []string{"dogecoin"}, nil, ""},
		{"another chain that might take it as well", "L1/D1", []string{"namecoin"}, nil, ""},
		{"another chain, and the name says which", "L1/dogecoin:D1", []string{"namecoin"}, nil, "l1/dogecoin:d1"},
		{"its own chain, and the name says which", "L1/dogecoin:d1", []string{"dogecoin"}, nil, ""},
		{"mined here before", "L1/d1", []string{"dogecoin"}, []string{"l1/dogecoin:d1"}, "l1/dogecoin:d1"},
		{"another chain, mined here before", "L1/D1", []string{"namecoin"}, []string{"l1/dogecoin:d1"}, "l1/dogecoin:d1"},
		{"mined here before, both", "L1/n1/d1", []string{"dogecoin", "namecoin"}, []string{"l1/dogecoin:d1/namecoin:n1"}, "l1/dogecoin:d1/namecoin:n1"},
		{"mined here under two names", "L1/r1", []string{"dogecoin"}, []string{"l1/dogecoin:r1", "l1/namecoin:r1"}, ""},
		{"somebody else has", "L1/d1", []string{"dogecoin"}, []string{"l2/dogecoin:d1"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &town{down: map[string]bool{}, seen: c.seen}
				for _, name := range c.down {
					n.down[name] = true
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				w, err := n.accounts("miner").authorize(ctx, c.user)
				switch {
				case c.account == "":
					if err == nil || !errors.Is(err, chain.ErrDown) || !strings.Contains(err.Error(), c.down[0]+" is down") {
						t.Errorf("got %+v, %v; want a word that %v is down", w, err, c.down)
					}
				case err != nil || w.account != c.account:
					t.Errorf("got %+v, %v; want %s", w, err, c.account)
				}
			})
		})
	}
}

// A coin that comes back within the time of a login is asked again.
func TestInlineWaitsForACoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &town{down: map[string]bool{"dogecoin": true}}
		a := n.accounts("miner")
		a.inline.address = func(ctx context.Context, name, address string) (coins.Payee, error) {
			n.down["dogecoin"] = n.asked < 5
			return n.address(ctx, name, address)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if w, err := a.authorize(ctx, "L1/D1"); err != nil || w.account != "l1/dogecoin:d1" {
			t.Errorf("got %+v, %v", w, err)
		}
	})
}
