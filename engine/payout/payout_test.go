package payout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

var plan = Plan{Pool: "p", Chain: "c", Minimum: "0.00000100", Every: time.Hour, Batch: 2, Confirmations: 3}

// books are a share log and its ledger, folded as it grows.
type books struct {
	t      *testing.T
	log    *sharelog.Log
	ledger *ledger.Ledger
	stop   func()
}

func mustBooks(t *testing.T, dir string) *books {
	t.Helper()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "ledger.db"), log, ledger.Options{Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	b := &books{t: t, log: log, ledger: l}
	b.stop = func() {
		cancel()
		if err := errors.Join(<-done, l.Close(), log.Close()); err != nil {
			t.Error(err)
		}
	}
	if log.End() == 0 {
		b.append(func(b *sharelog.Batch) {
			b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", Payout: "pool"})
		})
	}
	return b
}

func (b *books) append(fill func(*sharelog.Batch)) {
	b.t.Helper()
	var batch sharelog.Batch
	fill(&batch)
	if err := b.log.Append(&batch); err != nil {
		b.t.Fatal(err)
	}
	if err := b.ledger.Sync(b.t.Context(), b.log.End()); err != nil {
		b.t.Fatal(err)
	}
}

// earn gives an account a mature block.
func (b *books) earn(account string, amount uint64) [32]byte {
	blocks, err := b.ledger.Blocks(ledger.Filter{}, 0, 1)
	if err != nil {
		b.t.Fatal(err)
	}
	hash := [32]byte{0: 1}
	if len(blocks) > 0 {
		hash[1], hash[2] = byte(blocks[0].Seq), byte(blocks[0].Seq>>8)
	}
	b.state(hash, account, "mature", amount)
	return hash
}

func (b *books) state(hash [32]byte, account, state string, amount uint64) {
	b.append(func(batch *sharelog.Batch) {
		batch.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: hash, State: state, Account: account, Reward: amount})
	})
}

func (b *books) owed(account string) (owed int64, sending, paid uint64) {
	b.t.Helper()
	row, err := b.ledger.Balance("p", "c", account)
	if err != nil {
		b.t.Fatal(err)
	}
	return row.Owed(), row.Sending, row.Paid
}

func (b *books) payer(w Wallet, step func(string) error, plans ...Plan) *Payer {
	return New(b.ledger, b.log, []string{"c"}, func(string) (Wallet, bool) { return w, true }, plans, Options{Step: step})
}

func (b *books) round(w Wallet, p Plan) error { return b.payer(w, nil, p).Round(b.t.Context(), p) }

func TestAmounts(t *testing.T) {
	for _, tt := range []struct {
		text     Amount
		decimals uint8
		want     uint64
		bad      bool
	}{
		{"", 8, 0, false}, {"1", 8, 1e8, false}, {"0.00000001", 8, 1, false}, {"21.5", 1, 215, false}, {"7", 0, 7, false},
		{"0.000000001", 8, 0, true}, {"-1", 8, 0, true}, {"1.", 8, 0, true}, {".5", 8, 0, true}, {"1e3", 8, 0, true},
		{"99999999999999999999", 8, 0, true}, {"1.+5", 8, 0, true}, {"+1", 8, 0, true},
	} {
		got, err := tt.text.Units(tt.decimals)
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q with %d decimals: got %d, %v; want %d, bad: %t", tt.text, tt.decimals, got, err, tt.want, tt.bad)
		}
	}
	if got := Text(123456789, 8) + " " + Text(5, 8) + " " + Text(5, 0); got != "1.23456789 0.00000005 5" {
		t.Errorf("texts: got %s", got)
	}
}

func TestDue(t *testing.T) {
	day := Plan{Every: 24 * time.Hour, At: 3 * time.Hour}
	now := time.Date(2026, 5, 6, 2, 59, 0, 0, time.UTC)
	if got, want := day.begin(now), time.Date(2026, 5, 5, 3, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("a minute before: got %v, want %v", got, want)
	}
	if got, want := day.begin(now.Add(time.Minute)), time.Date(2026, 5, 6, 3, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("at the time: got %v, want %v", got, want)
	}

	b := mustBooks(t, t.TempDir())
	defer b.stop()
	p := b.payer(newFakeChain(), nil, plan)
	c := p.chains["c"]
	if got := p.due(c, "c", time.Now()); len(got) != 1 {
		t.Errorf("no payment was ever made: got %d due, want 1", len(got))
	}
	b.append(func(b *sharelog.Batch) {
		b.Payment(&sharelog.Payment{ID: 1, Time: now.UnixMilli(), Pool: "p", Chain: "c", State: ledger.Failed})
	})
	if got := p.due(c, "c", now.Add(30*time.Second)); len(got) != 0 {
		t.Errorf("paid in this hour: got %d due, want none", len(got))
	}
	if got := p.due(c, "c", now.Add(time.Minute)); len(got) != 1 {
		t.Errorf("the next hour: got %d due, want 1", len(got))
	}
}

// Who is paid: whoever is owed the minimum and has an address, in batches; two
// names of one address share an output.
func TestWhoIsPaid(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	for account, amount := range map[string]uint64{"addr1": 100, "addr2": 99, "addr3": 1 << 60, "nobody": 5000, "addr4": 250, "ADDR4": 250} {
		b.earn(account, amount)
	}
	w := newFakeChain()
	out, err := b.payer(w, nil, plan).Propose(t.Context(), plan)
	if err != nil || len(out.Pay) != 4 || len(out.Skipped) != 1 || out.Skipped[0].Account != "nobody" || out.Total != 600+1<<60 {
		t.Errorf("proposal: got %+v, %v", out, err)
	}
	dry, tried := plan, w.made // which the proposal let go of
	dry.DryRun = true
	if err := b.round(w, dry); err != nil || w.made != tried {
		t.Errorf("dry run: %v, %d transactions", err, w.made-tried)
	}
	if err := b.round(w, plan); err != nil {
		t.Fatal(err)
	}
	if w.made-tried != 2 {
		t.Errorf("got %d transactions of 2 accounts, want 2", w.made-tried)
	}
	if owed, sending, paid := b.owed("addr1"); owed != 0 || sending != 100 || paid != 0 {
		t.Errorf("sent: owed %d, sending %d, paid %d; want 0, 100, 0", owed, sending, paid)
	}
	w.mine(2)
	if err := b.round(w, plan); err != nil {
		t.Fatal(err)
	}
	if _, sending, _ := b.owed("addr1"); sending != 100 {
		t.Errorf("2 confirmations of 3: sending %d, want 100", sending)
	}
	w.mine(1)
	if err := b.round(w, plan); err != nil {
		t.Fatal(err)
	}
	if owed, sending, paid := b.owed("addr1"); owed != 0 || sending != 0 || paid != 100 {
		t.Errorf("confirmed: owed %d, sending %d, paid %d; want 0, 0, 100", owed, sending, paid)
	}
	want := map[string]uint64{"addr1": 100, "addr3": 1 << 60, "addr4": 500}
	if got := w.received(); !maps.Equal(got, want) {
		t.Errorf("received: got %v, want %v", got, want)
	}
}

// An orphan after the payment leaves the account owing; later earnings make up
// for it before anything is paid again.
func TestOrphanAfterPayment(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	w := newFakeChain()
	hash := b.earn("addr1", 1000)
	pay := func() {
		t.Helper()
		for range 2 {
			if err := b.round(w, plan); err != nil {
				t.Fatal(err)
			}
			w.mine(3)
		}
	}
	pay()
	b.state(hash, "addr1", "orphaned", 1000)
	if owed, _, _ := b.owed("addr1"); owed != -1000 {
		t.Errorf("orphaned: owed %d, want -1000", owed)
	}
	b.earn("addr1", 700)
	pay()
	if got := w.received()["addr1"]; got != 1000 {
		t.Errorf("owed less than nothing: received %d in all, want 1000", got)
	}
	b.earn("addr1", 500)
	pay()
	if got := w.received()["addr1"]; got != 1200 {
		t.Errorf("made up: received %d in all, want 1200", got)
	}
}

// What becomes of a payment whose input another transaction has spent.
func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		other    []coins.Payment
		blocks   int
		state    string
		owed     int64
		received map[string]uint64
		mixed    bool
	}{
		{"pays nobody, not deep enough", nil, 2, ledger.Sent, 0, map[string]uint64{}, false},
		{"pays nobody", nil, 3, ledger.Failed, 100, map[string]uint64{}, false},
		{"pays the same", []coins.Payment{{Address: "addr1", Amount: 100}, {Address: "addr2", Amount: 200}}, 3, ledger.Confirmed, 0,
			map[string]uint64{"addr1": 100, "addr2": 200}, false},
		{"pays one", []coins.Payment{{Address: "addr1", Amount: 100}}, 9, ledger.Sent, 0, map[string]uint64{"addr1": 100}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := mustBooks(t, t.TempDir())
			defer b.stop()
			w := newFakeChain()
			b.earn("addr1", 100)
			b.earn("addr2", 200)
			if err := b.round(w, plan); err != nil {
				t.Fatal(err)
			}
			open, err := b.ledger.OpenPayments(ledger.PaymentFilter{})
			if err != nil || len(open) != 1 {
				t.Fatalf("got %d open payments, %v; want 1", len(open), err)
			}
			w.steal(open[0].Raw, tt.other)
			w.mine(tt.blocks)
			err = b.payer(w, nil, plan).tick(t.Context(), "c", time.Now())
			if errors.Is(err, ErrMixed) != tt.mixed || err != nil && !tt.mixed {
				t.Errorf("round: got %v, mixed: %t", err, tt.mixed)
			}
			rows, err := b.ledger.Payments(ledger.PaymentFilter{}, 0, 9)
			if err != nil || len(rows) != 1 || rows[0].State != tt.state {
				t.Fatalf("payments: got %+v, %v; want one that is %s", rows, err, tt.state)
			}
			if owed, _, _ := b.owed("addr1"); owed != tt.owed {
				t.Errorf("owed: got %d, want %d", owed, tt.owed)
			}
			if got := w.received(); !maps.Equal(got, tt.received) {
				t.Errorf("received: got %v, want %v", got, tt.received)
			}
		})
	}
}

// A wallet that cannot pay costs nothing but time; while a payment is written
// down and not sent, no other is made.
func TestWalletTrouble(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	w := newFakeChain()
	b.earn("addr1", 1000)
	w.fault = coins.ErrWalletLocked
	if err := b.round(w, plan); !errors.Is(err, coins.ErrWalletLocked) {
		t.Errorf("locked: got %v", err)
	}
	if owed, _, _ := b.owed("addr1"); owed != 1000 {
		t.Errorf("locked: owed %d, want 1000", owed)
	}
	w.fault, w.deaf = nil, errors.New("fee is too low")
	if err := b.round(w, plan); !errors.Is(err, w.deaf) {
		t.Errorf("not sent: got %v", err)
	}
	b.earn("addr1", 500)
	if err := b.round(w, plan); !errors.Is(err, w.deaf) || w.made != 1 {
		t.Errorf("not sent again: got %v, %d transactions; want 1", err, w.made)
	}
	w.deaf = nil
	if err := b.round(w, plan); err != nil || w.made != 2 {
		t.Errorf("well again: %v, %d transactions; want 2", err, w.made)
	}
	w.mine(1)
	if got := w.received()["addr1"]; got != 1500 {
		t.Errorf("received %d, want 1500", got)
	}
}

// A round that is cut off before any step, and started again from the files, pays
// every address exactly its due.
func TestCutAtEveryStep(t *testing.T) {
	cut := errors.New("cut")
	dir := t.TempDir()
	w := newFakeChain()
	due := map[string]uint64{}
	points := map[string]bool{}
	for i := range 60 {
		b := mustBooks(t, dir)
		for a := range 3 {
			account := fmt.Sprint("addr", a)
			amount := uint64(100 + 10*i + a)
			b.earn(account, amount)
			due[account] += amount
		}
		left := i * 5 % 13
		p := b.payer(w, func(point string) error {
			if left--; left < 0 {
				points[point] = true
				return cut
			}
			return nil
		}, plan)
		if err := p.Round(t.Context(), plan); err != nil && !errors.Is(err, cut) {
			t.Errorf("round %d: %v", i, err)
		}
		if i%4 == 0 {
			clear(w.mempool) // a node that forgets
		}
		w.mine(i % 3)
		b.stop()
	}
	b := mustBooks(t, dir)
	defer b.stop()
	for range 3 {
		if err := b.round(w, plan); err != nil {
			t.Error(err)
		}
		w.mine(3)
	}
	if got := w.received(); !maps.Equal(got, due) {
		t.Errorf("received: got %v, want %v", got, due)
	}
	for account := range due {
		if owed, sending, paid := b.owed(account); owed != 0 || sending != 0 || paid != due[account] {
			t.Errorf("%s: owed %d, sending %d, paid %d; want 0, 0, %d", account, owed, sending, paid, due[account])
		}
	}
	for _, point := range []string{"chosen", "prepared", "written", "sent", "noted sent", "looked", "sent again", "noted confirmed"} {
		if !points[point] {
			t.Errorf("never cut at %q", point)
		}
	}
}
