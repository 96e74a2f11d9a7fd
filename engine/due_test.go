package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/web/api"
)

// foundBefore writes mature blocks, and one of 1000 that is not, into the share log of a pool to be started.
func foundBefore(t *testing.T, dir, pool, scheme, account string, rewards map[string]uint64) {
	t.Helper()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{Sync: "os"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var b sharelog.Batch
	now := time.Now().UnixMilli()
	for chain := range rewards {
		b.Terms(&sharelog.Terms{Pool: pool, Chain: chain, Scheme: scheme, Payout: "pool", Time: now})
	}
	b.Share(&sharelog.Share{Pool: pool, Account: account, Difficulty: 1, Time: now})
	for chain, reward := range rewards {
		b.Block(&sharelog.Block{Pool: pool, Chain: chain, Hash: [32]byte{7}, State: "mature", Account: account, Reward: reward, Time: now})
	}
	b.Share(&sharelog.Share{Pool: pool, Account: account, Difficulty: 1, Time: now})
	for chain := range rewards {
		b.Block(&sharelog.Block{Pool: pool, Chain: chain, Hash: [32]byte{8}, State: "received", Account: account, Reward: 1000, Time: now})
	}
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
}

// firstPayouts pay a chain, and not in this test's time.
func firstPayouts(chain string, trial bool) *configs.Payouts {
	o := configs.DefaultPayouts()
	o.Every, o.DryRun, o.Chains = configs.Duration(31*24*time.Hour), trial, map[string]configs.PayoutChain{chain: {Minimum: "1000"}}
	return &o
}

// TestSoloForThePool: what such a pool found is no debt, to nobody who looks, until
// payments are added; and what these begin with is known before.
func TestSoloForThePool(t *testing.T) {
	for name, c := range map[string]struct {
		reward        string
		owed, notPaid api.Amount
	}{
		"solo":   {"solo", "0", "262501000"},
		"shared": {"prop", "262500000", "0"}, // who shares blocks is paid by other means
	} {
		t.Run(name, func(t *testing.T) {
			r := mustAPI(t, func(cfg *Config) {
				p := cfg.Pools["btc"]
				p.Reward, p.FeeBPS = c.reward, 0
				cfg.Pools["btc"] = p
				foundBefore(t, cfg.DataDir, "btc", c.reward, apiMiner, map[string]uint64{"parent": 262500000})
			})
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if err := r.engine.ledger.Sync(ctx, r.engine.shareLog.End()); err != nil {
				t.Fatal(err)
			}
			look := func(when string, owed, notPaid api.Amount) {
				t.Helper()
				r.until(fmt.Sprintf("%s, API: %s owed, %s not paid", when, owed, notPaid), func() bool { // answers are kept for a moment
					var a api.Account
					if err := json.Unmarshal(r.get("/api/v1/accounts/"+apiMiner, 200), &a); err != nil {
						t.Fatal(err)
					}
					b := a.Pools[0].Chains[0].Balance
					return b.Owed == owed && b.NotPaid == notPaid && b.Mature == "262500000" && b.Immature == "1000"
				})
				all, err := operator{r.engine}.Accounts("btc", apiMiner)
				if err != nil {
					t.Fatal(err)
				}
				if b := all[0].Balances[0]; string(api.SignedAmount(b.Owed)) != string(owed) || string(api.SignedAmount(b.NotPaid)) != string(notPaid) {
					t.Errorf("%s, operator: got %+v, want %s owed, %s not paid", when, b, owed, notPaid)
				}
			}
			dues := func(when string, want Paying) {
				t.Helper()
				var got []Due
				if err := control.NewClient(r.dir).Get(ctx, "/due", nil, &got); err != nil {
					t.Fatal(err)
				}
				if one := (Due{"btc", "parent", 1, 262500000, "2.62500000 BTC", 1000, "0.00001000 BTC", want, 0}); !slices.Equal(got, []Due{one}) {
					t.Errorf("%s: got %+v, want %+v", when, got, one)
				}
			}
			look("without payments", c.owed, c.notPaid)
			dues("without payments", PaysNobody)
			for _, trial := range []bool{true, false} {
				p := r.engine.cfg.Pools["btc"]
				p.Payouts = firstPayouts("parent", trial)
				r.engine.Apply(map[string]configs.Pool{"btc": p})
				look("with payments", "262500000", "0")
				dues("with payments", map[bool]Paying{true: PaysTrial, false: Pays}[trial])
			}
			r.engine.Apply(r.engine.cfg.Pools)
			look("without payments again", c.owed, c.notPaid)
		})
	}
}

// TestStartSaysWhatPaymentsBeginWith: at each start, as a warning before the first payment.
func TestStartSaysWhatPaymentsBeginWith(t *testing.T) {
	const begin, on = `level=WARN msg="payments begin with what is owed of all blocks before"`, `level=INFO msg="payments go on with what is owed of all blocks since the last one"`
	for name, c := range map[string]struct {
		payouts         *configs.Payouts
		found, immature uint64
		paid            uint64
		want            string
	}{
		"payments":                    {firstPayouts("c", false), 5, 0, 0, begin + ` pool=p chain=c amount="5 base units" immature="0 base units" accounts=1 dry_run=false`},
		"a trial":                     {firstPayouts("c", true), 5, 0, 0, begin + ` pool=p chain=c amount="5 base units" immature="0 base units" accounts=1 dry_run=true`},
		"all immature":                {firstPayouts("c", false), 0, 7, 0, begin + ` pool=p chain=c amount="0 base units" immature="7 base units" accounts=1 dry_run=false`},
		"none":                        {nil, 5, 7, 0, ""},
		"payments, nothing due":       {firstPayouts("c", false), 0, 0, 0, ""},
		"some were made before":       {firstPayouts("c", false), 5, 7, 2, on + ` pool=p chain=c amount="3 base units" immature="7 base units" accounts=1 dry_run=false last=1970-01-01T00:00:01.234Z`},
		"all were made before":        {firstPayouts("c", false), 5, 0, 5, ""},
		"none, some were made before": {nil, 5, 7, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, out := mustDueEngine(t, map[string]configs.Pool{"p": {Parent: "c", Reward: "solo", Payout: "pool", Payouts: c.payouts}}, func(b *sharelog.Batch) {
				for i, found := range []uint64{c.found, c.immature} {
					if found > 0 {
						b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{byte(i)}, State: []string{"mature", "accepted"}[i], Account: "a", Reward: found})
					}
				}
				if c.paid > 0 {
					b.Payment(&sharelog.Payment{ID: 1, Pool: "p", Chain: "c", State: "prepared", Time: 1234, Raw: []byte{1}, Outputs: []sharelog.PaymentOutput{{Account: "a", Amount: c.paid}}})
				}
			})
			e.sayDues(t.Context())
			if got := out.with("payments "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("the log is %q, want %q", out.with(""), c.want)
			}
		})
	}
}

// mustDueEngine is an engine of pools with what has been found by account a of pool p
// in chains c and x, as far as it tells what is due.
func mustDueEngine(t *testing.T, pools map[string]configs.Pool, found func(*sharelog.Batch)) (*Engine, *lines) {
	t.Helper()
	log, l := mustBooks(t)
	var b sharelog.Batch
	for _, chain := range []string{"c", "x"} {
		b.Terms(&sharelog.Terms{Pool: "p", Chain: chain, Scheme: "solo", Payout: "pool"})
	}
	b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
	found(&b)
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	out := &lines{}
	e := &Engine{ledger: l, shareLog: log, log: slog.New(slog.NewTextHandler(out, nil))}
	e.cfg.Pools = pools
	e.payer = e.newPayer()
	return e, out
}

// TestDuesOfWhatIsNotMined: payments begin with what was found by a pool, or on a chain,
// that is out of the configuration now, too.
func TestDuesOfWhatIsNotMined(t *testing.T) {
	trial, paid := firstPayouts("c", true), firstPayouts("c", false)
	p := func(o *configs.Payouts) configs.Pool { return configs.Pool{Parent: "c", Payouts: o} }
	both := configs.Pool{Parent: "c", Aux: []configs.Aux{{Coin: "x"}}, Payouts: firstPayouts("x", false)}
	other := map[string]configs.Pool{"b": {Parent: "c"}}
	for name, c := range map[string]struct {
		running map[string]configs.Pool
		next    map[string]configs.Pool
		want    Paying // of c in p; "" where the ledger is not asked
	}{
		"a pool that was out":              {other, map[string]configs.Pool{"p": p(paid)}, PaysNobody},
		"a pool that was out, as trial":    {other, map[string]configs.Pool{"p": p(trial)}, PaysNobody},
		"a chain that was out":             {map[string]configs.Pool{"p": p(nil)}, map[string]configs.Pool{"p": both}, PaysNobody},
		"payments are taken up again":      {map[string]configs.Pool{"p": p(nil)}, map[string]configs.Pool{"p": p(paid)}, PaysNobody},
		"a trial ends":                     {map[string]configs.Pool{"p": p(trial)}, map[string]configs.Pool{"p": p(paid)}, PaysTrial},
		"in force beside one that begins":  {map[string]configs.Pool{"p": p(paid)}, map[string]configs.Pool{"p": p(paid), "b": p(paid)}, Pays},
		"in force":                         {map[string]configs.Pool{"p": p(paid)}, map[string]configs.Pool{"p": p(paid)}, ""},
		"a trial goes on":                  {map[string]configs.Pool{"p": p(trial)}, map[string]configs.Pool{"p": p(trial)}, ""},
		"no payments":                      {map[string]configs.Pool{"p": p(nil)}, map[string]configs.Pool{"p": p(nil)}, ""},
		"payments end":                     {map[string]configs.Pool{"p": p(paid)}, map[string]configs.Pool{"p": p(nil)}, ""},
		"asked in any case, pool is out":   {other, nil, PaysNobody},
		"asked in any case, pool is there": {map[string]configs.Pool{"p": p(paid)}, nil, Pays},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := mustDueEngine(t, c.running, func(b *sharelog.Batch) {
				b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{1}, State: "mature", Account: "a", Reward: 5})
				b.Block(&sharelog.Block{Pool: "p", Chain: "x", Hash: [32]byte{2}, State: "accepted", Account: "a", Reward: 7})
			})
			var want []Due
			if c.want == "" {
				if _, err := e.Dues(nil); !errors.Is(err, errNotYet) {
					t.Errorf("before payments are made: got error %v, want %v", err, errNotYet)
				}
			} else {
				defer e.paying.during(t.Context())()
				want = []Due{{"p", "c", 1, 5, "5 base units", 0, "0 base units", c.want, 0}, {"p", "x", 1, 0, "0 base units", 7, "7 base units", PaysNobody, 0}}
			}
			if got, err := e.Dues(c.next); err != nil || !slices.Equal(got, want) {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

// TestDuesOfALedgerThatIsBehind: what it does not know yet is not taken for nothing.
func TestDuesOfALedgerThatIsBehind(t *testing.T) {
	dir := t.TempDir()
	log, err := sharelog.Open(filepath.Join(dir, "shares"), sharelog.Options{Sync: "os"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var b sharelog.Batch
	b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", Payout: "pool"})
	if err := log.Append(&b); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "db"), log, ledger.Options{}) // which nobody runs
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := &Engine{ledger: l, shareLog: log, log: slog.New(slog.DiscardHandler)}
	e.payer = e.newPayer()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	defer e.paying.during(ctx)()
	if got, err := e.Dues(nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v, want an error", got, err)
	}
}
