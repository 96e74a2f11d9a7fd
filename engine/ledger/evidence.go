package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// ErrOlder is a ledger that cannot be read as it is.
const ErrOlder Error = "ledger was written by an older version"

// View is a ledger that answers queries and folds nothing, of a database that may
// be open for reading alone. It closes db when it cannot be read. Errors:
// ErrSchema, ErrOlder, ErrDamaged and those of the database.
func View(db store.Store) (*Ledger, error) {
	l := &Ledger{db: db}
	err := db.View(func(tx store.Tx) (err error) {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			return fmt.Errorf("%w: nothing is in it", ErrDamaged)
		}
		raw := meta.Get(keySchema)
		if len(raw) != 8 {
			return fmt.Errorf("%w: schema version has %d bytes", ErrDamaged, len(raw))
		}
		switch v := binary.BigEndian.Uint64(raw); {
		case v < schema:
			return fmt.Errorf("%w: its schema is %d; the next start of the pool brings it up to date", ErrOlder, v)
		case v > schema:
			return fmt.Errorf("%w: its schema is %d, this version knows %d", ErrSchema, v, schema)
		}
		if raw := meta.Get(keyPosition); raw != nil {
			l.position, err = parsePosition(raw)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return l, nil
}

// Holding is what an account, or the operator, has of a chain in a pool.
type Holding struct {
	Pool     string
	Account  string
	Operator bool
	Balance
}

// Holdings are all balances of a chain, of one moment: that of the position.
type Holdings struct {
	Position sharelog.Position
	Rows     []Holding
}

// Holdings are the balances of a chain in all pools, by pool and account.
func (l *Ledger) Holdings(chain string) (out Holdings, err error) {
	err = l.db.View(func(tx store.Tx) error {
		out = Holdings{}
		if raw := tx.Bucket(bucketMeta).Get(keyPosition); raw != nil {
			if out.Position, err = parsePosition(raw); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketTerms).ForEach(func(_, v []byte) error {
			var row lineRow
			if err := json.Unmarshal(v, &row); err != nil {
				return fmt.Errorf("%w: terms: %w", ErrDamaged, err)
			}
			if row.Chain != chain {
				return nil
			}
			return out.add(tx.Bucket(bucketBalances).Cursor(), row.Pool, chain)
		})
	})
	return out, err
}

func (h *Holdings) add(c store.Cursor, pool, chain string) error {
	prefix := key(pool, chain)
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		row := Holding{Pool: pool, Operator: len(k) == len(prefix)}
		if !row.Operator {
			row.Account = lastName(k)
		}
		if err := row.parse(v); err != nil {
			return err
		}
		h.Rows = append(h.Rows, row)
	}
	return nil
}

// BlockSplit is a block and how it was divided.
type BlockSplit struct {
	Block Block
	Split *Split // nil for a block of a time without terms
}

// BlockSplit is what the ledger has of a block, or ErrNotFound.
func (l *Ledger) BlockSplit(chain string, hash [32]byte) (out BlockSplit, err error) {
	if out.Block, err = l.Block(chain, hash); err != nil {
		return out, err
	}
	s, err := l.Split(chain, hash) // never changes
	if errors.Is(err, ErrNotFound) {
		return out, nil
	}
	out.Split = &s
	return out, err
}
