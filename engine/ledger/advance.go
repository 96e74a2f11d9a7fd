package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// advances is by how much a block's coinbase pays accounts, or the operator, more
// than the block is worth to them. A block is looked at by itself: what another one
// pays too little makes up for nothing while both may yet be orphaned.
func advances(split, paid *reward.Split) map[reward.Account]uint64 {
	if paid.Pool == 0 && len(paid.Credits) == 0 {
		return nil
	}
	more := map[reward.Account]uint64{0: paid.Pool}
	for _, c := range paid.Credits {
		more[c.Account] += c.Amount
	}
	less := func(a reward.Account, n uint64) {
		if has, ok := more[a]; ok {
			more[a] = has - min(has, n)
		}
	}
	less(0, split.Pool)
	for _, c := range split.Credits {
		less(c.Account, c.Amount)
	}
	return more
}

// advance counts the advances of a block that comes to be immature, or is so no longer.
func (f *fold) advance(l *line, split, paid *reward.Split, from, to standing) error {
	if (from == immature) == (to == immature) {
		return nil
	}
	for a, n := range advances(split, paid) {
		if n == 0 {
			continue
		}
		row, err := f.balance(l, a)
		if err != nil {
			return err
		}
		if to == immature {
			row.Advance += n
		} else {
			row.Advance -= n
		}
	}
	return nil
}

// countAdvances makes the advances in a database of a schema that did not have them.
func countAdvances(tx store.Tx) error {
	if k, _ := tx.Bucket(bucketCoinbases).Cursor().First(); k == nil {
		return nil
	}
	m, err := loadMoney(tx)
	if err != nil {
		return err
	}
	f := newFold(tx, m)
	err = tx.Bucket(bucketCoinbases).ForEach(func(k, _ []byte) error { return f.countAdvance(bytes.Clone(k)) })
	if err != nil {
		return err
	}
	for _, row := range f.balances {
		if err := tx.Bucket(bucketBalances).Put(row.key, row.append(nil)); err != nil {
			return err
		}
	}
	return nil
}

// countAdvance counts those of one block, as in blocks.
func (f *fold) countAdvance(k []byte) error {
	block, credits := f.tx.Bucket(bucketBlocks).Get(k), f.tx.Bucket(bucketCredits).Get(k)
	if block == nil || credits == nil {
		return nil
	}
	var b Block
	if err := json.Unmarshal(block, &b); err != nil {
		return fmt.Errorf("%w: block %x: %w", ErrDamaged, k, err)
	}
	l := f.money.lines[name{pool: b.Pool, account: b.Chain}]
	if l == nil {
		return nil
	}
	split, _, err := parseSplit(credits)
	if err != nil {
		return err
	}
	paid, err := coinbaseAt(f.tx, k)
	if err != nil {
		return err
	}
	return f.advance(l, &split, paid, worthless, standingOf(b.State))
}
