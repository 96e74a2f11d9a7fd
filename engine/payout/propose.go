package payout

import (
	"context"
	"errors"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// Proposal is what a round would pay now.
type Proposal struct {
	Pool, Chain string
	Minimum     uint64
	Pay         []sharelog.PaymentOutput // in the order of their accounts
	Skipped     []Skipped                // owed the minimum and not payable
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

// propose finds who is to be paid, limit of them at most, 0 for all; not those
// in done.
func (p *Payer) propose(ctx context.Context, w Wallet, plan *Plan, minimum uint64, limit int, done map[string]bool) (out Proposal, err error) {
	out = Proposal{Pool: plan.Pool, Chain: plan.Chain, Minimum: minimum}
	var after *ledger.BalanceRow
	for {
		rows, err := p.ledger.Balances(plan.Pool, plan.Chain, after, page)
		if err != nil {
			return out, err
		}
		for i := range rows {
			row := &rows[i]
			owed := row.Owed()
			if owed < int64(minimum) || done[row.Account] {
				continue
			}
			payee, err := w.ValidateAddress(ctx, p.o.Address(plan.Pool, plan.Chain, row.Account))
			if err != nil {
				return out, err
			}
			if !payee.Valid {
				out.Skipped = append(out.Skipped, Skipped{row.Account, uint64(owed), payee.Reason})
				continue
			}
			out.Pay = append(out.Pay, sharelog.PaymentOutput{Account: row.Account, Address: payee.Address, Amount: uint64(owed)})
			out.Total += uint64(owed)
			if len(out.Pay) == limit {
				return out, nil
			}
		}
		if len(rows) < page {
			return out, nil
		}
		after = &rows[len(rows)-1]
	}
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
	out, err := p.propose(ctx, w, &plan, t.minimum, 0, nil)
	out.Decimals = info.Decimals
	funds, failed := w.Funds(ctx)
	if out.Funds = funds; failed != nil {
		out.Problem = failed.Error()
	}
	return out, err
}

var errNoCoin = errors.New("coin is not open yet")
