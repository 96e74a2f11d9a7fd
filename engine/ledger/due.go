package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/motherlode-pool/motherlode/engine/reward"
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
		paid := map[name]*Due{}
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
			d := &all[i]
			ever, err := d.read(tx)
			if err != nil {
				return err
			}
			if ever {
				paid[name{pool: d.Pool, account: d.Chain}] = d
			}
		}
		return lastPayments(tx, paid)
	})
	return all, err
}

// read sums up the balances, and reports whether anything of them was ever paid.
func (d *Due) read(tx store.Tx) (paid bool, err error) {
	direct, prefix := map[string]uint64(nil), key(d.Pool, d.Chain)
	c := tx.Bucket(bucketBalances).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if len(k) == len(prefix) {
			continue // the operator's
		}
		var b Balance
		if err := b.parse(v); err != nil {
			return paid, err
		}
		paid = paid || b.Paid > 0 || b.Sending > 0
		if b.Immature > 0 && direct == nil {
			if direct, err = directParts(tx, d.Pool, d.Chain); err != nil {
				return paid, err
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
	return paid, nil
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
	l := list{cursor: tx.Bucket(bucketFound).Cursor(), prefix: key(pool, chain)}
	err := l.start(math.MaxUint64)
	for ; err == nil && l.seq > 0; err = l.next() {
		if standingOf(l.state) != immature {
			continue
		}
		raw := tx.Bucket(bucketCredits).Get(l.block)
		if raw == nil {
			continue // of a time without terms
		}
		var split reward.Split
		var direct bool
		if split, direct, err = parseSplit(raw); err != nil {
			return nil, err
		}
		if !direct {
			continue
		}
		parts, err := partsOf(tx, pool, split.Credits)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			all[p.Account] += p.Amount
		}
	}
	return all, err
}

// lastPayments says in each of wanted when its newest payment was made.
func lastPayments(tx store.Tx, wanted map[name]*Due) error {
	c := tx.Bucket(bucketPayments).Cursor()
	for k, v := c.Last(); k != nil && len(wanted) > 0; k, v = c.Prev() {
		p, err := parsePayment(k, v)
		if err != nil {
			return err
		}
		of := name{pool: p.Pool, account: p.Chain}
		if d := wanted[of]; d != nil && p.State != Failed {
			d.Last = p.Made
			delete(wanted, of)
		}
	}
	return nil
}
