package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// The states of a payment.
const (
	Prepared  = "prepared"  // signed and in the log; it may have been sent
	Sent      = "sent"      // the wallet's node has taken it
	Confirmed = "confirmed" // deep enough in the chain: paid
	Failed    = "failed"    // it can never be mined: owed again
)

// Payment is one transaction that pays accounts.
type Payment struct {
	ID      uint64 // from 1, in the order in which they were made
	Pool    string
	Chain   string
	State   string
	TxID    string
	Fee     uint64 // base units, the operator's
	Made    int64  // Unix milliseconds
	Changed int64
	Reason  string `json:",omitempty"` // of the state
	Raw     []byte // signed
	Outputs []sharelog.PaymentOutput
}

// Final reports whether nothing will change the payment any more.
func (p *Payment) Final() bool { return p.State == Confirmed || p.State == Failed }

// Amount is what the accounts get together.
func (p *Payment) Amount() (sum uint64) {
	for _, o := range p.Outputs {
		sum += o.Amount
	}
	return sum
}

// payment makes a payment of a record, or changes its state. Of a number that is
// known only the state counts; a final state stays.
func (f *fold) payment(p *sharelog.Payment) error {
	bucket := f.tx.Bucket(bucketPayments)
	raw := bucket.Get(u64(p.ID))
	if raw == nil {
		row := Payment{
			ID: p.ID, Pool: p.Pool, Chain: p.Chain, State: p.State, TxID: p.TxID, Fee: p.Fee,
			Made: p.Time, Changed: p.Time, Reason: p.Reason, Raw: append([]byte(nil), p.Raw...), Outputs: append([]sharelog.PaymentOutput(nil), p.Outputs...),
		}
		if err := notePaid(f.tx, &row); err != nil {
			return err
		}
		return f.putPayment(&row, "")
	}
	var row Payment
	if err := json.Unmarshal(raw, &row); err != nil {
		return fmt.Errorf("%w: payment %d: %w", ErrDamaged, p.ID, err)
	}
	if row.Final() || p.State == Prepared {
		return nil
	}
	old := row.State
	row.State, row.Changed, row.Reason = p.State, p.Time, p.Reason
	if p.TxID != "" {
		row.TxID = p.TxID
	}
	return f.putPayment(&row, old)
}

// putPayment stores a payment whose state was old, and moves its amounts.
func (f *fold) putPayment(p *Payment, old string) error {
	if err := f.pay(p, old, p.State); err != nil {
		return err
	}
	f.rows++
	open := f.tx.Bucket(bucketOpen)
	note := func() error { return open.Put(u64(p.ID), []byte{}) }
	if p.Final() {
		note = func() error { return open.Delete(u64(p.ID)) }
	}
	if err := note(); err != nil {
		return err
	}
	return f.put(bucketPayments, u64(p.ID), p)
}

// pay moves the amounts of a payment to where its new state puts them.
func (f *fold) pay(p *Payment, old, state string) error {
	for i := range p.Outputs {
		o := &p.Outputs[i]
		row, err := f.payee(p.Pool, p.Chain, o.Account)
		if err != nil {
			return err
		}
		switch old {
		case Prepared, Sent:
			row.Sending -= o.Amount
		}
		switch state {
		case Prepared, Sent:
			row.Sending += o.Amount
		case Confirmed:
			row.Paid += o.Amount
		}
	}
	return nil
}

// payee is the balance of an account on a chain.
func (f *fold) payee(pool, chain, account string) (*balanceRow, error) {
	l := f.money.lines[name{pool: pool, account: chain}]
	if l == nil {
		return nil, fmt.Errorf("%w: payment of %s in %s, which has no terms", ErrDamaged, chain, pool)
	}
	a, err := f.number(pool, account)
	if err != nil {
		return nil, err
	}
	return f.balance(l, a)
}

// PaymentFilter chooses payments; empty fields choose all.
type PaymentFilter struct{ Pool, Chain string }

func (f *PaymentFilter) takes(p *Payment) bool {
	return (f.Pool == "" || f.Pool == p.Pool) && (f.Chain == "" || f.Chain == p.Chain)
}

// Payments lists payments, newest first: at most limit of those with a number
// below before; 0 starts at the newest.
func (l *Ledger) Payments(f PaymentFilter, before uint64, limit int) (rows []Payment, err error) {
	limit = min(max(limit, 1), maxPage)
	err = l.db.View(func(tx store.Tx) error {
		of := whole(tx, bucketPayments)
		if f != (PaymentFilter{}) {
			of = lists(tx, bucketMade, f.Pool, f.Chain)
		}
		return walk(of, before, func(number uint64, _ []byte) (bool, error) {
			p, err := paymentAt(tx, number)
			if err == nil {
				rows = append(rows, p)
			}
			return len(rows) < limit, err
		})
	})
	return rows, err
}

// OpenPayments lists all payments that are not final, oldest first.
func (l *Ledger) OpenPayments(f PaymentFilter) (rows []Payment, err error) {
	err = l.db.View(func(tx store.Tx) error {
		return tx.Bucket(bucketOpen).ForEach(func(k, _ []byte) error {
			p, err := parsePayment(k, tx.Bucket(bucketPayments).Get(k))
			if err == nil && f.takes(&p) {
				rows = append(rows, p)
			}
			return err
		})
	})
	return rows, err
}

func paymentAt(tx store.Tx, number uint64) (Payment, error) {
	k := u64(number)
	return parsePayment(k, tx.Bucket(bucketPayments).Get(k))
}

func parsePayment(k, raw []byte) (p Payment, err error) {
	if err = json.Unmarshal(raw, &p); err != nil {
		err = fmt.Errorf("%w: payment %x: %w", ErrDamaged, k, err)
	}
	return p, err
}
