package ledger

import (
	"encoding/binary"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
)

// Balance is what an account has of one chain in one pool, in base units.
type Balance struct {
	Immature uint64        // its part of blocks that may yet be orphaned
	Mature   uint64        // its part of mature blocks, ever
	Shares   reward.Amount // earned by shares at once (pps), ever
	Paid     uint64        // paid for good, or by the coinbase itself, ever
	Sending  uint64        // in payments that are under way
	Coinbase uint64        // paid by the coinbases of blocks that may yet be orphaned
	Advance  uint64        // what each of these paid beyond its block's part, summed up
}

// Owed is what can be paid now. It is negative where a block was orphaned after
// it was paid out; later earnings make up for it. What the coinbase of an immature
// block pays beyond this block's part is what was owed before, and no longer is.
func (b *Balance) Owed() int64 {
	return int64(b.Mature) + int64(b.Shares.Units) - int64(b.Paid) - int64(b.Sending) - int64(b.Advance)
}

// move takes an amount from one standing to another.
func (b *Balance) move(n uint64, from, to standing, direct bool) {
	switch from {
	case immature:
		b.Immature -= n
	case mature:
		b.Mature -= n
		if direct {
			b.Paid -= n
		}
	}
	switch to {
	case immature:
		b.Immature += n
	case mature:
		b.Mature += n
		if direct {
			b.Paid += n
		}
	}
}

// A balance is stored as varints: immature, mature, units and fraction of
// shares, paid, sending, coinbase, advance. Schema 2 ended with paid, schema 4 with
// sending, schema 5 with coinbase.
func (b *Balance) append(raw []byte) []byte {
	for _, v := range []uint64{b.Immature, b.Mature, b.Shares.Units, b.Shares.Fraction, b.Paid, b.Sending, b.Coinbase, b.Advance} {
		raw = binary.AppendUvarint(raw, v)
	}
	return raw
}

func (b *Balance) parse(raw []byte) error {
	for i, v := range []*uint64{&b.Immature, &b.Mature, &b.Shares.Units, &b.Shares.Fraction, &b.Paid, &b.Sending, &b.Coinbase, &b.Advance} {
		if i >= 5 && len(raw) == 0 {
			break // of an older schema
		}
		n := 0
		if *v, n = binary.Uvarint(raw); n <= 0 {
			return fmt.Errorf("%w: balance is cut short", ErrDamaged)
		}
		raw = raw[n:]
	}
	if len(raw) > 0 {
		return fmt.Errorf("%w: balance does not fit its layout", ErrDamaged)
	}
	return nil
}

// holder is an account on a line; account 0 is the operator.
type holder struct {
	line    *line
	account reward.Account
}

type balanceRow struct {
	Balance
	key []byte
}

// balance is the row of an account, read when first needed.
func (f *fold) balance(l *line, a reward.Account) (*balanceRow, error) {
	h := holder{l, a}
	if row, ok := f.balances[h]; ok {
		return row, nil
	}
	row := &balanceRow{key: f.balanceKey(l, a)}
	if raw := f.tx.Bucket(bucketBalances).Get(row.key); raw != nil {
		if err := row.parse(raw); err != nil {
			return nil, err
		}
	}
	f.rows++
	f.balances[h] = row
	return row, nil
}

func (f *fold) balanceKey(l *line, a reward.Account) []byte {
	if a == 0 {
		return key(l.pool, l.chain) // the operator's
	}
	return key(l.pool, l.chain, f.money.names[l.pool][a-1])
}

// earn counts a share of an account in every scheme of its pool whose chain is being
// mined.
func (f *fold) earn(pool string, account *totalsRow, w Work) error {
	for i, l := range f.money.pools[pool] {
		if l.off {
			continue
		}
		earned := l.scheme.Share(account.number, w)
		if earned == (reward.Amount{}) {
			continue
		}
		for len(account.balances) <= i {
			account.balances = append(account.balances, nil)
		}
		row := account.balances[i]
		if row == nil {
			var err error
			if row, err = f.balance(l, account.number); err != nil {
				return err
			}
			account.balances[i] = row
		}
		row.Shares = row.Shares.Add(earned)
	}
	return nil
}
