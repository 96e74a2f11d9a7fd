package payout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Proposal is what a round would pay now.
type Proposal struct {
	Pool, Chain string
	Minimum     uint64
	Pay         []Due     // those of one address together
	Skipped     []Skipped // owed the minimum and not payable, or refused by the node
	Total       uint64
	Funds       uint64 // what the wallet can spend
	Problem     string // why a round would not pay now
	Decimals    uint8
}

// Skipped is an account that is owed enough and cannot be paid.
type Skipped struct {
	Account string
	Amount  uint64
	Reason  string
	Refused string // address that the node refuses to pay; empty: there is none to pay
}

// page is how many balances are read at a time.
const page = 1000

// propose finds who is to be paid: whoever shares an address with others is owed
// the minimum together with them. An address at which the coin fails is refused, where
// it has an answer for others: it would keep everybody from being paid for ever.
func (p *Payer) propose(ctx context.Context, w Wallet, plan *Plan, minimum uint64) (out Proposal, err error) {
	out = Proposal{Pool: plan.Pool, Chain: plan.Chain, Minimum: minimum}
	groups, err := p.groups(plan)
	if err != nil {
		return out, err
	}
	var failed error
	answers := 0
	for _, g := range groups {
		if g = g.due(minimum); len(g) == 0 {
			continue
		}
		payee, err := w.ValidateAddress(ctx, g[0].Address)
		if err != nil {
			failed = err
			for _, d := range g {
				out.Skipped = append(out.Skipped, Skipped{d.Account, d.Amount, err.Error(), d.Address})
			}
			continue
		}
		answers++
		for _, d := range g {
			if payee.Valid {
				d.Address = payee.Address
				out.Pay = append(out.Pay, d)
				out.Total += d.Amount
				continue
			}
			reason := payee.Reason
			if d.Why == Itself {
				reason = unbound(d.Account, plan.Chain)
			}
			out.Skipped = append(out.Skipped, Skipped{Account: d.Account, Amount: d.Amount, Reason: reason})
		}
	}
	if failed != nil && (answers == 0 || ctx.Err() != nil) {
		return out, failed
	}
	return out, nil
}

// paymentsOf are the outputs of a transaction: one for each address.
func paymentsOf(outputs []sharelog.PaymentOutput) []coins.Payment {
	at := map[string]int{}
	var all []coins.Payment
	for _, o := range outputs {
		i, ok := at[o.Address]
		if !ok {
			i = len(all)
			at[o.Address] = i
			all = append(all, coins.Payment{Address: o.Address})
		}
		all[i].Amount += o.Amount
	}
	return all
}

// Propose says what a round of a plan would pay now, and whom the node would refuse.
// The wallet signs what it would send, lets go of it, and nothing is left of that.
func (p *Payer) Propose(ctx context.Context, plan Plan) (Proposal, error) {
	c, ok := p.chains[plan.Chain]
	if !ok {
		return Proposal{}, fmt.Errorf("no pool mines %s", plan.Chain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out, err := p.outlook(ctx, plan)
	if err == nil && len(out.Pay) > 0 && out.Problem == "" {
		if failed := p.try(ctx, &plan, &out); failed != nil {
			out.Problem = failed.Error()
		}
	}
	return out, err
}

// outlook is a proposal that does not ask the wallet to sign.
func (p *Payer) outlook(ctx context.Context, plan Plan) (Proposal, error) {
	w, info, err := p.walletOf(plan.Chain)
	if err != nil {
		return Proposal{}, err
	}
	t, err := plan.terms(info.Decimals)
	if err != nil {
		return Proposal{}, err
	}
	if err := p.ledger.Sync(ctx, p.log.End()); err != nil {
		return Proposal{}, err
	}
	out, err := p.propose(ctx, w, &plan, t.minimum)
	out.Decimals = info.Decimals
	funds, failed := w.Funds(ctx)
	if out.Funds = funds; failed != nil {
		out.Problem = failed.Error()
	}
	return out, err
}

// try has the wallet sign what would be paid, as a round does, and takes out of out
// whom it refuses. The caller holds the chain's lock.
func (p *Payer) try(ctx context.Context, plan *Plan, out *Proposal) (err error) {
	w, info, err := p.walletOf(plan.Chain)
	if err != nil {
		return err
	}
	t, err := plan.terms(info.Decimals)
	if err != nil {
		return err
	}
	keep, err := p.open(plan.Chain)
	if err != nil {
		return err
	}
	if err := w.Reserve(ctx, keep); err != nil {
		return err
	}
	for now, rest := cut(out.Pay, max(plan.Batch, 1)); len(now) > 0; now, rest = cut(rest, max(plan.Batch, 1)) {
		more, err := split(ctx, now, func(all []Due) error {
			var outputs []sharelog.PaymentOutput
			for i := range all {
				outputs = append(outputs, all[i].PaymentOutput)
			}
			if _, err := prepare(ctx, w, outputs, t.fee); err != nil {
				return err
			}
			// The next one can use its inputs, as it could use its change. Whoever asked may
			// have gone; nothing is left locked all the same.
			return w.Reserve(context.WithoutCancel(ctx), keep)
		})
		out.refuse(more)
		if err != nil {
			return err
		}
	}
	return nil
}

// open are the transactions of a chain's payments that are not final.
func (p *Payer) open(chain string) (raw [][]byte, err error) {
	rows, err := p.ledger.OpenPayments(ledger.PaymentFilter{Chain: chain})
	for i := range rows {
		raw = append(raw, rows[i].Raw)
	}
	return raw, err
}

// refuse moves accounts from those that are paid to those that are skipped.
func (out *Proposal) refuse(all []Skipped) {
	out.Skipped = append(out.Skipped, all...)
	gone := map[string]bool{}
	for i := range all {
		gone[all[i].Account] = true
		out.Total -= all[i].Amount
	}
	out.Pay = slices.DeleteFunc(slices.Clone(out.Pay), func(d Due) bool { return gone[d.Account] })
}

var errNoCoin = errors.New("coin is not open yet")
