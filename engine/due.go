package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// Paying is how accounts of a pool are paid for a chain by its wallet.
type Paying string

// The ways of paying.
const (
	PaysNobody Paying = "no"
	PaysTrial  Paying = "dry_run" // rounds say what they would pay
	Pays       Paying = "yes"
)

// Due is what payments for a chain would pay, of all that was found so far: accounts
// may have been paid for it by other means, or know that they are not.
type Due struct {
	Pool     string `json:"pool"`
	Chain    string `json:"chain"`
	Accounts int    `json:"accounts"`
	Amount   uint64 `json:"amount"` // base units
	Text     string `json:"text"`   // the amount in coins, where the coin is known
	Paying   Paying `json:"paying"`
}

// duePage is how many balances are read at a time.
const duePage = 1000

// Dues is what is due in each pool, chain by chain, by the ledger of one that does not
// run. A chain counts as paid where a payment was ever made.
func Dues(l *ledger.Ledger, pools map[string]configs.Pool) (all []Due, err error) {
	for _, pool := range sortedKeys(pools) {
		for _, chain := range chainsOf(pools[pool]) {
			d, err := dueOf(l, pool, chain)
			if err != nil {
				return nil, err
			}
			made, err := l.Payments(ledger.PaymentFilter{Pool: pool, Chain: chain}, 0, 1)
			if err != nil {
				return nil, err
			}
			if d.Paying = PaysNobody; len(made) > 0 {
				d.Paying = Pays
			}
			all = append(all, d)
		}
	}
	return all, nil
}

func dueOf(l *ledger.Ledger, pool, chain string) (Due, error) {
	d := Due{Pool: pool, Chain: chain}
	var after *ledger.BalanceRow
	for {
		rows, err := l.Balances(pool, chain, after, duePage)
		if err != nil {
			return d, err
		}
		for i := range rows {
			if owed := rows[i].Owed(); owed > 0 {
				d.Accounts++
				d.Amount += uint64(owed)
			}
		}
		if len(rows) < duePage {
			d.Text = fmt.Sprintf("%d base units", d.Amount)
			return d, nil
		}
		after = &rows[len(rows)-1]
	}
}

// errNotYet is of questions that the ledger cannot answer yet, or no more.
var errNotYet = errors.New("the pool is starting or ending: try again in a moment")

// Dues is what is due in each pool now, and how that is paid by what is in force.
func (e *Engine) Dues() ([]Due, error) {
	if e.paying.enter() == nil {
		return nil, errNotYet
	}
	defer e.paying.requests.Done()
	all, err := Dues(e.ledger, e.cfg.Pools)
	for i := range all {
		d := &all[i]
		e.inCoins(d)
		d.Paying = PaysNobody
		for _, plan := range e.payer.Plans() {
			if plan.Pool == d.Pool && plan.Chain == d.Chain {
				if d.Paying = Pays; plan.DryRun {
					d.Paying = PaysTrial
				}
			}
		}
	}
	return all, err
}

// inCoins has the amount said in coins.
func (e *Engine) inCoins(d *Due) {
	if r, ok := e.runners[d.Chain]; ok {
		if info, ok := r.Info(); ok {
			d.Text = payout.Text(d.Amount, info.Decimals) + " " + info.Symbol
		}
	}
}

// showDues answers GET /due.
func (e *Engine) showDues(w http.ResponseWriter, _ *http.Request) {
	all, err := e.Dues()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // whoever asked may have gone
}

// sayDues warns before the first payment for a chain: it pays for all that was found
// before there were payments, too.
func (e *Engine) sayDues(ctx context.Context) {
	if len(e.payer.Plans()) == 0 || e.ledger.Sync(ctx, e.shareLog.End()) != nil {
		return
	}
	all, err := Dues(e.ledger, e.cfg.Pools)
	if err != nil {
		e.log.Error("what payments begin with cannot be read", "error", err)
		return
	}
	for i := range all {
		d := &all[i]
		for _, plan := range e.payer.Plans() {
			if plan.Pool == d.Pool && plan.Chain == d.Chain && d.Paying == PaysNobody && d.Amount > 0 {
				e.inCoins(d)
				e.log.Warn("payments begin with what is owed of all blocks before", "pool", d.Pool, "chain", d.Chain, "amount", d.Text, "accounts", d.Accounts, "dry_run", plan.DryRun)
			}
		}
	}
}

// inForce are the pools with what of them reloads have changed, as far as it says who
// is owed what.
func (e *Engine) inForce() map[string]configs.Pool {
	all := map[string]configs.Pool{}
	for name, cfg := range e.cfg.Pools {
		all[name] = cfg
	}
	for _, p := range e.pools {
		all[p.name] = e.owing(p)
	}
	return all
}

// owing is a pool's configuration as far as it says who is owed what.
func (e *Engine) owing(p *pool) configs.Pool {
	cfg := p.shown()
	if cfg.Payout == "coinbase" {
		return cfg // whose wallet changes with a restart only
	}
	cfg.Payouts = nil
	for _, plan := range e.payer.Plans() {
		if plan.Pool != p.name {
			continue
		}
		if cfg.Payouts == nil {
			cfg.Payouts = &configs.Payouts{Chains: map[string]configs.PayoutChain{}}
		}
		cfg.Payouts.Chains[plan.Chain] = configs.PayoutChain{}
	}
	return cfg
}
