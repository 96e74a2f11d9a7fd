package payout

import (
	"errors"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// The output to an account that has another address since is not taken for the change:
// the account would be paid again.
func TestRecordWithAnAddressOfBefore(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	b.earn("addr2", 2000)
	setTo := func(address string) {
		b.append(func(batch *sharelog.Batch) {
			batch.Settings(&sharelog.Settings{Stated: 1, Pool: "p", Account: "addr2", By: ledger.ByOperator, Set: []sharelog.Setting{{Key: ledger.SetPayout, Chain: "c", Address: address}}})
		})
	}
	setTo("addr9")
	raw := rawPaying(1, coins.Payment{Address: "addr1", Amount: 1000}, coins.Payment{Address: "addr2", Amount: 2000})
	w := &archive{fakeChain: newFakeChain(), raw: raw, status: coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1}}
	p := b.payer(w, nil, plan)
	order := RecordOrder{Chain: "c", Raw: raw, Write: true}
	refused := func(what, want string) {
		t.Helper()
		if out, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), want) || out.Payment != 0 {
			t.Errorf("%s: got %+v, %v; want %q", what, out, err, want)
		}
	}
	refused("nothing is said of the output", "output 1 pays nobody whom the log knows at this address")
	for _, n := range []int{0, 2} {
		order.Change = &n
		refused("another output is said to be the change", "is not its change")
		order.Beyond = true
		refused("that, and beyond", "is not its change")
		order.Change, order.Beyond = nil, false
	}
	setTo("addr2")
	if out, err := p.Record(t.Context(), order); err != nil || len(out.Lines) != 2 || len(out.Others) != 0 {
		t.Errorf("at its address of then: got %+v, %v", out, err)
	}
	if owed, sending, _ := b.owed("addr2"); owed != 0 || sending != 2000 {
		t.Errorf("addr2: owed %d, sending %d; want 0, 2000", owed, sending)
	}
}

// A pool whose payments are off may have made a payment while they were on: which pool
// is meant is not taken from the plans alone.
func TestRecordWhereSeveralPoolsHaveAccounts(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	raw := rawPaying(1, coins.Payment{Address: "addr1", Amount: 1000})
	w := &archive{fakeChain: newFakeChain(), raw: raw, status: coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 1}}
	order := RecordOrder{Chain: "c", Raw: raw}
	if out, err := b.payer(w, nil).Record(t.Context(), order); err != nil || out.Pool != "p" {
		t.Errorf("one pool, its payments off: got %+v, %v", out, err)
	}
	b.append(func(batch *sharelog.Batch) {
		batch.Terms(&sharelog.Terms{Pool: "q", Chain: "c", Scheme: "solo", Payout: "pool"})
		batch.Block(&sharelog.Block{Pool: "q", Chain: "c", Hash: [32]byte{9}, State: "mature", Account: "addr1", Reward: 1000})
	})
	p := b.payer(w, nil, plan)
	if out, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "pools p, q have accounts of c") || out.Pool != "" {
		t.Errorf("two pools, the payments of one off: got %+v, %v", out, err)
	}
	order.Pool, order.Write = "q", true
	if out, err := p.Record(t.Context(), order); err != nil || out.Pool != "q" || out.Payment != 1 {
		t.Errorf("the pool is said: got %+v, %v", out, err)
	}
	if owed, _, _ := b.owed("addr1"); owed != 1000 {
		t.Errorf("pool p: owed %d, want 1000", owed)
	}
}

// A payment that failed and is mined after all, in a deep reorganisation, is written
// down anew, once.
func TestRecordOfWhatHasFailed(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	raw := rawPaying(1, coins.Payment{Address: "addr1", Amount: 1000})
	tx, err := parseRaw(raw)
	if err != nil {
		t.Fatal(err)
	}
	b.append(func(batch *sharelog.Batch) {
		pay := sharelog.Payment{ID: 1, Pool: "p", Chain: "c", State: ledger.Prepared, TxID: tx.id, Raw: raw, Outputs: []sharelog.PaymentOutput{{Account: "addr1", Address: "addr1", Amount: 1000}}}
		batch.Payment(&pay)
		batch.Payment(&sharelog.Payment{ID: 1, Pool: "p", Chain: "c", State: ledger.Failed})
	})
	w := &archive{fakeChain: newFakeChain(), raw: raw, status: coins.PaymentStatus{State: coins.PaymentConflicted, Confirmations: 9, By: "x"}}
	p := b.payer(w, nil, plan)
	order := RecordOrder{Chain: "c", Raw: raw, Write: true}
	if _, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "never paid anybody") {
		t.Errorf("while it is not mined: got %v", err)
	}
	w.status = coins.PaymentStatus{State: coins.PaymentMined, Confirmations: 3}
	if out, err := p.Record(t.Context(), order); err != nil || out.Payment != 2 {
		t.Errorf("mined after all: got %+v, %v", out, err)
	}
	if owed, sending, paid := b.owed("addr1"); owed != 0 || sending != 0 || paid != 1000 {
		t.Errorf("owed %d, sending %d, paid %d; want 0, 0, 1000", owed, sending, paid)
	}
	if _, err := p.Record(t.Context(), order); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "payment 2 of pool p is this transaction already") {
		t.Errorf("again: got %v", err)
	}
}

// A dry run unlocks what a round had signed when it was killed.
func TestDryRoundUnlocks(t *testing.T) {
	b := mustBooks(t, t.TempDir())
	defer b.stop()
	b.earn("addr1", 1000)
	w := newFakeChain()
	killed := errors.New("killed")
	p := b.payer(w, func(point string) error {
		if point == "prepared" {
			return killed
		}
		return nil
	}, plan)
	if err := p.Round(t.Context(), plan); !errors.Is(err, killed) || len(w.locked) != 1 {
		t.Fatalf("killed round: got %v, %d inputs locked", err, len(w.locked))
	}
	dry := plan
	dry.DryRun = true
	if err := b.round(w, dry); err != nil || len(w.locked) != 0 || len(w.mempool) != 0 {
		t.Errorf("dry run: got %v, %d inputs locked, %d transactions sent", err, len(w.locked), len(w.mempool))
	}
}
