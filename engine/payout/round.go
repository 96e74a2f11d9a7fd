package payout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// result is what a round came to.
type result struct {
	skipped []Skipped // whom the node refuses to pay
	made    bool      // all that could be paid was; an error is then of payments of before
}

// round takes up the payments of a chain that are not final, then pays by plan;
// a nil plan pays nothing new. The caller holds the chain's lock.
func (p *Payer) round(ctx context.Context, name string, plan *Plan) (out result, err error) {
	w, info, err := p.walletOf(name)
	if err != nil {
		return out, err
	}
	// Every payment that was ever written down is in the ledger from here on.
	if err := p.ledger.Sync(ctx, p.log.End()); err != nil {
		return out, err
	}
	open, err := p.ledger.OpenPayments(ledger.PaymentFilter{Chain: name})
	if err != nil {
		return out, err
	}
	var keep [][]byte
	for i := range open {
		keep = append(keep, open[i].Raw)
	}
	// A dry run, too, unlocks what was prepared and never written down. That it could
	// not is its problem only where something is under way.
	err = w.Reserve(ctx, keep)
	if plan != nil && plan.DryRun && len(open) == 0 {
		err = p.dry(ctx, *plan, err)
		return result{made: err == nil}, err
	}
	if err != nil {
		return out, err
	}
	var trouble []error
	unsent := false
	for i := range open {
		was := open[i].State
		now, err := p.follow(ctx, w, &open[i])
		if err != nil {
			trouble = append(trouble, fmt.Errorf("payment %d, %s: %w", open[i].ID, open[i].TxID, err))
		}
		// One that can never be sent must hold up nobody for ever.
		stuck := errors.Is(err, ErrMixed) || errors.Is(err, ErrDropped)
		unsent = unsent || was == ledger.Prepared && now == ledger.Prepared && !stuck
	}
	if unsent || plan == nil {
		return out, errors.Join(trouble...)
	}
	if plan.DryRun {
		err = p.dry(ctx, *plan, nil)
		return result{made: err == nil}, errors.Join(append(trouble, err)...)
	}
	out.skipped, err = p.pay(ctx, w, plan, info.Decimals)
	out.made = err == nil
	return out, errors.Join(append(trouble, err)...)
}

// dry says what a plan would pay; refused is a problem of the wallet's that is known
// already.
func (p *Payer) dry(ctx context.Context, plan Plan, refused error) error {
	out, err := p.outlook(ctx, plan)
	if refused != nil && out.Problem == "" {
		out.Problem = refused.Error()
	}
	if err == nil {
		p.o.Logger.Info("dry run: these payments would be made", "pool", plan.Pool, "chain", plan.Chain, "accounts", len(out.Pay),
			"total", Text(out.Total, out.Decimals), "wallet_has", Text(out.Funds, out.Decimals), "not_payable", len(out.Skipped), "problem", out.Problem)
	}
	return err
}

// pay makes the payments of a round, and returns whom the node refuses to pay.
func (p *Payer) pay(ctx context.Context, w Wallet, plan *Plan, decimals uint8) (skipped []Skipped, err error) {
	t, err := plan.terms(decimals)
	if err != nil {
		return nil, err
	}
	out, err := p.propose(ctx, w, plan, t.minimum)
	if err != nil {
		return nil, err
	}
	for _, one := range out.Skipped {
		if one.Refused != "" {
			skipped = append(skipped, one)
		}
	}
	defer func() { p.tellSkipped(plan, skipped, decimals) }()
	var now []Due
	for rest := out.Pay; len(rest) > 0 && ctx.Err() == nil; {
		now, rest = cut(rest, max(plan.Batch, 1))
		more, err := p.part(ctx, w, plan, now, &t, decimals)
		if skipped = append(skipped, more...); err != nil {
			return skipped, err
		}
	}
	return skipped, ctx.Err()
}

// batch makes one payment: signed, written down, folded, sent.
func (p *Payer) batch(ctx context.Context, w Wallet, plan *Plan, outputs []sharelog.PaymentOutput, fee coins.FeePolicy) error {
	if err := p.o.Step("chosen"); err != nil {
		return err
	}
	tx, err := prepare(ctx, w, outputs, fee)
	if err != nil {
		return err
	}
	if err := p.o.Step("prepared"); err != nil {
		return err
	}
	rec := sharelog.Payment{
		Pool: plan.Pool, Chain: plan.Chain, State: ledger.Prepared, TxID: tx.TxID, Fee: tx.Fee, Raw: tx.Raw, Outputs: outputs,
	}
	if err := p.writeNew(ctx, &rec); err != nil {
		return fmt.Errorf("payment is not sent: %w", err)
	}
	if err := p.o.Step("written"); err != nil {
		return err
	}
	if err := w.Send(ctx, tx.Raw); err != nil {
		return err
	}
	if err := p.o.Step("sent"); err != nil {
		return err
	}
	return p.write(ctx, &ledger.Payment{ID: rec.ID, Pool: rec.Pool, Chain: rec.Chain}, ledger.Sent, "", "")
}

// writeNew gives a payment its number and returns once it is on the disk and in
// the ledger.
func (p *Payer) writeNew(ctx context.Context, rec *sharelog.Payment) error {
	p.numbers.Lock()
	defer p.numbers.Unlock()
	var err error
	if rec.ID, err = p.nextNumber(ctx); err != nil {
		return err
	}
	return p.append(ctx, rec)
}

// nextNumber is that of the next payment. The caller holds the lock of numbers until
// the payment is written down.
func (p *Payer) nextNumber(ctx context.Context) (uint64, error) {
	if err := p.ledger.Sync(ctx, p.log.End()); err != nil {
		return 0, err
	}
	rows, err := p.ledger.Payments(ledger.PaymentFilter{}, 0, 1)
	if err != nil || len(rows) == 0 {
		return 1, err
	}
	return rows[0].ID + 1, nil
}

// write appends a change of a payment's state.
func (p *Payer) write(ctx context.Context, of *ledger.Payment, state, txid, reason string) error {
	err := p.append(ctx, &sharelog.Payment{ID: of.ID, Pool: of.Pool, Chain: of.Chain, State: state, TxID: txid, Reason: reason})
	if err != nil {
		return err
	}
	return p.o.Step("noted " + state)
}

// append writes records into the log as one: all of them or none.
func (p *Payer) append(ctx context.Context, all ...*sharelog.Payment) error {
	var b sharelog.Batch
	for _, rec := range all {
		rec.Time = time.Now().UnixMilli()
		b.Payment(rec)
	}
	if err := p.log.AppendSynced(&b); err != nil {
		return err
	}
	return p.ledger.Sync(ctx, p.log.End())
}

// follow takes a payment one step on, and returns the state that it then has.
func (p *Payer) follow(ctx context.Context, w Wallet, q *ledger.Payment) (state string, err error) {
	payments := paymentsOf(q.Outputs)
	st, err := w.PaymentStatus(ctx, q.Raw, payments)
	if err != nil {
		return q.State, err
	}
	if err := p.o.Step("looked"); err != nil {
		return q.State, err
	}
	next, txid, reason := q.State, "", ""
	depth := p.depth(q)
	switch st.State {
	case coins.PaymentUnknown:
		if err := w.Send(ctx, q.Raw); err != nil {
			return q.State, err
		}
		if err := p.o.Step("sent again"); err != nil {
			return q.State, err
		}
		next = ledger.Sent
	case coins.PaymentInMempool:
		next = ledger.Sent
	case coins.PaymentMined:
		if next = ledger.Sent; st.Confirmations >= depth {
			next = ledger.Confirmed
		}
	case coins.PaymentConflicted:
		if next, txid, reason, err = instead(q, &st, len(payments), depth); err != nil {
			return q.State, err
		}
	}
	if next == q.State {
		return next, nil
	}
	if err := p.write(ctx, q, next, txid, reason); err != nil {
		return q.State, err
	}
	p.o.Logger.Info("payment is "+next, "pool", q.Pool, "chain", q.Chain, "payment", q.ID, "txid", q.TxID, "reason", reason)
	if next == ledger.Failed && st.By == coins.ByDropped {
		p.o.Logger.Warn("what it paid is owed again, and paid by the next round from other coins. The wallet keeps what else it would have spent, and its change, until it is told to give it up, by abandontransaction",
			"chain", q.Chain, "payment", q.ID, "txid", q.TxID)
	}
	return next, nil
}

// depth is how many confirmations make a payment final.
func (p *Payer) depth(q *ledger.Payment) uint64 {
	for _, plan := range p.Plans() {
		if plan.Pool == q.Pool && plan.Chain == q.Chain && plan.Confirmations > 0 {
			return plan.Confirmations
		}
	}
	return defaultDepth
}
