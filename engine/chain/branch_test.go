package chain

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/txlist"
)

// withTxs gives a template two transactions and their branch.
func withTxs(t *testing.T, m *coins.Template) *coins.Template {
	t.Helper()
	tx, err := hex.DecodeString("0200000001" + strings.Repeat("00", 36) + "00ffffffff01" + strings.Repeat("00", 8) + "015100000000")
	if err != nil {
		t.Fatal(err)
	}
	m.Tree.TxCount, m.Tree.TxBlob = 2, append(tx, tx...)
	ids, err := txlist.IDs(m.Tree.TxBlob, 2)
	if err != nil {
		t.Fatal(err)
	}
	m.Tree.Branch = nil
	for _, step := range txlist.Branch(ids) {
		m.Tree.Branch = append(m.Tree.Branch, step)
	}
	return m
}

func TestBranchThatIsNotItsTransactions(t *testing.T) {
	good := func(*coins.CoinbaseTree) {}
	wrong := func(tree *coins.CoinbaseTree) { tree.Branch[1][7] ^= 1 }
	other := func(tree *coins.CoinbaseTree) { tree.TxBlob[4] = 0xff } // another chain's form
	for _, c := range []struct {
		name  string
		sent  []func(*coins.CoinbaseTree)
		lost  bool
		warns bool
	}{
		{"right ones", []func(*coins.CoinbaseTree){good, good, good}, false, false},
		{"wrong after a right one", []func(*coins.CoinbaseTree){good, wrong}, true, false},
		{"never right", []func(*coins.CoinbaseTree){wrong, wrong, wrong}, false, true},
		{"right after a wrong one", []func(*coins.CoinbaseTree){wrong, good, good}, false, true},
		{"transactions of another form", []func(*coins.CoinbaseTree){other, other}, false, false},
		{"one of another form after right ones", []func(*coins.CoinbaseTree){good, other}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				g := start(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, coins.RoleParent)
				for i, change := range c.sent {
					m := withTxs(t, template(uint64(10+i)))
					change(m.Tree)
					g.coin().templates <- m
					g.wait(branchPause / 2)
					if got, _ := g.r.Latest(); got != m {
						t.Errorf("template %d did not reach the miners", i)
					}
					if err := g.r.LastError(); err != nil {
						t.Errorf("template %d was looked at before its job was out: %v", i, err)
					}
					g.wait(time.Second)
				}
				err := g.r.LastError()
				if lost := errors.Is(err, ErrBadWork) && strings.Contains(err.Error(), "step 1 of the merkle branch"); lost != c.lost {
					t.Errorf("got %v, want the coin lost: %t", err, c.lost)
				}
				g.stop()
				if n := strings.Count(log.String(), "merkle branch of the template is not"); n > 1 || (n == 1) != c.warns {
					t.Errorf("told %d times, want it once: %t", n, c.warns)
				}
			})
		})
	}
}
