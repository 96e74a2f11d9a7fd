package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/store"
)

const maxPage = 1000 // rows of one answer

// Pool is the totals of a pool, or ErrNotFound.
func (l *Ledger) Pool(pool string) (Totals, error) { return l.totals(bucketPools, key(pool)) }

// Account is the totals of an account, or ErrNotFound.
func (l *Ledger) Account(pool, account string) (Totals, error) {
	return l.totals(bucketAccounts, key(pool, account))
}

// Worker is the totals of a worker, or ErrNotFound.
func (l *Ledger) Worker(pool, account, worker string) (Totals, error) {
	return l.totals(bucketWorkers, key(pool, account, worker))
}

func (l *Ledger) totals(bucket, k []byte) (t Totals, err error) {
	err = l.db.View(func(tx store.Tx) error {
		raw := tx.Bucket(bucket).Get(k)
		if raw == nil {
			return ErrNotFound
		}
		_, err := t.parse(raw)
		return err
	})
	return t, err
}

// Accounts lists the accounts of a pool by name: at most limit of them, those
// after the page before. Start with no Row; go on with the last row of the page.
func (l *Ledger) Accounts(pool string, after *Row, limit int) ([]Row, error) {
	return l.page(bucketAccounts, key(pool), after, limit)
}

// Workers lists the workers of an account, paged as Accounts is.
func (l *Ledger) Workers(pool, account string, after *Row, limit int) ([]Row, error) {
	return l.page(bucketWorkers, key(pool, account), after, limit)
}

func (l *Ledger) page(bucket, prefix []byte, after *Row, limit int) (rows []Row, err error) {
	limit = min(max(limit, 1), maxPage)
	err = l.db.View(func(tx store.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		from := prefix
		if after != nil {
			from = append(bytes.Clone(prefix), key(after.Name)...)
		}
		k, v := c.Seek(from)
		if after != nil && bytes.Equal(k, from) {
			k, v = c.Next()
		}
		for ; k != nil && bytes.HasPrefix(k, prefix) && len(rows) < limit; k, v = c.Next() {
			row := Row{Name: lastName(k)}
			if _, err := row.parse(v); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// Filter chooses blocks; empty fields choose all.
type Filter struct{ Pool, Chain, State string }

// Blocks lists blocks, newest first: at most limit of those found before the
// block with the number before; 0 starts at the newest.
func (l *Ledger) Blocks(f Filter, before uint64, limit int) (blocks []Block, err error) {
	limit = min(max(limit, 1), maxPage)
	take := func(tx store.Tx, k []byte) (bool, error) {
		b, err := blockAt(tx, k)
		if err != nil {
			return false, fmt.Errorf("%w: block %x: %w", ErrDamaged, k, err)
		}
		blocks = append(blocks, b)
		return len(blocks) < limit, nil
	}
	err = l.db.View(func(tx store.Tx) error {
		if f == (Filter{}) {
			return walk(whole(tx, bucketOrder), before, func(_ uint64, k []byte) (bool, error) { return take(tx, k) })
		}
		return walk(lists(tx, bucketFound, f.Pool, f.Chain), before, func(_ uint64, v []byte) (bool, error) {
			state, k, err := parseFound(v)
			if err != nil || f.State != "" && f.State != state {
				return true, err
			}
			return take(tx, k)
		})
	})
	return blocks, err
}

// Block is one block, or ErrNotFound.
func (l *Ledger) Block(chain string, hash [32]byte) (b Block, err error) {
	err = l.db.View(func(tx store.Tx) error {
		b, err = blockAt(tx, blockKey(chain, &hash))
		return err
	})
	return b, err
}

func blockAt(tx store.Tx, k []byte) (b Block, err error) {
	raw := tx.Bucket(bucketBlocks).Get(k)
	if raw == nil {
		return b, ErrNotFound
	}
	return b, json.Unmarshal(raw, &b)
}
