package payout

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// ErrSettle says that a payment is not settled by the operator's word; what it is
// wrapped in says why.
const ErrSettle Error = "payment is not settled"

// SettleOrder asks for an end to a payment that is followed and cannot come to one by
// itself. With neither Failed nor Paid it is only shown.
type SettleOrder struct {
	Payment uint64 `json:"payment"`
	Failed  bool   `json:"failed,omitempty"`        // all of it is owed again
	Paid    []byte `json:"paid,omitempty"`          // a transaction: what it pays is paid, the rest is owed again
	Twice   bool   `json:"may_pay_twice,omitempty"` // Failed also where it may have been paid
	Reason  string `json:"reason,omitempty"`        // for the log
	Write   bool   `json:"write,omitempty"`         // else only say what would be written
}

// Settlement is what an order comes to. Amounts are base units.
type Settlement struct {
	Payment  uint64       `json:"payment"`
	Pool     string       `json:"pool"`
	Chain    string       `json:"chain"`
	State    string       `json:"state"` // before it is settled
	TxID     string       `json:"txid"`
	Wallet   string       `json:"wallet"`            // what the wallet says of it
	By       string       `json:"by,omitempty"`      // the transaction that has spent its coins, by the wallet
	PaidBy   string       `json:"paid_by,omitempty"` // the transaction of the order
	Lines    []SettleLine `json:"lines"`
	Decided  bool         `json:"decided"` // the lines say what is paid
	Written  bool         `json:"written"`
	Counted  uint64       `json:"counted,omitempty"` // the number of the payment that holds what was paid; 0: there is none, or it is this one
	Decimals uint8        `json:"decimals"`
	Problem  string       `json:"problem,omitempty"` // why it is not settled; empty: it is, or may be
}

// SettleLine is what a payment pays to an account.
type SettleLine struct {
	Account string `json:"account"`
	Address string `json:"address"`
	Amount  uint64 `json:"amount"`
	Paid    uint64 `json:"paid"` // of it; the rest is owed again
}

// Settle ends a payment by the operator's word: as failed, or as paid by another
// transaction as far as that one really pays it. It is checked against the wallet; with
// o.Write false nothing is changed. No round runs on the chain meanwhile. An error is
// ErrSettle or that of the wallet or the log; what is known by then is returned as well.
func (p *Payer) Settle(ctx context.Context, o SettleOrder) (Settlement, error) {
	out := Settlement{Payment: o.Payment}
	q, err := p.paymentOf(ctx, o.Payment)
	if err != nil {
		return out, err
	}
	c, ok := p.chains[q.Chain]
	if !ok {
		return out, fmt.Errorf("%w: no pool mines %q any more, and its wallet cannot be asked: take the coin back into the configuration first", ErrSettle, q.Chain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if q, err = p.paymentOf(ctx, o.Payment); err != nil { // a round may have changed it
		return out, err
	}
	out.of(&q)
	w, st, asked := p.saidOf(ctx, &q, &out)
	switch {
	case q.Final():
		return out, fmt.Errorf("%w: payment %d is settled already: it is %s%s", ErrSettle, q.ID, q.State, behind(q.Reason))
	case o.Failed && o.Paid != nil || o.Twice && !o.Failed:
		return out, fmt.Errorf("%w: it has failed, which may be forced, or is paid by a transaction", ErrSettle)
	case o.Paid != nil && asked != nil:
		return out, asked
	case o.Paid != nil:
		if err := p.paidBy(ctx, w, &q, &st, o.Paid, &out); err != nil {
			return out, err
		}
	case o.Failed:
		err := unpaid(&q, &st, asked, p.depth(&q))
		if err != nil && !o.Twice {
			return out, err
		}
		if err != nil {
			o.Reason = strings.TrimPrefix(o.Reason+"; by force, although "+strings.TrimPrefix(err.Error(), string(ErrSettle)+": "), "; ")
		}
	default:
		return out, nil
	}
	if out.Decided = true; !o.Write {
		return out, nil
	}
	return out, p.settle(ctx, &q, &o, &out)
}

// paymentOf is a payment by its number, as the whole log has it.
func (p *Payer) paymentOf(ctx context.Context, number uint64) (q ledger.Payment, err error) {
	if err := p.ledger.Sync(ctx, p.log.End()); err != nil {
		return q, err
	}
	rows, err := p.ledger.Payments(ledger.PaymentFilter{}, number+1, 1)
	if err != nil {
		return q, err
	}
	if len(rows) == 0 || rows[0].ID != number {
		return q, fmt.Errorf("%w: there is no payment %d", ErrSettle, number)
	}
	return rows[0], nil
}

func (s *Settlement) of(q *ledger.Payment) {
	s.Pool, s.Chain, s.State, s.TxID = q.Pool, q.Chain, q.State, q.TxID
	for _, o := range q.Outputs {
		s.Lines = append(s.Lines, SettleLine{Account: o.Account, Address: o.Address, Amount: o.Amount})
	}
}

// saidOf asks the wallet of a payment and notes what it says, also that it does not.
func (p *Payer) saidOf(ctx context.Context, q *ledger.Payment, out *Settlement) (w Wallet, st coins.PaymentStatus, err error) {
	w, info, err := p.walletOf(q.Chain)
	out.Decimals = info.Decimals
	if err == nil {
		st, err = w.PaymentStatus(ctx, q.Raw, paymentsOf(q.Outputs))
	}
	if err != nil {
		out.Wallet = "it cannot be asked: " + err.Error()
		return w, st, err
	}
	by, altered := strings.CutPrefix(st.By, coins.ByAltered)
	switch {
	case st.State == coins.PaymentUnknown:
		out.Wallet = "its transaction is in no block and not in the mempool, and may yet be"
	case st.State != coins.PaymentConflicted:
		out.Wallet = fmt.Sprintf("its transaction is %s, with %d confirmations", st.State, st.Confirmations)
	case st.By == coins.ByDropped:
		out.Wallet = "the chain has dropped a reward that it stands on"
	default:
		out.By = by
		out.Wallet = fmt.Sprintf("%s has spent its coins, with %d confirmations, and makes %d of its %d payments", by, st.Confirmations, st.Same, len(paymentsOf(q.Outputs)))
		if st.Confirmations == 0 {
			out.Wallet = by + " has spent its coins, and another transaction that spends some waits to be mined"
		}
		if altered {
			out.Wallet += "; it pays some of its addresses other amounts"
		}
	}
	return w, st, nil
}

// unpaid refuses to call a payment failed that was made or may yet be, in part or whole,
// and where nobody knows.
func unpaid(q *ledger.Payment, st *coins.PaymentStatus, asked error, depth uint64) error {
	by, altered := strings.CutPrefix(st.By, coins.ByAltered)
	why := ""
	switch {
	case asked != nil:
		return fmt.Errorf("%w, as failed: the wallet cannot be asked whether it was paid: %w", ErrSettle, asked)
	case st.State == coins.PaymentMined, st.State == coins.PaymentInMempool:
		why = "its transaction is " + st.State.String()
	case st.State != coins.PaymentConflicted:
		why = "its transaction may yet be mined, or another one in its place"
	case st.Same > 0 || altered:
		why = fmt.Sprintf("%s pays some of its addresses; --paid with that transaction counts what it pays", by)
	case st.Confirmations < depth:
		why = fmt.Sprintf("what has taken its place is %d deep and has to be %d; it fails by itself then", st.Confirmations, depth)
	default:
		return nil
	}
	return fmt.Errorf("%w: payment %d may have been paid, and would be paid twice: %s", ErrSettle, q.ID, why)
}

func behind(reason string) string {
	if reason == "" {
		return ""
	}
	return ", " + reason
}

// settle writes down what was decided, as one: what was paid of a payment, as one of its
// own, and that the payment has failed. One that was paid whole is confirmed.
func (p *Payer) settle(ctx context.Context, q *ledger.Payment, o *SettleOrder, out *Settlement) error {
	reason := "settled by the operator"
	if o.Reason != "" {
		reason += ": " + o.Reason
	}
	if err := p.o.Step("settling"); err != nil {
		return err
	}
	paid, whole := out.paid()
	var err error
	switch {
	case len(paid) == 0:
		err = p.append(ctx, &sharelog.Payment{ID: q.ID, Pool: q.Pool, Chain: q.Chain, State: ledger.Failed, Reason: reason})
	case whole:
		err = p.append(ctx, &sharelog.Payment{ID: q.ID, Pool: q.Pool, Chain: q.Chain, State: ledger.Confirmed, TxID: out.PaidBy, Reason: reason})
	default:
		err = p.settleInPart(ctx, q, o.Paid, paid, reason, out)
	}
	if err != nil {
		return err
	}
	out.Written = true
	p.o.Logger.Info("payment was settled by the operator", "pool", q.Pool, "chain", q.Chain, "payment", q.ID, "paid_by", out.PaidBy, "accounts_paid", len(paid), "accounts", len(q.Outputs), "reason", o.Reason)
	return errors.Join(err, p.o.Step("settled"))
}

func (p *Payer) settleInPart(ctx context.Context, q *ledger.Payment, raw []byte, paid []sharelog.PaymentOutput, reason string, out *Settlement) error {
	p.numbers.Lock()
	defer p.numbers.Unlock()
	number, err := p.nextNumber(ctx)
	if err != nil {
		return err
	}
	err = p.append(ctx,
		&sharelog.Payment{
			ID: number, Pool: q.Pool, Chain: q.Chain, State: ledger.Confirmed, TxID: out.PaidBy, Raw: raw, Outputs: paid,
			Reason: fmt.Sprintf("what was paid of payment %d; %s", q.ID, reason),
		},
		&sharelog.Payment{
			ID: q.ID, Pool: q.Pool, Chain: q.Chain, State: ledger.Failed,
			Reason: fmt.Sprintf("what was paid of it is payment %d, the rest is owed again; %s", number, reason),
		})
	if err == nil {
		out.Counted = number
	}
	return err
}

// paid are the outputs that are paid, each as far as it is; whole: all of them are.
func (s *Settlement) paid() (all []sharelog.PaymentOutput, whole bool) {
	whole = true
	for _, l := range s.Lines {
		whole = whole && l.Paid == l.Amount
		if l.Paid > 0 {
			all = append(all, sharelog.PaymentOutput{Account: l.Account, Address: l.Address, Amount: l.Paid})
		}
	}
	return all, whole
}
