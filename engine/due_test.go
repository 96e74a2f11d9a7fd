package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/control"
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
				if one := (Due{"btc", "parent", 1, 262500000, "2.62500000 BTC", want}); !slices.Equal(got, []Due{one}) {
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

// TestStartSaysWhatPaymentsBeginWith: before the first payment, at each start.
func TestStartSaysWhatPaymentsBeginWith(t *testing.T) {
	for name, c := range map[string]struct {
		payouts *configs.Payouts
		found   uint64
		want    bool
	}{
		"payments":              {firstPayouts("c", false), 5, true},
		"a trial":               {firstPayouts("c", true), 5, true},
		"none":                  {nil, 5, false},
		"payments, nothing due": {firstPayouts("c", false), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			log, l := mustBooks(t)
			var b sharelog.Batch
			b.Terms(&sharelog.Terms{Pool: "p", Chain: "c", Scheme: "solo", Payout: "pool"})
			b.Share(&sharelog.Share{Pool: "p", Account: "a", Difficulty: 1})
			if c.found > 0 {
				b.Block(&sharelog.Block{Pool: "p", Chain: "c", Hash: [32]byte{7}, State: "mature", Account: "a", Reward: c.found})
			}
			if err := log.Append(&b); err != nil {
				t.Fatal(err)
			}
			out := &lines{}
			e := &Engine{ledger: l, shareLog: log, log: slog.New(slog.NewTextHandler(out, nil))}
			e.cfg.Pools = map[string]configs.Pool{"p": {Parent: "c", Reward: "solo", Payout: "pool", Payouts: c.payouts}}
			e.payer = e.newPayer()
			e.sayDues(t.Context())
			const said = `msg="payments begin with what is owed of all blocks before" pool=p chain=c amount="5 base units" accounts=1`
			if got := out.with(said) != ""; got != c.want {
				t.Errorf("said: %t, want %t; the log is %q", got, c.want, out.with(""))
			}
		})
	}
}
