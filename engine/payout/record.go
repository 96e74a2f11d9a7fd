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

// ErrRecord says that a transaction is not taken into the log as a payment; what it
// is wrapped in says why.
const ErrRecord Error = "transaction is not recorded"

// RecordOrder asks for a payment to be written down that the log does not have: it
// was made after the copy from which the log was restored.
type RecordOrder struct {
	Pool   string `json:"pool,omitempty"` // empty: the only one that pays on the chain
	Chain  string `json:"chain"`
	Raw    []byte `json:"raw"`
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
	Others   []uint64     `json:"others"`  // outputs to nobody in the pool: the change
	Payment  uint64       `json:"payment"` // its number; 0: nothing was written
	Decimals uint8        `json:"decimals"`
	Problem  string       `json:"problem,omitempty"` // why it is not written; empty: it is, or may be
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
	if out.Pool, err = p.poolOf(o.Pool, o.Chain); err != nil {
		return out, err
	}
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
	if err := p.unrecorded(o.Chain, &tx); err != nil {
		return out, err
	}
	if err := p.match(ctx, w, &tx, &out); err != nil {
		return out, err
	}
	if err := p.seen(ctx, w, o.Raw, &out); err != nil {
		return out, err
	}
	if err := out.fits(o.Beyond); err != nil || !o.Write {
		return out, err
	}
	return out, p.record(ctx, w, o.Raw, &out)
}

// poolOf is the pool that is meant.
func (p *Payer) poolOf(pool, chain string) (string, error) {
	var found []string
	for _, plan := range p.Plans() {
		if plan.Chain == chain {
			found = append(found, plan.Pool)
		}
	}
	switch {
	case pool != "":
		return pool, nil
	case len(found) == 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%w: %d pools pay on %s: say which one is meant", ErrRecord, len(found), chain)
}

// unrecorded refuses a transaction that the log has, or that spends what one of the
// log spends: that one is followed, and finds it.
func (p *Payer) unrecorded(chain string, tx *rawTx) error {
	before := uint64(0)
	for {
		rows, err := p.ledger.Payments(ledger.PaymentFilter{Chain: chain}, before, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			row := &rows[i]
			if row.TxID == tx.id {
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
		return nil
	case coins.PaymentConflicted:
		return fmt.Errorf("%w: %s has spent its coins; it never paid anybody", ErrRecord, st.By)
	}
	return fmt.Errorf("%w: the wallet's node has it neither in a block nor in its mempool", ErrRecord)
}

// holder is an account with a balance of the chain.
type holder struct {
	account string
	owed    int64
}

// match finds which accounts a transaction pays. Of several that are paid at one
// address each has what it is owed, in their order; what is beyond that, the first.
func (p *Payer) match(ctx context.Context, w Wallet, tx *rawTx, out *Recording) error {
	addresses, at, err := p.holders(out.Pool, out.Chain)
	if err != nil {
		return err
	}
	// Spellings of one address have one script.
	type payee struct {
		address string
		holders []holder
	}
	var scripts []string
	payees := map[string]*payee{}
	for _, address := range addresses {
		got, err := w.ValidateAddress(ctx, address)
		if err != nil {
			return err
		}
		if !got.Valid || len(got.Script) == 0 {
			continue
		}
		one := payees[string(got.Script)]
		if one == nil {
			one = &payee{address: got.Address}
			payees[string(got.Script)] = one
			scripts = append(scripts, string(got.Script))
		}
		one.holders = append(one.holders, at[address]...)
	}
	paid := map[string]uint64{}
	for _, o := range tx.outputs {
		if payees[string(o.script)] == nil {
			out.Others = append(out.Others, o.amount)
			continue
		}
		paid[string(o.script)] += o.amount
	}
	for _, script := range scripts {
		if sum := paid[script]; sum > 0 {
			out.Lines = append(out.Lines, divide(sum, payees[script].address, payees[script].holders)...)
		}
	}
	return nil
}

// holders are all accounts of a chain by the address at which they are paid.
func (p *Payer) holders(pool, chain string) (addresses []string, at map[string][]holder, err error) {
	settings, err := p.ledger.AllSettings(pool)
	if err != nil {
		return nil, nil, err
	}
	at = map[string][]holder{}
	var after *ledger.BalanceRow
	for {
		rows, err := p.ledger.Balances(pool, chain, after, page)
		if err != nil {
			return nil, nil, err
		}
		for i := range rows {
			set := settings[rows[i].Account]
			address, _ := AddressOf(rows[i].Account, chain, &set)
			if at[address] == nil {
				addresses = append(addresses, address)
			}
			at[address] = append(at[address], holder{rows[i].Account, rows[i].Owed()})
		}
		if len(rows) < page {
			return addresses, at, nil
		}
		after = &rows[len(rows)-1]
	}
}

func divide(sum uint64, address string, all []holder) (lines []RecordLine) {
	left := sum
	for _, h := range all {
		n := min(left, uint64(max(h.owed, 0)))
		left -= n
		lines = append(lines, RecordLine{h.account, address, n, h.owed})
	}
	lines[0].Amount += left
	return slices.DeleteFunc(lines, func(l RecordLine) bool { return l.Amount == 0 })
}

// fits refuses what is no payment of the pool, and, unless beyond is said, what pays
// more than the log knows to be owed.
func (r *Recording) fits(beyond bool) error {
	switch {
	case len(r.Lines) == 0:
		return fmt.Errorf("%w: it pays no account of pool %s", ErrRecord, r.Pool)
	case len(r.Lines) > maxAccounts:
		return fmt.Errorf("%w: it pays %d accounts, a payment pays %d at most", ErrRecord, len(r.Lines), maxAccounts)
	case beyond:
		return nil
	case len(r.Others) > 1:
		return fmt.Errorf("%w: %d of its outputs pay nobody whom the log knows at this address; a payment has one such output, the change", ErrRecord, len(r.Others))
	}
	for _, l := range r.Lines {
		if l.Owed < 0 || l.Amount > uint64(l.Owed) {
			return fmt.Errorf("%w: it pays %s to %q, which is owed %s by the log", ErrRecord, Text(l.Amount, r.Decimals), l.Account, signed(l.Owed, r.Decimals))
		}
	}
	return nil
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
