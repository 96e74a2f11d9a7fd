package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/motherlode-pool/motherlode/configs"
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

// Due is what payments for a chain would pay of all that was found so far: accounts may
// have been paid for it by other means, or know that they are not. Amounts are in base
// units; their texts in coins, where the coin runs.
type Due struct {
	Pool         string `json:"pool"`
	Chain        string `json:"chain"`
	Accounts     int    `json:"accounts"`
	Amount       uint64 `json:"amount"`        // owed now
	Text         string `json:"text"`          // of it
	Immature     uint64 `json:"immature"`      // owed once blocks are mature
	ImmatureText string `json:"immature_text"` // of it
	Paying       Paying `json:"paying"`        // by the plan that is in force now
	Last         int64  `json:"last"`          // newest payment that has not failed, Unix milliseconds; 0: none was ever made
}

// errNotYet is of questions that the ledger cannot answer yet, or no more.
var errNotYet = errors.New("the pool is starting or ending: try again in a moment")

// dueWait is how long the ledger may take to know all that is in the share log.
const dueWait = 10 * time.Second

// Dues is what is due in each pool and chain that was ever mined, and whether it is paid
// by what is in force, where plans of next would begin payments: nothing where they are
// all in force. Nil asks for it in any case.
func (e *Engine) Dues(next map[string]configs.Pool) ([]Due, error) {
	if next != nil && !slices.ContainsFunc(allPlans(next), e.begins) {
		return nil, nil
	}
	life := e.paying.enter()
	if life == nil {
		return nil, errNotYet
	}
	defer e.paying.requests.Done()
	ctx, cancel := context.WithTimeout(life, dueWait)
	defer cancel()
	if err := e.ledger.Sync(ctx, e.shareLog.End()); err != nil {
		return nil, fmt.Errorf("the ledger does not know all that was found yet: %w", err)
	}
	return e.dues()
}

// begins reports whether a plan would pay what is not paid by one that is in force.
func (e *Engine) begins(plan payout.Plan) bool {
	now := e.paysFor(plan.Pool, plan.Chain)
	return now == PaysNobody || now == PaysTrial && !plan.DryRun
}

// paysFor is how a chain is paid by what is in force.
func (e *Engine) paysFor(pool, chain string) Paying {
	for _, plan := range e.payer.Plans() {
		switch {
		case plan.Pool != pool || plan.Chain != chain:
		case plan.DryRun:
			return PaysTrial
		default:
			return Pays
		}
	}
	return PaysNobody
}

// dues is what is due by the ledger as it is.
func (e *Engine) dues() (all []Due, err error) {
	rows, err := e.ledger.Dues()
	for _, r := range rows {
		all = append(all, Due{
			Pool: r.Pool, Chain: r.Chain, Accounts: r.Accounts, Amount: r.Owed, Text: e.inCoins(r.Chain, r.Owed),
			Immature: r.Immature, ImmatureText: e.inCoins(r.Chain, r.Immature), Paying: e.paysFor(r.Pool, r.Chain), Last: r.Last,
		})
	}
	return all, err
}

// inCoins is an amount in coins, or in base units where the chain's coin is not known.
func (e *Engine) inCoins(chain string, units uint64) string {
	if r, ok := e.runners[chain]; ok {
		if info, ok := r.Info(); ok {
			return payout.Text(units, info.Decimals) + " " + info.Symbol
		}
	}
	return fmt.Sprintf("%d base units", units)
}

// showDues answers GET /due.
func (e *Engine) showDues(w http.ResponseWriter, _ *http.Request) {
	all, err := e.Dues(nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // whoever asked may have gone
}

// sayDues says what payments begin or go on with: they pay for all that was found, also
// while there were none. It warns before the first one.
func (e *Engine) sayDues(ctx context.Context) {
	if len(e.payer.Plans()) == 0 || e.ledger.Sync(ctx, e.shareLog.End()) != nil {
		return
	}
	all, err := e.dues()
	if err != nil {
		e.log.Error("what payments begin with cannot be read", "error", err)
		return
	}
	for _, d := range all {
		if d.Paying == PaysNobody || d.Amount == 0 && d.Immature == 0 {
			continue
		}
		log := e.log.With("pool", d.Pool, "chain", d.Chain, "amount", d.Text, "immature", d.ImmatureText, "accounts", d.Accounts, "dry_run", d.Paying == PaysTrial)
		if d.Last == 0 {
			log.Warn("payments begin with what is owed of all blocks before")
			continue
		}
		log.Info("payments go on with what is owed of all blocks since the last one", "last", time.UnixMilli(d.Last).UTC())
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
