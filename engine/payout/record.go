package payout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// ErrRecord says that a transaction is not taken into the log as a payment; what it
// is wrapped in says why.
const ErrRecord Error = "transaction is not recorded"

// RecordOrder asks for a payment to be written down that the log does not have: it
// was made after the copy from which the log was restored.
type RecordOrder struct {
	Pool   string `json:"pool,omitempty"` // empty: the only one that pays on the chain, or owes there
	Chain  string `json:"chain"`
	Raw    []byte `json:"raw"`
	Change *int   `json:"change,omitempty"` // which output is the change, from 0; the log cannot tell
	Beyond bool   `json:"beyond,omitempty"` // also where it pays more than is owed, or others
	Write  bool   `json:"write,omitempty"`  // else only say what would be written
}

// Recording is what an order comes to. Amounts are base units.
type Recording struct {
	Pool     string       `json:"pool"`
	Chain    string       `json:"chain"`
	TxID     string       `json:"txid"`
	State    string       `json:"state"` // where the wallet's node has it
	Depth    uint64       `json:"confirmations"`
	Lines    []RecordLine `json:"lines"`   // what is written
	Others   []OtherOut   `json:"others"`  // outputs to nobody whom the log knows at this address
	Payment  uint64       `json:"payment"` // its number; 0: nothing was written
	Decimals uint8        `json:"decimals"`
	Problem  string       `json:"problem,omitempty"` // why it is not written; empty: it is, or may be
}

// OtherOut is an output that pays no account at its present address: the change, or
// somebody whom the log does not know there, or knows there no more.
type OtherOut struct {
	Output int    `json:"output"` // from 0, as nodes count
	Amount uint64 `json:"amount"`
	Said   string `json:"wallet,omitempty"` // what the wallet says of it: WasKept or WasSent; empty: it cannot tell
}

// RecordLine is what an account was paid.
type RecordLine struct {
	Account string `json:"account"`
	Address string `json:"address"`
	Amount  uint64 `json:"amount"`
	Owed    int64  `json:"owed"` // before it is written
}

// Record takes a transaction that the wallet has sent as a payment into the log, so
// that it is not made again: what it pays is no longer owed, and it is followed as
// every payment is. It is checked against the wallet and what is owed; with o.Write
// false nothing is changed. An error is ErrRecord or that of the wallet; what is
// known by then is returned as well.
func (p *Payer) Record(ctx context.Context, o RecordOrder) (Recording, error) {
	out := Recording{Pool: o.Pool, Chain: o.Chain}
	c, ok := p.chains[o.Chain]
	if !ok {
		return out, fmt.Errorf("%w: no pool mines %q", ErrRecord, o.Chain)
	}
	tx, err := parseRaw(o.Raw)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	out.TxID = tx.id
	c.mu.Lock()
	defer c.mu.Unlock()
	w, info, err := p.walletOf(o.Chain)
	if err != nil {
		return out, err
	}
	out.Decimals = info.Decimals
	if err := p.ledger.Sync(ctx, p.log.End()); err != nil {
		return out, err
	}
	if out.Pool, err = p.poolOf(o.Pool, o.Chain); err != nil {
		return out, err
	}
	if err := p.unrecorded(o.Chain, &tx); err != nil {
		return out, err
	}
	if err := p.match(ctx, w, &tx, &out); err != nil {
		return out, err
	}
	if err := p.seen(ctx, w, o.Raw, &out); err != nil {
		return out, err
	}
	if err := p.kept(ctx, w, o.Raw, &out); err != nil {
		return out, err
	}
	if err := out.fits(&o); err != nil || !o.Write {
		return out, err
	}
	return out, p.record(ctx, w, o.Raw, &out)
}

// poolOf is the pool that is meant. One whose payments are off may have made it as
// well, while they were on.
func (p *Payer) poolOf(pool, chain string) (string, error) {
	if pool != "" {
		return pool, nil
	}
	var found []string
	for _, plan := range p.Plans() {
		if plan.Chain == chain {
			found = append(found, plan.Pool)
		}
	}
	all, err := p.ledger.Holdings(chain)
	if err != nil {
		return "", err
	}
	for i := range all.Rows {
		if !all.Rows[i].Operator {
			found = append(found, all.Rows[i].Pool)
		}
	}
	slices.Sort(found)
	switch found = slices.Compact(found); len(found) {
	case 0:
		return "", fmt.Errorf("%w: no pool pays on %s, or has accounts there", ErrRecord, chain)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%w: pools %s have accounts of %s: say which one is meant with --pool", ErrRecord, strings.Join(found, ", "), chain)
}

// unrecorded refuses a transaction that the log has, or that spends what one of the
// log spends: that one is followed, and finds it. One that has failed is owed again,
// and followed no more: where it was mined after all, it is written down anew.
func (p *Payer) unrecorded(chain string, tx *rawTx) error {
	before := uint64(0)
	for {
		rows, err := p.ledger.Payments(ledger.PaymentFilter{Chain: chain}, before, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			row := &rows[i]
			if row.State != ledger.Failed && row.TxID == tx.id {
				return fmt.Errorf("%w: payment %d of pool %s is this transaction already, and is %s", ErrRecord, row.ID, row.Pool, row.State)
			}
			if other, err := parseRaw(row.Raw); err == nil && !row.Final() && (other.id == tx.id || other.spendsWith(tx)) {
				return fmt.Errorf("%w: payment %d of pool %s spends the same coins, and is followed: it finds this transaction by itself", ErrRecord, row.ID, row.Pool)
			}
		}
		before = rows[len(rows)-1].ID
	}
}

// seen asks the wallet where the transaction is. One that it does not know has paid
// nobody yet.
func (p *Payer) seen(ctx context.Context, w Wallet, raw []byte, out *Recording) error {
	st, err := w.PaymentStatus(ctx, raw, paymentsOf(out.outputs()))
	if err != nil {
		return err
	}
	out.State, out.Depth = st.State.String(), st.Confirmations
	switch st.State {
	case coins.PaymentMined, coins.PaymentInMempool:
		if st.By == coins.ByOthers {
			return fmt.Errorf("%w: the wallet has received it and has not sent it, or does not know it: it is no payment of this wallet", ErrRecord)
		}
		return nil
	case coins.PaymentConflicted:
		if st.By == coins.ByDropped {
			return fmt.Errorf("%w: the chain has dropped the block whose reward it spends, or one that it stands on; it is not in the chain", ErrRecord)
		}
		return fmt.Errorf("%w: %s has spent its coins; it never paid anybody", ErrRecord, strings.TrimPrefix(st.By, coins.ByAltered))
	}
	return fmt.Errorf("%w: the wallet's node has it neither in a block nor in its mempool", ErrRecord)
}

func signed(n int64, decimals uint8) string {
	if n < 0 {
		return "-" + Text(uint64(-n), decimals)
	}
	return Text(uint64(n), decimals)
}

func (r *Recording) outputs() (all []sharelog.PaymentOutput) {
	for _, l := range r.Lines {
		all = append(all, sharelog.PaymentOutput{Account: l.Account, Address: l.Address, Amount: l.Amount})
	}
	return all
}

// record writes the payment down as one that may have been sent, and takes it on
// from there as every round does.
func (p *Payer) record(ctx context.Context, w Wallet, raw []byte, out *Recording) error {
	rec := sharelog.Payment{
		Pool: out.Pool, Chain: out.Chain, State: ledger.Prepared, TxID: out.TxID, Raw: raw, Outputs: out.outputs(), Reason: "recorded by the operator",
	}
	if err := p.writeNew(ctx, &rec); err != nil {
		return err
	}
	out.Payment = rec.ID
	p.o.Logger.Info("payment was recorded by the operator", "pool", rec.Pool, "chain", rec.Chain, "payment", rec.ID, "txid", rec.TxID, "accounts", len(rec.Outputs))
	rows, err := p.ledger.Payments(ledger.PaymentFilter{Pool: rec.Pool, Chain: rec.Chain}, rec.ID+1, 1)
	if err != nil || len(rows) == 0 || rows[0].ID != rec.ID {
		return errors.Join(fmt.Errorf("payment %d is written, and followed by the next round", rec.ID), err)
	}
	if _, err := p.follow(ctx, w, &rows[0]); err != nil {
		p.o.Logger.Warn("the payment that was recorded is followed by the next round", "payment", rec.ID, "error", err)
	}
	return nil
}
