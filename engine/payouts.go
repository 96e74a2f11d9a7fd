package engine

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// runPayouts pays accounts, and answers the operator's commands about it, until
// ctx ends. It also follows the payments of pools that pay no longer.
func (e *Engine) runPayouts(ctx context.Context) error {
	var plans []payout.Plan
	for _, name := range sortedKeys(e.cfg.Pools) {
		plans = append(plans, plansOf(name, e.cfg.Pools[name])...)
	}
	p := payout.New(e.ledger, e.shareLog, sortedKeys(e.runners), func(chain string) (payout.Wallet, bool) {
		r, ok := e.runners[chain]
		return r, ok
	}, plans, payout.Options{Logger: e.log})
	var group errgroup.Group
	group.Go(func() error { return p.Run(ctx) })
	group.Go(func() error {
		p.Serve(ctx, e.cfg.DataDir)
		return nil
	})
	return group.Wait()
}

// plansOf are the plans of a pool, the parent's first.
func plansOf(pool string, cfg configs.Pool) (plans []payout.Plan) {
	o := cfg.Payouts
	if o == nil {
		return nil
	}
	at, _ := o.Offset() // checked with the configuration
	names := sortedKeys(o.Chains)
	slices.SortStableFunc(names, func(a, b string) int { return first(b == cfg.Parent) - first(a == cfg.Parent) })
	for _, name := range names {
		c := o.Chains[name]
		plan := payout.Plan{
			Pool: pool, Chain: name, Minimum: payout.Amount(c.Minimum), Every: o.Every.D(), At: at, Batch: o.Batch, DryRun: o.DryRun,
			Confirmations: uint64(o.Confirmations), FeeRate: payout.Amount(c.FeeRate), FeeBlocks: c.FeeBlocks, MaxFee: payout.Amount(c.MaxFee),
		}
		if c.Confirmations > 0 {
			plan.Confirmations = uint64(c.Confirmations)
		}
		plans = append(plans, plan)
	}
	return plans
}

func first(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
