package engine

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/direct"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/stratum"
)

// mustBooks is a log and a ledger that follows it.
func mustBooks(t *testing.T) (*sharelog.Log, *ledger.Ledger) {
	t.Helper()
	dir := t.TempDir()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{Sync: "os"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "db"), log, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		l.Close()
		log.Close()
	})
	return log, l
}

// TestSoloPaysAnInlineName mines blocks in solo with names that have an address of
// another chain in them, beside the bare address, and compares what the coinbases paid
// with what the ledger counts.
func TestSoloPaysAnInlineName(t *testing.T) {
	log, l := mustBooks(t)
	write := func(fill func(*sharelog.Batch)) {
		t.Helper()
		var b sharelog.Batch
		fill(&b)
		if err := log.Append(&b); err != nil {
			t.Fatal(err)
		}
		if err := l.Sync(t.Context(), log.End()); err != nil {
			t.Fatal(err)
		}
	}
	const reward = 1_000_000_000
	write(func(b *sharelog.Batch) {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", Payout: "coinbase"})
		b.Job(&sharelog.Job{ID: 1, Pool: "p", Chains: []sharelog.JobChain{{Name: "c", Difficulty: 100, Reward: reward}}})
	})

	address := func(a string) (coins.Payee, error) {
		return coins.Payee{Valid: true, Address: a, Script: append(make([]byte, 20), a...)}, nil
	}
	p := &pool{accounts: newAccounts(nil, false, func(_ context.Context, a string) (coins.Payee, error) { return address(a) })}
	p.accounts.inline = &inline{
		parent: "c", chains: []string{"doge"}, known: map[string]string{},
		address: func(_ context.Context, _, a string) (coins.Payee, error) { return address(a) },
	}
	d := fakePlanner(&fakeOutlooks{})
	d.ledger, d.solo, d.feeBPS, d.resolve = l, true, 0, p.accounts.payee
	p.direct = d

	names := map[string]string{"L1/D0.rig": "L1/doge:D0", "L1.rig": "L1", "L1/D9.rig": "L1/doge:D9"}
	coinbases := map[*job.Payee]string{}
	for user, account := range names {
		w, err := p.employ(t.Context(), stratum.Login{User: user})
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := coinbases[w.payee]; ok {
			t.Errorf("%s and %s are sent the same coinbase", account, other)
		}
		coinbases[w.payee] = account
	}
	for i, user := range []string{"L1/D0.rig", "L1/D0.rig", "L1.rig", "L1/D0.rig", "L1/D9.rig", "L1.rig"} {
		d.look(t.Context())
		w, err := p.employ(t.Context(), stratum.Login{User: user})
		if err != nil {
			t.Fatal(err)
		}
		outputs, note := d.payout(templateAt(uint64(i), coins.Hash{}))(w.payee, job.Room{Reward: reward, Bytes: 200})
		paid := map[string]uint64{}
		for _, o := range outputs {
			paid[string(o.Script[20:])] += o.Value
		}
		if want := map[string]uint64{"L1": reward}; !maps.Equal(paid, want) {
			t.Errorf("block %d of %s pays addresses %v, want %v", i, user, paid, want)
		}
		found := submit.Found{Pool: "p", Chain: "c", Hash: coins.Hash{byte(i)}, Account: w.account, Paid: paidBy(&job.Variant{Note: note.(*direct.Payout)})}
		write(func(b *sharelog.Batch) {
			b.Share(&sharelog.Share{Pool: "p", Job: 1, Account: w.account, Difficulty: 1})
			recordPaid(b, &submit.Event{Found: found})
			b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: found.Hash, State: "accepted", Account: w.account, Reward: reward})
		})
		for _, account := range names {
			b, err := l.Balance("p", "c", account)
			if err != nil && !errors.Is(err, ledger.ErrNotFound) {
				t.Fatal(err)
			}
			if b.Carry() != 0 {
				t.Errorf("after block %d, of %s: %s carries %d, want 0", i, user, account, b.Carry())
			}
		}
	}
}
