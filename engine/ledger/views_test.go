package ledger

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// TestViews compares what the views say of a random log with the ledger's queries.
func TestViews(t *testing.T) {
	mustPostgres(t)
	rng := rand.New(rand.NewPCG(4, 4))
	dir := t.TempDir()
	log := mustLog(t, filepath.Join(dir, "shares"))
	for range 60 {
		mustAppend(t, log, func(b *sharelog.Batch) { randomRecords(rng, b) })
	}
	mustAppend(t, log, func(b *sharelog.Batch) {
		b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{1, 2, 31: 9}, State: "accepted", Worker: "zero\x00\\", Reward: 1<<63 + 1})
	})
	path := filepath.Join(dir, "db")
	l := mustLedger(t, path, log)
	run(t, l, log)
	query := func(sql string) [][]string {
		t.Helper()
		_, schema, _ := strings.Cut(databaseAt(t, path), "search_path=")
		return server.MustQuery(t, schema, sql)
	}
	same := func(what string, got, want [][]string) {
		t.Helper()
		for _, rows := range [][][]string{got, want} {
			slices.SortFunc(rows, slices.Compare[[]string])
		}
		if !reflect.DeepEqual(got, want) || len(got) == 0 {
			t.Errorf("%s: got\n%q, want\n%q", what, got, want)
		}
	}
	shown := func(name string) string { return strings.ReplaceAll(name, "\x00", `\000\377`) }

	var accounts, workers, balances, blocks, payments, outputs [][]string
	totals := func(names []string, r *Totals) []string {
		return append(names, fmt.Sprint(r.Accepted), r.Work.Big().String(), fmt.Sprint(r.FirstSeen), fmt.Sprint(r.LastSeen))
	}
	for _, pool := range []string{"p", "q"} {
		page, err := l.Accounts(pool, nil, maxPage)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page {
			accounts = append(accounts, totals([]string{pool, a.Name}, &a.Totals))
			page, err := l.Workers(pool, a.Name, nil, maxPage)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range page {
				workers = append(workers, totals([]string{pool, a.Name, shown(w.Name)}, &w.Totals))
			}
		}
		for _, chain := range []string{"c", "d"} {
			rows, err := l.Balances(pool, chain, nil, maxPage)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := l.Operator(pool, chain); err == nil {
				rows = append(rows, BalanceRow{"(operator)", b})
			}
			for _, r := range rows {
				balances = append(balances, []string{pool, chain, r.Account, fmt.Sprint(r.Immature), fmt.Sprint(r.Mature), fmt.Sprint(r.Shares.Units),
					fmt.Sprint(r.Paid), fmt.Sprint(r.Sending), fmt.Sprint(r.Coinbase)})
			}
		}
	}
	all, err := l.Blocks(Filter{}, 0, maxPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		blocks = append(blocks, []string{fmt.Sprint(b.Seq), b.Pool, b.Chain, fmt.Sprint(b.Height), coins.Hash(b.Hash).String(), b.State, fmt.Sprint(b.Reward),
			b.Account, strings.ReplaceAll(b.Worker, "\x00", "\ufffd"), fmt.Sprint(b.Found)})
	}
	paid, err := l.Payments(PaymentFilter{}, 0, maxPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paid {
		payments = append(payments, []string{fmt.Sprint(p.ID), p.Pool, p.Chain, p.State, p.TxID, fmt.Sprint(p.Fee), fmt.Sprint(p.Made)})
		for _, o := range p.Outputs {
			outputs = append(outputs, []string{fmt.Sprint(p.ID), o.Account, o.Address, fmt.Sprint(o.Amount)})
		}
	}
	const seen = `coalesce(round(extract(epoch from first_seen) * 1000), 0), coalesce(round(extract(epoch from last_seen) * 1000), 0)`
	same("accounts", query(`select pool, account, accepted, work_units, `+seen+` from accounts`), accounts)
	same("workers", query(`select pool, account, worker, accepted, work_units, `+seen+` from workers`), workers)
	same("balances", query(`select pool, chain, coalesce(account, '(operator)'), immature, mature, by_shares, paid, sending, by_coinbase from balances`), balances)
	same("blocks", query(`select number, pool, chain, height, hash, state, reward, account, worker, coalesce(round(extract(epoch from found) * 1000), 0) from blocks`), blocks)
	same("payments", query(`select number, pool, chain, state, transaction, fee, coalesce(round(extract(epoch from made) * 1000), 0) from payments`), payments)
	same("outputs", query(`select number, account, address, amount from payment_outputs`), outputs)
	for _, row := range query(`select pool, chain, account, owed from balances where account is not null`) {
		b, err := l.Balance(row[0], row[1], row[2])
		if err != nil || fmt.Sprint(b.Owed()) != row[3] {
			t.Errorf("owed of %v: want %d, %v", row, b.Owed(), err)
		}
	}
}
