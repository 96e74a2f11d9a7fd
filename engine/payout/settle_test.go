package payout

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store/boltdb"
)

// minedTx is a transaction in a block of court.
type minedTx struct {
	raw  []byte
	deep uint64
	by   string // of PaymentStatus
}

// court is a wallet that judges real transactions by what is in the chain, as that of
// coins/internal/wallet does.
type court struct {
	*fakeChain
	mined   []minedTx
	mempool [][]byte
	dropped uint64 // depth of coins.ByDropped of all that is not mined
	silent  error
}

func (c *court) Reserve(context.Context, [][]byte) error { return nil }
func (c *court) Send(context.Context, []byte) error      { return nil }

func (c *court) PaymentStatus(_ context.Context, raw []byte, payments []coins.Payment) (st coins.PaymentStatus, err error) {
	if c.silent != nil {
		return st, c.silent
	}
	tx, err := parseRaw(raw)
	if err != nil {
		return st, err
	}
	st.State = coins.PaymentUnknown
	for _, m := range c.mined {
		other, err := parseRaw(m.raw)
		switch {
		case err != nil:
			return st, err
		case other.id == tx.id:
			return coins.PaymentStatus{State: coins.PaymentMined, Confirmations: m.deep, By: m.by}, nil
		case !other.spendsWith(&tx):
			continue
		}
		one := coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: m.deep, By: other.id}
		pays := false
		for _, p := range payments {
			for _, o := range other.outputs {
				if string(o.script) == p.Address && o.amount == p.Amount {
					one.Same++
				}
				pays = pays || string(o.script) == p.Address
			}
		}
		if pays && one.Same == 0 {
			one.By = coins.ByAltered + one.By
		}
		if st.State == coins.PaymentUnknown || one.Same > st.Same || pays && st.Same == 0 {
			st = one
		}
	}
	for _, m := range c.mempool {
		if bytes.Equal(m, raw) {
			return coins.PaymentStatus{State: coins.PaymentInMempool}, nil
		}
	}
	if st.State == coins.PaymentUnknown && c.dropped > 0 {
		st = coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: c.dropped, By: coins.ByDropped}
	}
	return st, nil
}

func to(address string, amount uint64) coins.Payment {
	return coins.Payment{Address: address, Amount: amount}
}

// spendingToo is a transaction with one more input, of another coin.
func spendingToo(raw []byte, coin byte) []byte {
	input := append(bytes.Clone(raw[5:46]), raw[46:]...)
	input[0] = coin
	return append(append(bytes.Clone(raw[:4]), 2), append(bytes.Clone(raw[5:46]), input...)...)
}

// paying writes down a payment of a raw transaction.
func (b *books) paying(id uint64, raw []byte, outputs ...sharelog.PaymentOutput) {
	b.t.Helper()
	tx, err := parseRaw(raw)
	if err != nil {
		b.t.Fatal(err)
	}
	b.append(func(batch *sharelog.Batch) {
		batch.Payment(&sharelog.Payment{ID: id, Pool: "p", Chain: "c", State: ledger.Prepared, TxID: tx.id, Raw: raw, Outputs: outputs})
		batch.Payment(&sharelog.Payment{ID: id, Pool: "p", Chain: "c", State: ledger.Sent})
	})
}

func due(account, address string, amount uint64) sharelog.PaymentOutput {
	return sharelog.PaymentOutput{Account: account, Address: address, Amount: amount}
}

// settleCase is payment 1, which spends coin 1 and pays three accounts at two addresses.
type settleCase struct {
	*books
	dir string
	w   *court
	p   *Payer
	raw []byte
}

var settleEarned = map[string]int64{"addr1": 100, "addr2": 200, "ADDR2": 50, "addr3": 300}

func mustSettleCase(t *testing.T) *settleCase {
	t.Helper()
	dir := t.TempDir()
	s := &settleCase{books: mustBooks(t, dir), dir: dir, w: &court{fakeChain: newFakeChain()}}
	t.Cleanup(s.stop)
	for account, amount := range settleEarned {
		s.earn(account, uint64(amount))
	}
	s.raw = rawPaying(1, to("addr1", 100), to("addr2", 250), to("change", 7))
	s.paying(1, s.raw, due("addr1", "addr1", 100), due("addr2", "addr2", 200), due("ADDR2", "addr2", 50))
	s.p = s.payer(s.w, func(point string) error {
		if s.p.chains["c"].mu.TryLock() {
			s.p.chains["c"].mu.Unlock()
			t.Errorf("%s: a round may run meanwhile", point)
		}
		return nil
	}, plan)
	return s
}

// want demands what accounts were paid, that nothing is sending, and that the rest of
// what they earned is owed; also by a ledger that is folded again from the log.
func (s *settleCase) want(paid map[string]uint64) {
	s.t.Helper()
	for account, earned := range settleEarned {
		if owed, sending, got := s.owed(account); got != paid[account] || sending != 0 || owed != earned-int64(paid[account]) {
			s.t.Errorf("%s: owed %d, sending %d, paid %d; want %d paid of %d", account, owed, sending, got, paid[account], earned)
		}
	}
	var copied bytes.Buffer
	if err := s.ledger.Copy(&copied); err != nil {
		s.t.Fatal(err)
	}
	scratch, err := boltdb.Open(filepath.Join(s.t.TempDir(), "scratch"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer scratch.Close()
	scratch.SetNoSync()
	c, err := ledger.Compare(s.t.Context(), &copied, s.log, scratch)
	if err != nil || c.Differ > 0 || c.Position != s.log.End() {
		s.t.Errorf("the log folded again: got %+v, %v", c, err)
	}
}

// segment is the only file of the log, and its name.
func (s *settleCase) segment() (content []byte, name string) {
	s.t.Helper()
	all, err := filepath.Glob(filepath.Join(s.dir, "shares", "*.log"))
	if err != nil || len(all) != 1 {
		s.t.Fatalf("got %v, %v; want one segment", all, err)
	}
	if content, err = os.ReadFile(all[0]); err != nil {
		s.t.Fatal(err)
	}
	return content, filepath.Base(all[0])
}

// What becomes of a payment by the operator's word, and that a second word changes nothing.
func TestSettle(t *testing.T) {
	instead := rawPaying(1, to("addr2", 220), to("addr1", 100))
	for _, tt := range []struct {
		name  string
		mined []minedTx
		o     SettleOrder
		paid  map[string]uint64
		count uint64
		state string
	}{
		{"in part", []minedTx{{raw: instead, deep: 3}}, SettleOrder{Paid: instead}, map[string]uint64{"addr1": 100, "addr2": 200, "ADDR2": 20}, 2, ledger.Failed},
		{"more than was due", []minedTx{{raw: rawPaying(1, to("addr2", 251), to("addr1", 100000)), deep: 3}},
			SettleOrder{Paid: rawPaying(1, to("addr2", 251), to("addr1", 100000))}, map[string]uint64{"addr1": 100, "addr2": 200, "ADDR2": 50}, 0, ledger.Confirmed},
		{"not at all, by another one", []minedTx{{raw: rawPaying(1, to("stranger", 357)), deep: 3}}, SettleOrder{Failed: true}, nil, 0, ledger.Failed},
		{"not at all, by force", []minedTx{{raw: instead, deep: 3}}, SettleOrder{Failed: true, Twice: true}, nil, 0, ledger.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustSettleCase(t)
			s.w.mined = tt.mined
			tt.o.Payment, tt.o.Reason = 1, "by hand"
			end := s.log.End()
			shown, err := s.p.Settle(t.Context(), tt.o)
			if err != nil || !shown.Decided || shown.Written || s.log.End() != end {
				t.Fatalf("shown: got %+v, %v", shown, err)
			}
			tt.o.Write = true
			out, err := s.p.Settle(t.Context(), tt.o)
			if err != nil || !out.Written || out.Counted != tt.count {
				t.Fatalf("got %+v, %v; want it counted as %d", out, err, tt.count)
			}
			s.want(tt.paid)
			q, err := s.p.paymentOf(t.Context(), 1)
			if err != nil || q.State != tt.state || !strings.Contains(q.Reason, "settled by the operator: by hand") {
				t.Errorf("got %+v, %v; want it %s", q, err, tt.state)
			}
			end = s.log.End()
			for _, again := range []SettleOrder{tt.o, {Payment: 1, Failed: true, Twice: true, Write: true}} {
				if _, err := s.p.Settle(t.Context(), again); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "is settled already: it is "+tt.state) {
					t.Errorf("again: got %v", err)
				}
			}
			if tt.o.Paid != nil {
				if _, err := s.p.Record(t.Context(), RecordOrder{Chain: "c", Raw: tt.o.Paid, Beyond: true, Write: true}); !errors.Is(err, ErrRecord) {
					t.Errorf("recorded after it: got %v", err)
				}
			}
			if s.log.End() != end {
				t.Error("something was written that was refused")
			}
		})
	}
}

// What is refused, and leaves the payment as it is.
func TestSettleRefused(t *testing.T) {
	instead := rawPaying(1, to("addr1", 100))
	strange := rawPaying(1, to("stranger", 5))
	second := rawPaying(2, to("addr2", 250))
	silent := errors.New("node is down")
	for _, tt := range []struct {
		name  string
		court court
		o     SettleOrder
		want  string
	}{
		{"failed and in the mempool", court{mempool: [][]byte{nil}}, SettleOrder{Failed: true}, "would be paid twice: its transaction is in the mempool"},
		{"failed and mined", court{mined: []minedTx{{deep: 9}}}, SettleOrder{Failed: true}, "would be paid twice: its transaction is mined"},
		{"failed and nobody knows", court{}, SettleOrder{Failed: true}, "may yet be mined"},
		{"failed and the wallet is silent", court{silent: silent}, SettleOrder{Failed: true}, "cannot be asked whether it was paid: node is down"},
		{"failed and partly made", court{mined: []minedTx{{raw: instead, deep: 9}}}, SettleOrder{Failed: true}, "pays some of its addresses; --paid"},
		{"failed and made otherwise", court{mined: []minedTx{{raw: rawPaying(1, to("addr1", 99)), deep: 9}}}, SettleOrder{Failed: true}, "pays some of its addresses; --paid"},
		{"failed and not deep", court{mined: []minedTx{{raw: strange, deep: 2}}}, SettleOrder{Failed: true}, "is 2 deep and has to be 3"},
		{"failed and dropped of late", court{dropped: 2}, SettleOrder{Failed: true}, "is 2 deep and has to be 3"},
		{"both", court{mined: []minedTx{{raw: instead, deep: 9}}}, SettleOrder{Failed: true, Paid: instead}, "it has failed, which may be forced, or"},
		{"paid, by force", court{mined: []minedTx{{raw: instead, deep: 9}}}, SettleOrder{Twice: true, Paid: instead}, "it has failed, which may be forced, or"},
		{"paid and the wallet is silent", court{silent: silent}, SettleOrder{Paid: instead}, "node is down"},
		{"paid by no transaction", court{mined: []minedTx{{raw: instead, deep: 9}}}, SettleOrder{Paid: []byte("x")}, "no transaction as Bitcoin has them"},
		{"paid by itself", court{}, SettleOrder{Paid: []byte{}}, "its own transaction, which is followed"},
		{"paid and may be mined", court{mined: []minedTx{{raw: second, deep: 9}}}, SettleOrder{Paid: second}, "may yet pay all of it"},
		{"paid and not deep", court{mined: []minedTx{{raw: instead, deep: 2}}}, SettleOrder{Paid: instead}, "is 2 deep and has to be 3: wait"},
		{"paid by one that is not mined", court{mined: []minedTx{{raw: instead, deep: 9}}}, SettleOrder{Paid: second}, "in no block that the wallet knows"},
		{"paid by one of others", court{mined: []minedTx{{raw: instead, deep: 9}, {raw: second, deep: 9, by: coins.ByOthers}}}, SettleOrder{Paid: second}, "has not sent it"},
		{"paid by one that is not deep", court{mined: []minedTx{{raw: instead, deep: 9}, {raw: second, deep: 1}}}, SettleOrder{Paid: second}, "is 1 deep and has to be 3: wait"},
		{"paid by one that pays strangers", court{mined: []minedTx{{raw: strange, deep: 9}}}, SettleOrder{Paid: strange}, "pays none of its addresses"},
		{"another payment", court{}, SettleOrder{Payment: 2, Failed: true, Twice: true}, "there is no payment 2"},
		{"the largest number", court{}, SettleOrder{Payment: 1<<64 - 1, Failed: true, Twice: true}, "there is no payment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustSettleCase(t)
			s.w.mined, s.w.mempool, s.w.dropped, s.w.silent = tt.court.mined, tt.court.mempool, tt.court.dropped, tt.court.silent
			for i := range s.w.mined { // empty: the payment's own
				if s.w.mined[i].raw == nil {
					s.w.mined[i].raw = s.raw
				}
			}
			for i := range s.w.mempool {
				s.w.mempool[i] = s.raw
			}
			if tt.o.Paid != nil && len(tt.o.Paid) == 0 {
				tt.o.Paid = s.raw
			}
			if tt.o.Payment == 0 {
				tt.o.Payment = 1
			}
			tt.o.Write = true
			end := s.log.End()
			out, err := s.p.Settle(t.Context(), tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || out.Written || s.log.End() != end {
				t.Errorf("got %+v, %v; want %q", out, err, tt.want)
			}
		})
	}
}

// One transaction has taken the place of several payments: what it pays counts once.
func TestSettleCountsOnce(t *testing.T) {
	s := mustSettleCase(t)
	s.earn("addr1", 30)
	second := rawPaying(2, to("addr1", 30), to("addr3", 300))
	s.paying(2, second, due("addr1", "addr1", 30), due("addr3", "addr3", 300))
	both := spendingToo(rawPaying(1, to("addr1", 110), to("addr2", 250)), 2)
	s.w.mined = []minedTx{{raw: both, deep: 3}}
	settle := func(id uint64) (Settlement, error) {
		return s.p.Settle(t.Context(), SettleOrder{Payment: id, Paid: both, Write: true})
	}
	if _, err := settle(2); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "of payment 1 as well: settle that one first") {
		t.Errorf("the second one first: got %v", err)
	}
	if out, err := settle(1); err != nil || out.Counted != 0 {
		t.Errorf("the first: got %+v, %v; want it whole", out, err)
	}
	if out, err := settle(2); err != nil || out.Counted != 3 {
		t.Errorf("the second: got %+v, %v; want a part of it", out, err)
	}
	if owed, sending, paid := s.owed("addr1"); owed != 20 || sending != 0 || paid != 110 {
		t.Errorf("addr1: owed %d, sending %d, paid %d; want 20, 0, 110", owed, sending, paid)
	}

	// One that makes another payment whole, which is not confirmed yet, waits for that.
	s = mustSettleCase(t)
	s.paying(2, second, due("addr3", "addr3", 300))
	both = spendingToo(rawPaying(1, to("addr1", 100), to("addr3", 300)), 2)
	s.w.mined = []minedTx{{raw: both, deep: 3}}
	if _, err := settle(1); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "makes payment 2 as well") {
		t.Errorf("beside one that it makes whole: got %v", err)
	}

	// Two transactions that each pay somebody else of it.
	s = mustSettleCase(t)
	s.paying(2, spendingToo(rawPaying(3, to("addr1", 1), to("addr3", 300)), 4), due("addr1", "addr1", 1), due("addr3", "addr3", 300))
	one, other := rawPaying(3, to("addr1", 1)), rawPaying(4, to("addr3", 300))
	s.w.mined = []minedTx{{raw: one, deep: 3}, {raw: other, deep: 3}}
	if _, err := s.p.Settle(t.Context(), SettleOrder{Payment: 2, Paid: one, Write: true}); !errors.Is(err, ErrSettle) || !strings.Contains(err.Error(), "pays some of the rest") {
		t.Errorf("beside another one: got %v", err)
	}
}

// A kill in the middle of what settles a payment leaves all of it or none.
func TestSettleIsOneRecord(t *testing.T) {
	s := mustSettleCase(t)
	instead := rawPaying(1, to("addr1", 100))
	s.w.mined = []minedTx{{raw: instead, deep: 3}}
	from, _ := s.segment()
	out, err := s.p.Settle(t.Context(), SettleOrder{Payment: 1, Paid: instead, Write: true})
	if err != nil || out.Counted != 2 {
		t.Fatalf("got %+v, %v", out, err)
	}
	whole, name := s.segment()
	end := len(whole)
	for _, n := range []int{len(from), len(from) + 20, (len(from) + end) / 2, end - 100, end - 20, end - 1, end} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "shares"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "shares", name), whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		b := mustBooks(t, dir)
		b.append(func(*sharelog.Batch) {}) // fold
		_, sending, paid := b.owed("addr1")
		owed, sending2, _ := b.owed("addr2")
		before := sending == 100 && paid == 0 && owed == 0 && sending2 == 200
		after := sending == 0 && paid == 100 && owed == 200 && sending2 == 0
		if n < end && !before || n == end && !after {
			t.Errorf("%d of %d bytes: sending %d and %d, paid %d, owed %d", n, end, sending, sending2, paid, owed)
		}
		b.stop()
	}
}
