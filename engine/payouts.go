package engine

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine/payout"
)

// newPayer makes what pays accounts. It also follows the payments of pools that
// pay no longer.
func (e *Engine) newPayer() *payout.Payer {
	return payout.New(e.ledger, e.shareLog, sortedKeys(e.runners), func(chain string) (payout.Wallet, bool) {
		r, ok := e.runners[chain]
		return r, ok
	}, allPlans(e.cfg.Pools), payout.Options{Logger: e.log})
}

// runPayouts pays accounts, and lets the operator's commands about it in, until
// ctx ends.
func (e *Engine) runPayouts(ctx context.Context) error {
	defer e.paying.during(ctx)()
	e.sayDues(ctx)
	return e.payer.Run(ctx)
}

// paying lets requests about payments in while these are made: not before the
// share log is being folded, and not when the coins are about to go.
type paying struct {
	mu       sync.Mutex
	ctx      context.Context // nil while nothing is let in
	requests sync.WaitGroup
}

// during lets requests in until end is called, which waits for the last of them;
// their contexts end with ctx.
func (p *paying) during(ctx context.Context) (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ctx = ctx
	return func() {
		p.mu.Lock()
		p.ctx = nil
		p.mu.Unlock()
		p.requests.Wait()
	}
}

// enter is the context for a request, nil when it is not let in.
func (p *paying) enter() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx != nil {
		p.requests.Add(1)
	}
	return p.ctx
}

// only passes on what is let in.
func (p *paying) only(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		life := p.enter()
		if life == nil {
			http.Error(w, "the pool is starting or ending, payments wait: ask again in a moment", http.StatusServiceUnavailable)
			return
		}
		defer p.requests.Done()
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// allPlans are the plans of every pool.
func allPlans(pools map[string]configs.Pool) (plans []payout.Plan) {
	for _, name := range sortedKeys(pools) {
		plans = append(plans, plansOf(name, pools[name])...)
	}
	return plans
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
