package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// Due is what payments of a chain in a pool would pay of all that was found so far.
type Due struct {
	Pool, Chain string
	Accounts    int    // that are owed something, or will be
	Owed        uint64 // base units that can be paid now
	Immature    uint64 // base units that can be paid once blocks are mature, if none is orphaned
	Last        int64  // when the newest payment that has not failed was made, Unix milliseconds; 0 for none
}

// Dues is what is due in each pool and chain that the log has terms of, whether or not
// they are mined still, by pool and chain.
func (l *Ledger) Dues() (all []Due, err error) {
	err = l.db.View(func(tx store.Tx) error {
		all = nil
		err := tx.Bucket(bucketTerms).ForEach(func(_, v []byte) error {
			var row lineRow
			if err := json.Unmarshal(v, &row); err != nil {
				return fmt.Errorf("%w: terms: %w", ErrDamaged, err)
			}
			all = append(all, Due{Pool: row.Pool, Chain: row.Chain})
			return nil
		})
		if err != nil {
			return err
		}
		for i := range all {
			if err := all[i].read(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// read sums up the balances, and looks for the newest payment.
func (d *Due) read(tx store.Tx) (err error) {
	direct, prefix := map[string]uint64(nil), key(d.Pool, d.Chain)
	c := tx.Bucket(bucketBalances).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if len(k) == len(prefix) {
			continue // the operator's
		}
		var b Balance
		if err := b.parse(v); err != nil {
			return err
		}
		if b.Immature > 0 && direct == nil {
			if direct, err = directParts(tx, d.Pool, d.Chain); err != nil {
				return err
			}
		}
		owed := max(b.Owed(), 0)
		later := max(b.Owed()+b.pending()-int64(direct[lastName(k)]), owed) - owed
		if owed > 0 || later > 0 {
			d.Accounts++
			d.Owed += uint64(owed)
			d.Immature += uint64(later)
		}
	}
	d.Last, err = lastPayment(tx, d.Pool, d.Chain)
	return err
}

// pending is what is owed once all blocks are mature, and is not yet: without what their
// coinbases have paid of it.
func (b *Balance) pending() int64 {
	return max(int64(b.Immature)-(int64(b.Coinbase)-int64(b.Advance)), 0)
}

// directParts are the parts of immature blocks whose coinbases have paid just these, by
// account: they are never owed.
func directParts(tx store.Tx, pool, chain string) (map[string]uint64, error) {
	all := map[string]uint64{}
	err := walk(lists(tx, bucketFound, pool, chain), 0, func(_ uint64, v []byte) (bool, error) {
		state, k, err := parseFound(v)
		if err != nil || standingOf(state) != immature {
			return true, err
		}
		raw := tx.Bucket(bucketCredits).Get(k)
		if raw == nil {
			return true, nil // of a time without terms
		}
		split, direct, err := parseSplit(raw)
		if err != nil || !direct {
			return true, err
		}
		parts, err := partsOf(tx, pool, split.Credits)
		for _, p := range parts {
			all[p.Account] += p.Amount
		}
		return true, err
	})
	return all, err
}

// lastPayment is when the newest payment that has not failed was made, 0 for none.
func lastPayment(tx store.Tx, pool, chain string) (made int64, err error) {
	err = walk(lists(tx, bucketMade, pool, chain), 0, func(number uint64, _ []byte) (bool, error) {
		p, err := paymentAt(tx, number)
		if err == nil && p.State != Failed {
			made = p.Made
		}
		return made == 0, err
	})
	return made, err
}
