package ledger

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// TestDues: what was found is due by its state and by what was paid of it, in every
// pool and chain that the log knows.
func TestDues(t *testing.T) {
	terms := func(pool, chain, payout string) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Terms(&sharelog.Terms{Pool: pool, Chain: chain, Scheme: "solo", Payout: payout})
		}
	}
	block := func(pool, chain, account, state string, hash byte, reward uint64) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Block(&sharelog.Block{Pool: pool, Chain: chain, Hash: [32]byte{hash}, State: state, Account: account, Reward: reward})
		}
	}
	pay := func(id uint64, state string, made int64, amount uint64) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Payment(&sharelog.Payment{
				ID: id, Pool: "p", Chain: "c", State: state, TxID: "t", Raw: []byte{1}, Time: made,
				Outputs: []sharelog.PaymentOutput{{Account: "a", Address: "x", Amount: amount}},
			})
		}
	}
	coinbase := func(hash byte, account string, amount uint64) func(*sharelog.Batch) {
		return func(b *sharelog.Batch) {
			b.Coinbase(&sharelog.Coinbase{Pool: "p", Chain: "c", Hash: [32]byte{hash}, Outputs: []sharelog.CoinbaseOutput{{Account: account, Amount: amount}}})
		}
	}
	for _, c := range []struct {
		name    string
		records []func(*sharelog.Batch)
		want    []Due
	}{
		{"nothing", nil, nil},
		{"nothing found", []func(*sharelog.Batch){terms("p", "c", "pool")}, []Due{{"p", "c", 0, 0, 0, 0}}},
		{"mature", []func(*sharelog.Batch){terms("p", "c", "pool"), block("p", "c", "a", "mature", 1, 50)}, []Due{{"p", "c", 1, 50, 0, 0}}},
		{"immature alone", []func(*sharelog.Batch){terms("p", "c", "pool"), block("p", "c", "a", "accepted", 1, 50), block("p", "c", "b", "received", 2, 7)}, []Due{{"p", "c", 2, 0, 57, 0}}},
		{"both, of two accounts", []func(*sharelog.Batch){terms("p", "c", "pool"), block("p", "c", "a", "mature", 1, 50), block("p", "c", "b", "accepted", 2, 7)}, []Due{{"p", "c", 2, 50, 7, 0}}},
		{"orphaned", []func(*sharelog.Batch){terms("p", "c", "pool"), block("p", "c", "a", "orphaned", 1, 50)}, []Due{{"p", "c", 0, 0, 0, 0}}},
		{"two pools and chains", []func(*sharelog.Batch){
			terms("q", "c", "pool"), terms("p", "d", "pool"), terms("p", "c", "pool"), block("q", "c", "a", "mature", 1, 1), block("p", "d", "a", "mature", 2, 2), block("p", "c", "a", "mature", 3, 3),
		}, []Due{{"p", "c", 1, 3, 0, 0}, {"p", "d", 1, 2, 0, 0}, {"q", "c", 1, 1, 0, 0}}},
		{"being sent", []func(*sharelog.Batch){terms("p", "c", "pool"), block("p", "c", "a", "mature", 1, 50), pay(1, Prepared, 1234, 20)}, []Due{{"p", "c", 1, 30, 0, 1234}}},
		{"paid", []func(*sharelog.Batch){terms("p", "c", "pool"), block("p", "c", "a", "mature", 1, 50), pay(1, Prepared, 1234, 50), pay(1, Confirmed, 2345, 0)}, []Due{{"p", "c", 0, 0, 0, 1234}}},
		{"the newest payment failed", []func(*sharelog.Batch){
			terms("p", "c", "pool"), block("p", "c", "a", "mature", 1, 50), pay(1, Prepared, 1234, 20), pay(2, Prepared, 3456, 30), pay(2, Failed, 4567, 0),
		}, []Due{{"p", "c", 1, 30, 0, 1234}}},
		{"paid of a block that was orphaned", []func(*sharelog.Batch){
			terms("p", "c", "pool"), block("p", "c", "a", "mature", 1, 50), pay(1, Prepared, 1234, 50), block("p", "c", "a", "orphaned", 1, 50), block("p", "c", "a", "accepted", 2, 80),
		}, []Due{{"p", "c", 1, 0, 30, 1234}}},
		{"its finder is paid by the coinbase", []func(*sharelog.Batch){terms("p", "c", "miner"), block("p", "c", "a", "accepted", 1, 50), block("p", "c", "a", "mature", 2, 50)}, []Due{{"p", "c", 0, 0, 0, 0}}},
		{"was paid by the coinbase, no longer is", []func(*sharelog.Batch){
			terms("p", "c", "miner"), block("p", "c", "a", "accepted", 1, 50), terms("p", "c", "pool"), block("p", "c", "a", "accepted", 2, 7),
		}, []Due{{"p", "c", 1, 0, 7, 0}}},
		{"the coinbase paid a part", []func(*sharelog.Batch){terms("p", "c", "coinbase"), coinbase(1, "a", 30), block("p", "c", "a", "accepted", 1, 50)}, []Due{{"p", "c", 1, 0, 20, 0}}},
		{"the coinbase paid more", []func(*sharelog.Batch){
			terms("p", "c", "coinbase"), coinbase(1, "a", 30), block("p", "c", "a", "mature", 1, 50), coinbase(2, "a", 65), block("p", "c", "a", "accepted", 2, 50),
		}, []Due{{"p", "c", 1, 5, 0, 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			log := mustLog(t, filepath.Join(dir, "shares"))
			for _, r := range c.records {
				mustAppend(t, log, r)
			}
			l := mustLedger(t, filepath.Join(dir, "db"), log)
			run(t, l, log)
			if got, err := l.Dues(); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
