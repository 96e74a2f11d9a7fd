package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// Every filter finds the blocks, page by page, that looking through all of them does;
// and the same in a database of the schema before, which had no lists.
func TestBlocksByPoolChainAndState(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	rng := rand.New(rand.NewPCG(7, 8))
	names := []string{"p", "p\x00", "q", ""}
	states := []string{"pending", "received", "accepted", "orphaned", "mature", "refused"}
	for range 400 {
		mustAppend(t, log, func(b *sharelog.Batch) {
			n := rng.IntN(150) // of a block that is known or of a new one
			b.Block(&sharelog.Block{
				Pool: names[n%len(names)], Chain: names[n/7%3], Hash: [32]byte{byte(n)}, State: pick(rng, states...),
			})
		})
	}
	check := func(l *Ledger) {
		t.Helper()
		all, err := l.Blocks(Filter{}, 0, maxPage)
		if err != nil || len(all) < 100 {
			t.Fatalf("%d blocks: %v", len(all), err)
		}
		for _, pool := range append(names, "none") {
			for _, chain := range append(names, "none") {
				for _, state := range append(states, "") {
					f := Filter{Pool: pool, Chain: chain, State: state}
					var want, got []uint64
					for _, b := range all {
						if (pool == "" || b.Pool == pool) && (chain == "" || b.Chain == chain) && (state == "" || b.State == state) {
							want = append(want, b.Seq)
						}
					}
					for before := uint64(0); ; {
						page, err := l.Blocks(f, before, 3)
						if err != nil {
							t.Fatal(err)
						}
						for _, b := range page {
							got, before = append(got, b.Seq), b.Seq
						}
						if len(page) < 3 {
							break
						}
					}
					if !slices.Equal(got, want) {
						t.Fatalf("%+v: got %v, want %v", f, got, want)
					}
				}
			}
		}
	}
	l := mustLedger(t, path, log)
	run(t, l, log)
	check(l)
	mustLoseLists(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	check(mustLedger(t, path, log))
}

// mustLoseLists makes the ledger one of schema 6.
func mustLoseLists(t *testing.T, l *Ledger) {
	t.Helper()
	err := l.db.Update(func(tx store.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketFound), tx.DeleteBucket(bucketMade), tx.DeleteBucket(bucketPaid), tx.Bucket(bucketMeta).Put(keySchema, u64(6)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPaymentsOfAnAccount(t *testing.T) {
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	path := filepath.Join(dir, "db")
	for _, chain := range []string{"c", "d"} {
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: "prop", Payout: "pool"})
		})
	}
	// Alice is paid by the first, the tenth and so on; bob by the others.
	for id := uint64(1); id <= 40; id++ {
		to, chain := "bob", "c"
		if id%10 == 1 {
			to = "alice"
		}
		if id == 11 {
			chain = "d"
		}
		mustAppend(t, log, func(b *sharelog.Batch) {
			b.Payment(&sharelog.Payment{ID: id, Pool: "p", Chain: chain, State: Prepared, TxID: fmt.Sprint(id), Outputs: []sharelog.PaymentOutput{{Account: to, Amount: 5}, {Account: "carol", Amount: 1}}})
			b.Payment(&sharelog.Payment{ID: id, Pool: "p", Chain: chain, State: Sent})
		})
	}
	numbers := func(rows []Payment) (all []uint64) {
		for _, p := range rows {
			all = append(all, p.ID)
		}
		return all
	}
	check := func(l *Ledger) {
		t.Helper()
		for _, c := range []struct {
			account, chain string
			before         uint64
			limit          int
			want           []uint64
		}{
			{"alice", "", 0, 3, []uint64{31, 21, 11}},
			{"alice", "", 11, 3, []uint64{1}},
			{"alice", "c", 0, 9, []uint64{31, 21, 1}},
			{"alice", "d", 0, 9, []uint64{11}},
			{"alice", "e", 0, 9, nil},
			{"carol", "", 41, 2, []uint64{40, 39}},
			{"caro", "", 0, 9, nil},
			{"nobody", "", 0, 9, nil},
		} {
			rows, err := l.AccountPayments("p", c.account, c.chain, c.before, c.limit)
			if err != nil || !reflect.DeepEqual(numbers(rows), c.want) {
				t.Errorf("%+v: got %v (%v)", c, numbers(rows), err)
			}
		}
		for _, c := range []struct {
			of     PaymentFilter
			before uint64
			limit  int
			want   []uint64
		}{
			{PaymentFilter{}, 12, 3, []uint64{11, 10, 9}},
			{PaymentFilter{Chain: "c"}, 13, 3, []uint64{12, 10, 9}},
			{PaymentFilter{Pool: "p"}, 0, 2, []uint64{40, 39}},
			{PaymentFilter{Pool: "p", Chain: "d"}, 0, 9, []uint64{11}},
			{PaymentFilter{Pool: "q"}, 0, 9, nil},
			{PaymentFilter{Chain: "e"}, 0, 9, nil},
		} {
			rows, err := l.Payments(c.of, c.before, c.limit)
			if err != nil || !reflect.DeepEqual(numbers(rows), c.want) {
				t.Errorf("%+v: got %v (%v)", c, numbers(rows), err)
			}
		}
		if rows, err := l.AccountPayments("q", "alice", "", 0, 9); err != nil || len(rows) > 0 {
			t.Errorf("of another pool: %v (%v)", numbers(rows), err)
		}
	}
	l := mustLedger(t, path, log)
	run(t, l, log)
	check(l)
	mustLoseLists(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	check(mustLedger(t, path, log))
}
