package payout

import (
	"context"
	"errors"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Proposal is what a round would pay now.
type Proposal struct {
	Pool, Chain string
	Minimum     uint64
	Pay         []Due     // those of one address together
	Skipped     []Skipped // owed the minimum and not payable
	Total       uint64
	Funds       uint64 // what the wallet can spend
	Problem     string // why the wallet could not be asked
	Decimals    uint8
}

// Skipped is an account that is owed enough and cannot be paid.
type Skipped struct {
	Account string
	Amount  uint64
	Reason  string
}

// page is how many balances are read at a time.
const page = 1000

// propose finds who is to be paid: whoever shares an address with others is owed
// the minimum together with them.
func (p *Payer) propose(ctx context.Context, w Wallet, plan *Plan, minimum uint64) (out Proposal, err error) {
	out = Proposal{Pool: plan.Pool, Chain: plan.Chain, Minimum: minimum}
	groups, err := p.groups(plan)
	if err != nil {
		return out, err
	}
	for _, g := range groups {
		if g = g.due(minimum); len(g) == 0 {
			continue
		}
		payee, err := w.ValidateAddress(ctx, g[0].Address)
		if err != nil {
			return out, err
		}
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
			out.Skipped = append(out.Skipped, Skipped{d.Account, d.Amount, reason})
		}
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

// Propose says what a round of a plan would pay now. Nothing is changed.
func (p *Payer) Propose(ctx context.Context, plan Plan) (Proposal, error) {
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

var errNoCoin = errors.New("coin is not open yet")
