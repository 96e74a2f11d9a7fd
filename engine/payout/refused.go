package payout

import (
	"context"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// refusal is a transaction that the wallet refuses to make for what it pays.
// Nothing was written down or sent.
type refusal struct{ cause error }

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// prepare has the wallet sign a transaction. Its error is a *refusal where another
// choice of outputs may do better.
func prepare(ctx context.Context, w Wallet, outputs []sharelog.PaymentOutput, fee coins.FeePolicy) (coins.PreparedPayment, error) {
	tx, err := w.Prepare(ctx, paymentsOf(outputs), fee)
	if err != nil && ctx.Err() == nil && errors.Is(err, coins.ErrPayment) {
		err = &refusal{err}
	}
	return tx, err
}

// part pays accounts by one transaction, or by smaller ones; see split.
func (p *Payer) part(ctx context.Context, w Wallet, plan *Plan, all []Due, t *terms, decimals uint8) ([]Skipped, error) {
	return split(ctx, all, func(all []Due) error {
		outputs, err := p.still(plan, all)
		if err != nil || len(outputs) == 0 {
			return err
		}
		if err := p.batch(ctx, w, plan, outputs, t.fee); err != nil {
			return err
		}
		p.o.Logger.Info("payment sent", "pool", plan.Pool, "chain", plan.Chain, "accounts", len(outputs), "total", Text(sumOf(outputs), decimals))
		return nil
	})
}

func sumOf(outputs []sharelog.PaymentOutput) (sum uint64) {
	for i := range outputs {
		sum += outputs[i].Amount
	}
	return sum
}

// split has accounts paid by one transaction. Where the wallet refuses that, each
// half of the addresses is paid by one of its own, down to the address that is
// refused, which is skipped.
func split(ctx context.Context, all []Due, pay func([]Due) error) (skipped []Skipped, err error) {
	err = pay(all)
	var refused *refusal
	if !errors.As(err, &refused) {
		return nil, err
	}
	first, second := halves(all)
	if len(second) == 0 {
		for _, d := range all {
			skipped = append(skipped, Skipped{d.Account, d.Amount, refused.Error(), d.Address})
		}
		return skipped, nil
	}
	for _, half := range [][]Due{first, second} {
		if ctx.Err() != nil {
			return skipped, ctx.Err()
		}
		more, err := split(ctx, half, pay)
		if skipped = append(skipped, more...); err != nil {
			return skipped, err
		}
	}
	return skipped, nil
}

// halves divides accounts by address.
func halves(all []Due) (first, second []Due) {
	addresses := 1
	for i := 1; i < len(all); i++ {
		if all[i].Address != all[i-1].Address {
			addresses++
		}
	}
	return cut(all, max(addresses/2, 1))
}

// tellSkipped logs who was not paid in a round since the wallet refused.
func (p *Payer) tellSkipped(plan *Plan, skipped []Skipped, decimals uint8) {
	if len(skipped) == 0 {
		return
	}
	s := skipped[0]
	p.o.Logger.Warn("some accounts are not paid in this round, since the node refuses what would pay them; they stay owed. Amounts that are too small for the chain want a higher minimum in [payouts]",
		"pool", plan.Pool, "chain", plan.Chain, "accounts", len(skipped), "first", fmt.Sprintf("%s, %s", s.Account, Text(s.Amount, decimals)), "reason", s.Reason)
}
