package engine

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/motherlode-pool/motherlode/engine/direct"
	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/payout"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/submit"
	"github.com/motherlode-pool/motherlode/stratum"
)

// payAccounts sets up a pool whose coinbases pay its accounts.
func (p *pool) payAccounts(operator *job.Payee) error {
	minimum := uint64(0)
	if c := p.cfg.Coinbase; c != nil {
		info, _ := p.parent.Info() // it is open
		var err error
		if minimum, err = payout.Amount(c.Minimum).Units(info.Decimals); err != nil {
			return fmt.Errorf("coinbase.minimum: %w", err)
		}
	}
	p.direct = newPlanner(p, operator.Script, minimum)
	for _, l := range p.cfg.Listen { // so that their coinbases are tried with the first job
		if !p.direct.solo {
			p.direct.payee(p.classOf(stratum.Login{Listener: l.Address}), "", nil)
		}
	}
	return nil
}

// planFirst has the first plan made, and the others from then on.
func (p *pool) planFirst(ctx context.Context, group *errgroup.Group) {
	d := p.direct
	if d == nil {
		return
	}
	d.ledger, d.rows, d.from = p.ledger, p.courier.Rows, p.shareLog.End()
	d.begin(ctx, func(ctx context.Context) error { return p.ledger.Sync(ctx, d.from) })
	group.Go(func() error { return d.run(ctx) })
}

// divideBy has a job pay whom it should, and lists the payees whose coinbases are
// tried before it is given out.
func (p *pool) divideBy(in *job.Input) []*job.Payee {
	switch {
	case p.direct != nil:
		in.Payout = p.direct.payout(in.Template)
		return p.direct.shared()
	case p.payee != nil:
		return []*job.Payee{p.payee}
	}
	return nil
}

// employ admits a worker, and finds whose coinbase its machine is sent.
func (p *pool) employ(ctx context.Context, l stratum.Login) (*worker, error) {
	if p.direct == nil {
		return p.accounts.authorize(ctx, l.User)
	}
	account, name, own, err := p.accounts.admit(ctx, l.User)
	if err != nil {
		return nil, err
	}
	return p.accounts.worker(account, name, p.direct.payee(p.classOf(l), account, own)), nil
}

// classOf is what a miner's machine can hash.
func (p *pool) classOf(login stratum.Login) direct.Limits {
	for _, l := range p.cfg.Listen {
		if l.Address == login.Listener {
			return direct.ClassOf(l.Profile, login.Agent, direct.Limits{Outputs: l.Coinbase.MaxOutputs, Bytes: l.Coinbase.MaxBytes})
		}
	}
	return direct.ClassOf("", login.Agent, direct.Limits{})
}

// paidBy is what a coinbase pays, as the courier keeps it with the block.
func paidBy(v *job.Variant) *submit.Paid {
	out, ok := v.Note.(*direct.Payout)
	if !ok {
		return nil
	}
	paid := &submit.Paid{Operator: out.Operator}
	for _, a := range out.Accounts {
		paid.Outputs = append(paid.Outputs, submit.Output{Account: a.Account, Amount: a.Amount})
	}
	return paid
}

// recordPaid writes what a block's coinbase pays in front of a record of the block.
// One is enough, and the ledger takes the first.
func recordPaid(b *sharelog.Batch, ev *submit.Event) {
	f := &ev.Found
	if f.Paid == nil {
		return
	}
	c := sharelog.Coinbase{Time: ev.Time.UnixMilli(), Pool: f.Pool, Chain: f.Chain, Hash: f.Hash, Operator: f.Paid.Operator}
	for _, o := range f.Paid.Outputs {
		c.Outputs = append(c.Outputs, sharelog.CoinbaseOutput{Account: o.Account, Amount: o.Amount})
	}
	b.Coinbase(&c)
}

// paidByCoinbase reports whether what a plan would pay from a wallet is what the
// coinbases of a pool pay: that was so when the pool began, and a wallet beside them
// would pay twice. It takes a restart to change.
func (e *Engine) paidByCoinbase(plan payout.Plan) bool {
	cfg, ok := e.cfg.Pools[plan.Pool]
	if !ok || cfg.Payout != "coinbase" || cfg.Parent != plan.Chain {
		return false
	}
	if cfg.Payouts != nil {
		if _, kept := cfg.Payouts.Chains[plan.Chain]; kept {
			return false
		}
	}
	e.log.Warn("the coinbases of this pool pay what is carried since it began; a wallet pays it after a restart only", "pool", plan.Pool, "chain", plan.Chain)
	return true
}
