package payout

import (
	"context"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/ledger"
)

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
	for i, o := range tx.outputs {
		if payees[string(o.script)] == nil {
			out.Others = append(out.Others, OtherOut{Output: i, Amount: o.amount})
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
