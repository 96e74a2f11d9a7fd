package ledger

import (
	"bytes"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// BalanceRow is the balance of one account.
type BalanceRow struct {
	Account string
	Balance
}

// Balance is what an account has of a chain, or ErrNotFound.
func (l *Ledger) Balance(pool, chain, account string) (Balance, error) {
	return l.balanceAt(key(pool, chain, account))
}

// Operator is what the operator has of a chain: fees, donations and, in the
// schemes that pay by share, the blocks; or ErrNotFound.
func (l *Ledger) Operator(pool, chain string) (Balance, error) {
	return l.balanceAt(key(pool, chain))
}

func (l *Ledger) balanceAt(k []byte) (b Balance, err error) {
	err = l.db.View(func(tx store.Tx) error {
		raw := tx.Bucket(bucketBalances).Get(k)
		if raw == nil {
			return ErrNotFound
		}
		return b.parse(raw)
	})
	return b, err
}

// Balances lists the balances of a chain by account, paged as Accounts is.
func (l *Ledger) Balances(pool, chain string, after *BalanceRow, limit int) (rows []BalanceRow, err error) {
	limit = min(max(limit, 1), maxPage)
	prefix := key(pool, chain)
	err = l.db.View(func(tx store.Tx) error {
		c := tx.Bucket(bucketBalances).Cursor()
		from := prefix
		if after != nil {
			from = key(pool, chain, after.Account)
		}
		k, v := c.Seek(from)
		if bytes.Equal(k, from) { // the operator's, or the last of the page before
			k, v = c.Next()
		}
		for ; k != nil && bytes.HasPrefix(k, prefix) && len(rows) < limit; k, v = c.Next() {
			row := BalanceRow{Account: lastName(k)}
			if err := row.parse(v); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// Part is what an account gets of a block.
type Part struct {
	Account string
	Amount  uint64 // base units
}

// Split is a block's reward divided.
type Split struct {
	Parts  []Part // in the order in which the accounts were first seen
	Pool   uint64 // the operator's part
	Direct bool   // the coinbase itself has paid just this; else see Coinbase
}

// Split is how a block was divided, or ErrNotFound for a block of a time without
// terms.
func (l *Ledger) Split(chain string, hash [32]byte) (out Split, err error) {
	err = l.db.View(func(tx store.Tx) error {
		b, err := blockAt(tx, blockKey(chain, &hash))
		if err != nil {
			return err
		}
		raw := tx.Bucket(bucketCredits).Get(blockKey(chain, &hash))
		if raw == nil {
			return ErrNotFound
		}
		split, direct, err := parseSplit(raw)
		if err != nil {
			return err
		}
		out = Split{Pool: split.Pool, Direct: direct}
		out.Parts, err = partsOf(tx, b.Pool, split.Credits)
		return err
	})
	return out, err
}
