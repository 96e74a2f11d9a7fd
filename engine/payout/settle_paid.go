package payout

import (
	"context"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// paidBy finds what a transaction of the wallet pays of a payment that can never be
// mined any more. What it pays of other payments counts for these.
func (p *Payer) paidBy(ctx context.Context, w Wallet, q *ledger.Payment, st *coins.PaymentStatus, raw []byte, out *Settlement) error {
	tx, err := parseRaw(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSettle, err)
	}
	out.PaidBy = tx.id
	depth := p.depth(q)
	switch {
	case tx.id == q.TxID:
		return fmt.Errorf("%w: this is its own transaction, which is followed, and counts once it is %d deep", ErrSettle, depth)
	case st.State != coins.PaymentConflicted:
		return fmt.Errorf("%w: its own transaction is %s, and may yet pay all of it", ErrSettle, st.State)
	case st.Confirmations < depth:
		return fmt.Errorf("%w: what keeps it from being mined is %d deep and has to be %d: wait for that", ErrSettle, st.Confirmations, depth)
	}
	if err := minedDeep(ctx, w, q, raw, depth); err != nil {
		return err
	}
	left := map[string]uint64{} // by script
	for _, o := range tx.outputs {
		left[string(o.script)] += o.amount
	}
	if err := p.others(ctx, w, q, tx.id, left); err != nil {
		return err
	}
	total := uint64(0)
	var rest []sharelog.PaymentOutput
	for i := range out.Lines {
		l := &out.Lines[i]
		script, err := scriptOf(ctx, w, l.Address)
		if err != nil {
			return err
		}
		l.Paid = min(l.Amount, left[script])
		left[script] -= l.Paid
		if total += l.Paid; l.Paid < l.Amount {
			o := q.Outputs[i]
			o.Amount -= l.Paid
			rest = append(rest, o)
		}
	}
	if total == 0 {
		return fmt.Errorf("%w: %s pays none of its addresses anything that does not count for another payment", ErrSettle, tx.id)
	}
	return noOther(ctx, w, q, tx.id, rest)
}

// minedDeep refuses a transaction that the wallet does not have in the chain as its own.
func minedDeep(ctx context.Context, w Wallet, q *ledger.Payment, raw []byte, depth uint64) error {
	st, err := w.PaymentStatus(ctx, raw, paymentsOf(q.Outputs))
	switch {
	case err != nil:
		return err
	case st.State != coins.PaymentMined:
		return fmt.Errorf("%w: the transaction that is to have paid it is in no block that the wallet knows", ErrSettle)
	case st.By == coins.ByOthers:
		return fmt.Errorf("%w: the wallet has received the transaction that is to have paid it and has not sent it, or does not know it", ErrSettle)
	case st.Confirmations < depth:
		return fmt.Errorf("%w: the transaction that is to have paid it is %d deep and has to be %d: wait for that", ErrSettle, st.Confirmations, depth)
	}
	return nil
}

// others takes off what a transaction pays for other payments of the chain. It refuses
// where one before this one, or one that the transaction makes whole, is not decided yet:
// the same money would count for both.
func (p *Payer) others(ctx context.Context, w Wallet, q *ledger.Payment, txid string, left map[string]uint64) error {
	for before := uint64(0); ; {
		rows, err := p.ledger.Payments(ledger.PaymentFilter{Chain: q.Chain}, before, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			row := &rows[i]
			switch {
			case row.ID == q.ID || row.State == ledger.Failed:
			case row.TxID == txid:
				if err := takeOff(ctx, w, row, left); err != nil {
					return err
				}
			case !row.Final():
				if err := decided(ctx, w, row, q, txid); err != nil {
					return err
				}
			}
		}
		before = rows[len(rows)-1].ID
	}
}

func takeOff(ctx context.Context, w Wallet, row *ledger.Payment, left map[string]uint64) error {
	for _, o := range row.Outputs {
		script, err := scriptOf(ctx, w, o.Address)
		if err != nil {
			return err
		}
		left[script] -= min(left[script], o.Amount)
	}
	return nil
}

func decided(ctx context.Context, w Wallet, row, q *ledger.Payment, txid string) error {
	payments := paymentsOf(row.Outputs)
	st, err := w.PaymentStatus(ctx, row.Raw, payments)
	if err != nil || st.State != coins.PaymentConflicted || strings.TrimPrefix(st.By, coins.ByAltered) != txid {
		return err
	}
	switch {
	case st.Same == len(payments):
		return fmt.Errorf("%w: the transaction makes payment %d as well, which is confirmed by itself within a minute; try again then", ErrSettle, row.ID)
	case row.ID < q.ID:
		return fmt.Errorf("%w: the transaction has taken the place of payment %d as well: settle that one first", ErrSettle, row.ID)
	}
	return nil
}

// noOther refuses where one more transaction pays what the first leaves of a payment: it
// would be owed again. The wallet names one transaction, so that of several that pay some
// of the rest in other amounts none may be seen.
func noOther(ctx context.Context, w Wallet, q *ledger.Payment, txid string, rest []sharelog.PaymentOutput) error {
	if len(rest) == 0 {
		return nil
	}
	st, err := w.PaymentStatus(ctx, q.Raw, paymentsOf(rest))
	if err != nil {
		return err
	}
	by, altered := strings.CutPrefix(st.By, coins.ByAltered)
	if by != txid && (st.Same > 0 || altered) {
		return fmt.Errorf("%w: %s pays some of the rest, which would be owed again", ErrSettle, by)
	}
	return nil
}

// scriptOf is to whom an output at an address goes.
func scriptOf(ctx context.Context, w Wallet, address string) (string, error) {
	got, err := w.ValidateAddress(ctx, address)
	if err == nil && (!got.Valid || len(got.Script) == 0) {
		err = fmt.Errorf("%w: what %s is paid cannot be told: %s", ErrSettle, address, got.Reason)
	}
	return string(got.Script), err
}
