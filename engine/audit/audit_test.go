package audit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// mustFold folds a log into a ledger.
func mustFold(t *testing.T, dir string, log *sharelog.Log) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(filepath.Join(dir, "db"), log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	if err := l.Sync(ctx, log.End()); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return l
}

// paidOf is what a ledger says of a block.
func paidOf(t *testing.T, l *ledger.Ledger, chain string, hash [32]byte) *Paid {
	t.Helper()
	b, err := l.Block(chain, hash)
	if err != nil {
		t.Fatal(err)
	}
	p := &Paid{State: b.State, Reward: b.Reward}
	s, err := l.Split(chain, hash)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		t.Fatal(err)
	}
	p.Known, p.Operator, p.Direct = err == nil, s.Pool, s.Direct
	for _, part := range s.Parts {
		p.Parts = append(p.Parts, PaidPart{part.Account, part.Amount})
	}
	return p
}

// rowsOf are all balances of a chain by a ledger.
func rowsOf(t *testing.T, l *ledger.Ledger, chain string, pools ...string) (rows []Account) {
	t.Helper()
	add := func(pool, account string, operator bool, b ledger.Balance) {
		rows = append(rows, Account{
			Pool: pool, Account: account, Operator: operator, Immature: b.Immature, Mature: b.Mature, Shares: b.Shares.Units,
			Fraction: b.Shares.Fraction, Paid: b.Paid, Sending: b.Sending, Coinbase: b.Coinbase, Owed: b.Owed(),
		})
	}
	for _, pool := range pools {
		if b, err := l.Operator(pool, chain); err == nil {
			add(pool, "", true, b)
		}
		var after *ledger.BalanceRow
		for {
			page, err := l.Balances(pool, chain, after, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				add(pool, r.Account, false, r.Balance)
			}
			after = &page[len(page)-1]
		}
	}
	return rows
}

// stream writes what a pool may write, in a random order.
type stream struct {
	rng    *rand.Rand
	blocks []sharelog.Block
	pays   uint64
	terms  map[string]bool
	stated int64
}

func pick(rng *rand.Rand, s ...string) string { return s[rng.IntN(len(s))] }

func (s *stream) records(b *sharelog.Batch) {
	pool := pick(s.rng, "p", "p", "q")
	account := fmt.Sprint("account", s.rng.IntN(6)*s.rng.IntN(2))
	chain := pick(s.rng, "c", "c", "d")
	switch n := s.rng.IntN(20); {
	case n < 10:
		for range 1 + s.rng.IntN(6) {
			b.Share(&sharelog.Share{Pool: pool, Account: fmt.Sprint("account", s.rng.IntN(6)), Worker: "w", Difficulty: float64(s.rng.IntN(50)) / 4})
		}
	case n == 11:
		b.Rejects(&sharelog.Rejects{Pool: pool, Account: account, Worker: "w", Reason: "stale", Count: 1})
	case n == 12 || n == 13:
		j := sharelog.Job{Pool: pool}
		absent := pick(s.rng, "c", "d", "", "", "")
		for _, c := range []string{"c", "d"} {
			if c == absent {
				continue
			}
			j.Chains = append(j.Chains, sharelog.JobChain{Name: c, Height: s.rng.Uint64N(5), Difficulty: float64(20 + s.rng.IntN(100)), Reward: s.rng.Uint64N(1e6), Fees: s.rng.Uint64N(1000)})
		}
		b.Job(&j)
	case n == 14:
		b.Terms(&sharelog.Terms{
			Pool: pool, Chain: chain, Scheme: pick(s.rng, append(reward.Names, "prop", "prop", "pplns")...), FeeBPS: uint32(s.rng.IntN(300)),
			Window: uint64(s.rng.IntN(3)) * 1_500_000, Payout: pick(s.rng, "pool", "pool", "miner", "coinbase"),
		})
		s.terms[pool+"/"+chain] = true
	case n == 15 || n == 16:
		s.newBlock(b, pool, chain, account)
	case (n == 17 || n == 10) && len(s.blocks) > 0:
		old := s.blocks[s.rng.IntN(len(s.blocks))]
		old.State = pick(s.rng, "pending", "received", "accepted", "orphaned", "mature", "mature", "lost", "refused")
		old.Confirmations = s.rng.Uint64N(100)
		b.Block(&old)
	case n == 18 && s.terms[pool+"/"+chain]:
		s.payment(b, pool, chain)
	case n == 19:
		s.stated++
		b.Settings(&sharelog.Settings{
			Stated: s.stated - s.rng.Int64N(3), Pool: pool, Account: account, By: pick(s.rng, "owner", "operator"),
			Set: []sharelog.Setting{{Key: "donation", Amount: s.rng.Uint64N(12_000)}},
		})
	}
}

func (s *stream) newBlock(b *sharelog.Batch, pool, chain, account string) {
	var hash [32]byte
	for i := range hash {
		hash[i] = byte(s.rng.Uint32())
	}
	late := func() {}
	if s.rng.IntN(3) == 0 {
		c := sharelog.Coinbase{Pool: pool, Chain: chain, Hash: hash, Operator: s.rng.Uint64N(50)}
		for range s.rng.IntN(4) {
			c.Outputs = append(c.Outputs, sharelog.CoinbaseOutput{Account: fmt.Sprint("account", s.rng.IntN(9)), Amount: s.rng.Uint64N(1000)})
		}
		if s.rng.IntN(3) == 0 {
			late = func() { b.Coinbase(&c) }
		} else {
			b.Coinbase(&c)
		}
	}
	row := sharelog.Block{Pool: pool, Chain: chain, Hash: hash, Height: s.rng.Uint64N(100), State: pick(s.rng, "pending", "received"), Account: account, Reward: s.rng.Uint64N(1e9), Fees: s.rng.Uint64N(1e6)}
	s.blocks = append(s.blocks, row)
	b.Block(&row)
	late()
}

func (s *stream) payment(b *sharelog.Batch, pool, chain string) {
	if s.pays > 0 && s.rng.IntN(2) == 0 {
		b.Payment(&sharelog.Payment{ID: 1 + s.rng.Uint64N(s.pays), Pool: pool, Chain: chain, State: pick(s.rng, "prepared", "sent", "confirmed", "failed"), TxID: "t"})
		return
	}
	s.pays++
	p := sharelog.Payment{ID: s.pays, Pool: pool, Chain: chain, State: "prepared"}
	for range 1 + s.rng.IntN(3) {
		p.Outputs = append(p.Outputs, sharelog.PaymentOutput{Account: fmt.Sprint("account", s.rng.IntN(8)), Address: "x", Amount: s.rng.Uint64N(100)})
	}
	b.Payment(&p)
}

// The audit and the ledger come to the same, to the last unit, whatever was
// written: reorganisations, other terms, other schemes, donations, coinbases that
// pay, payments that fail.
func TestAuditAgreesWithTheLedger(t *testing.T) {
	divided, reached := 0, 0
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := t.TempDir()
			log := mustLog(t, filepath.Join(dir, "shares"))
			s := &stream{rng: rand.New(rand.NewPCG(seed, 6)), terms: map[string]bool{}}
			for range 80 {
				var b sharelog.Batch
				for range 1 + s.rng.IntN(20) {
					s.records(&b)
				}
				if err := log.Append(&b); err != nil {
					t.Fatal(err)
				}
			}
			l := mustFold(t, dir, log)
			view, err := sharelog.OpenView(filepath.Join(dir, "shares"))
			if err != nil {
				t.Fatal(err)
			}
			for _, chain := range []string{"c", "d"} {
				r, err := Run(t.Context(), view, Query{Chain: chain}, func(b *Block) error {
					for _, d := range b.Compare(paidOf(t, l, chain, b.Raw), true) {
						t.Errorf("%s %s: %s", chain, b.Hash, d.String())
					}
					if b.Terms != nil {
						divided++
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range r.Compare(rowsOf(t, l, chain, "p", "q")) {
					t.Errorf("%s, %s: %s", chain, d.Pool, d.String())
				}
				reached += checkWindows(t, view, chain, r, l)
			}
		})
	}
	if divided < 100 || reached < 50 {
		t.Errorf("%d blocks were divided and %d had windows: the streams do not try enough", divided, reached)
	}
}

// TestCoinbaseOfABlockThatIsNobodys: what is said of a block of a time without terms, once
// there are some, is paid to nobody, here as in the ledger.
func TestCoinbaseOfABlockThatIsNobodys(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	var b sharelog.Batch
	block := &sharelog.Block{Pool: "p", Chain: "c", State: "accepted", Account: "a", Reward: 1000}
	b.Block(block)
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "coinbase"})
	b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Operator: 100, Outputs: []sharelog.CoinbaseOutput{{Account: "a", Amount: 900}}})
	b.Block(block)
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	l := mustFold(t, dir, log)
	r, err := Run(t.Context(), log, Query{Chain: "c"}, func(*Block) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Accounts {
		if a.Coinbase != 0 || a.Owed != 0 {
			t.Errorf("%q has %d of coinbases and is owed %d, want nothing", a.Account, a.Coinbase, a.Owed)
		}
	}
	for _, d := range r.Compare(rowsOf(t, l, "c", "p")) {
		t.Error(d.String())
	}
}

// checkWindows asks for each block by itself: its shares come to the work that
// the scheme's slices have.
func checkWindows(t *testing.T, view *sharelog.View, chain string, all *Result, l *ledger.Ledger) (n int) {
	t.Helper()
	blocks, err := l.Blocks(ledger.Filter{Chain: chain}, 0, 1000)
	if err != nil || len(blocks) != all.Blocks {
		t.Fatalf("%s: got %d blocks, %v; the audit has %d", chain, len(blocks), err, all.Blocks)
	}
	for i := range blocks[:min(len(blocks), 8)] {
		hash := HashText(blocks[i].Hash)
		_, err := Run(t.Context(), view, Query{Chain: chain, Block: hash[:12], Account: "account1"}, func(b *Block) error {
			if b.Hash != hash {
				t.Errorf("got block %s, want %s", b.Hash, hash)
			}
			w := b.Window
			if w == nil || w.Shares == 0 {
				return nil
			}
			n++
			if w.First == nil || w.Last == nil || w.First.Position > w.Last.Position {
				t.Errorf("%s: window from %+v to %+v", hash, w.First, w.Last)
			}
			own, of := 0.0, 0.0
			for _, s := range w.Of {
				of += s.Difficulty
			}
			for _, p := range b.Parts {
				if p.Account == "account1" {
					own = p.Work
				}
			}
			if own > of || of > w.Reach {
				t.Errorf("%s: account1 has work %v of shares with %v, in a window of %v", hash, own, of, w.Reach)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", hash, err)
		}
	}
	return n
}

func TestQueriesThatCannotBeAnswered(t *testing.T) {
	log := mustLog(t, t.TempDir())
	var b sharelog.Batch
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "prop", Payout: "pool"})
	for _, n := range []byte{1, 2} {
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{0: 0xf0 + n, 31: 0xab}, Height: 70 + uint64(n), State: "pending"})
	}
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, chain, block string
		want               error
		words              string
	}{
		{"another chain", "x", "", ErrNoChain, `"x"`},
		{"no such hash", "c", "1234", ErrNoBlock, "2 blocks of that chain, of heights 71 to 72"},
		{"two fit", "c", "ab", ErrAmbiguous, "at height 71"},
		{"no hash", "c", "xyz", ErrHash, "xyz"},
		{"as nodes print it", "c", "ab" + strings.Repeat("0", 60) + "f1", nil, ""},
		{"in internal order", "c", "F2", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Run(t.Context(), log, Query{Chain: c.chain, Block: c.block}, func(*Block) error { return nil })
			if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %v with %q", err, c.want, c.words)
			}
		})
	}
}

// Shares that came while the pool's jobs did not have the chain are in no window.
func TestWindowLeavesOutSharesOfJobsWithoutTheChain(t *testing.T) {
	log := mustLog(t, t.TempDir())
	var b sharelog.Batch
	job := func(pool string, names ...string) {
		j := sharelog.Job{Pool: pool}
		for _, n := range names {
			j.Chains = append(j.Chains, sharelog.JobChain{Name: n, Difficulty: 100, Reward: 1000})
		}
		b.Job(&j)
	}
	shares := func(account string, n int) {
		for range n {
			b.Share(&sharelog.Share{Pool: "p", Account: account, Worker: "w", Difficulty: 1})
		}
	}
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "aux", Scheme: "prop", Payout: "pool"})
	job("p", "c", "aux")
	shares("a", 3)
	job("p", "c")
	shares("b", 5)
	job("q", "aux")
	shares("b", 5)
	job("p", "aux", "c")
	shares("c", 2)
	b.Block(&sharelog.Block{Pool: "p", Chain: "aux", Hash: [32]byte{31: 1}, State: "mature", Account: "c", Reward: 1000})
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	_, err := Run(t.Context(), log, Query{Chain: "aux", Block: "01", Account: "b"}, func(b *Block) error {
		if w := b.Window; w == nil || w.Shares != 5 || w.Work != 5 || len(w.Of) != 0 || w.Last == nil || w.Last.Account != "c" {
			t.Errorf("window: got %+v, want the 5 shares of a and c", w)
		}
		if len(b.Parts) != 2 || b.Parts[0].Account != "a" || b.Parts[0].Amount != 600 || b.Parts[1].Account != "c" || b.Parts[1].Amount != 400 {
			t.Errorf("parts: got %+v, want 600 for a and 400 for c", b.Parts)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
