package ledger

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/store"
)

// bucketCoinbases has what the coinbases of blocks pay: as in blocks -> operator's
// amount, then number of an account and its amount, for each output; varints.
var bucketCoinbases = []byte("coinbases")

// bucketReceived has the blocks that a node took in and that are not known to be on
// the chain: as in blocks -> pool.
var bucketReceived = []byte("received")

// noteReceived keeps bucketReceived, of a block whose state was old.
func (f *fold) noteReceived(row *Block, k []byte, old string) error {
	was, is := old == "received", row.State == "received"
	if was == is {
		return nil
	}
	if l := f.money.lines[name{pool: row.Pool, account: row.Chain}]; l != nil {
		l.carries = nil
	}
	if was {
		return f.tx.Bucket(bucketReceived).Delete(k)
	}
	return f.tx.Bucket(bucketReceived).Put(k, []byte(row.Pool))
}

// Carry is what an account is to get besides its part of the next block: all that
// it ever earned, less what it was paid, what is on its way, and what the coinbases
// of blocks pay it that are not mature yet. It is negative where a coinbase paid
// more than the block was worth to it in the end.
func (b *Balance) Carry() int64 {
	return int64(b.Immature) + int64(b.Mature) + int64(b.Shares.Units) - int64(b.Paid) - int64(b.Sending) - int64(b.Coinbase)
}

// coinbase keeps what a block's coinbase pays. The first record of a block counts:
// a later one is the same, written again by a start after a crash. A block of a time
// without terms is nobody's, whatever is said of it later.
func (f *fold) coinbase(c *sharelog.Coinbase) error {
	l := f.money.lines[name{pool: c.Pool, account: c.Chain}]
	bucket, k := f.tx.Bucket(bucketCoinbases), blockKey(c.Chain, &c.Hash)
	if l == nil || bucket.Get(k) != nil {
		return nil
	}
	paid := reward.Split{Pool: c.Operator}
	raw := binary.AppendUvarint(nil, c.Operator)
	for i := range c.Outputs {
		o := &c.Outputs[i]
		a, err := f.number(c.Pool, o.Account)
		if err != nil {
			return err
		}
		paid.Credits = append(paid.Credits, reward.Credit{Account: a, Amount: o.Amount})
		raw = binary.AppendUvarint(binary.AppendUvarint(raw, uint64(a)), o.Amount)
	}
	block, credits := f.tx.Bucket(bucketBlocks).Get(k), f.tx.Bucket(bucketCredits).Get(k)
	if block != nil && credits == nil {
		return nil
	}
	f.rows++
	if err := bucket.Put(k, raw); err != nil {
		return err
	}
	if block == nil {
		return nil // it comes next
	}

	var row Block
	if err := json.Unmarshal(block, &row); err != nil {
		return fmt.Errorf("%w: block %x of %s: %w", ErrDamaged, c.Hash, c.Chain, err)
	}
	split, _, err := parseSplit(credits)
	if err != nil {
		return err
	}
	if err := f.advance(l, &split, &paid, worthless, standingOf(row.State)); err != nil {
		return err
	}
	return f.payOut(l, &paid, worthless, standingOf(row.State))
}

// settleCoinbase moves what a block's coinbase pays to where its state puts it.
func (f *fold) settleCoinbase(l *line, k []byte, split *reward.Split, from, to standing) error {
	paid, err := coinbaseAt(f.tx, k)
	if err != nil {
		return err
	}
	if err := f.advance(l, split, paid, from, to); err != nil {
		return err
	}
	return f.payOut(l, paid, from, to)
}

func (f *fold) payOut(l *line, paid *reward.Split, from, to standing) error {
	for _, c := range append(paid.Credits, reward.Credit{Amount: paid.Pool}) {
		if c.Amount == 0 {
			continue
		}
		row, err := f.balance(l, c.Account)
		if err != nil {
			return err
		}
		row.payOut(c.Amount, from, to)
	}
	return nil
}

// payOut takes an amount of a coinbase from one standing to another.
func (b *Balance) payOut(n uint64, from, to standing) {
	switch from {
	case immature:
		b.Coinbase -= n
	case mature:
		b.Paid -= n
	}
	switch to {
	case immature:
		b.Coinbase += n
	case mature:
		b.Paid += n
	}
}

// coinbaseAt is what the coinbase of a block pays; nothing where none was recorded.
func coinbaseAt(tx store.Tx, k []byte) (*reward.Split, error) {
	raw := tx.Bucket(bucketCoinbases).Get(k)
	if raw == nil {
		return &reward.Split{}, nil
	}
	return parseCoinbase(raw)
}

func parseCoinbase(raw []byte) (*reward.Split, error) {
	paid := &reward.Split{}
	var all []uint64
	for len(raw) > 0 {
		v, n := binary.Uvarint(raw)
		if n <= 0 {
			return nil, fmt.Errorf("%w: coinbase of a block", ErrDamaged)
		}
		all, raw = append(all, v), raw[n:]
	}
	if len(all)%2 != 1 {
		return nil, fmt.Errorf("%w: coinbase of a block", ErrDamaged)
	}
	paid.Pool = all[0]
	for i := 1; i < len(all); i += 2 {
		paid.Credits = append(paid.Credits, reward.Credit{Account: reward.Account(all[i]), Amount: all[i+1]})
	}
	return paid, nil
}

// Coinbase is what the coinbase of a block pays to accounts, in the order of its
// outputs.
type Coinbase struct {
	Parts    []Part
	Operator uint64 // base units of the operator's own output
}

// Coinbase is what the coinbase of a block pays to accounts, or ErrNotFound where
// it pays none.
func (l *Ledger) Coinbase(chain string, hash [32]byte) (out Coinbase, err error) {
	err = l.db.View(func(tx store.Tx) error {
		k := blockKey(chain, &hash)
		b, err := blockAt(tx, k)
		if err != nil {
			return err
		}
		if tx.Bucket(bucketCoinbases).Get(k) == nil {
			return ErrNotFound
		}
		paid, err := coinbaseAt(tx, k)
		if err != nil {
			return err
		}
		out.Operator = paid.Pool
		out.Parts, err = partsOf(tx, b.Pool, paid.Credits)
		return err
	})
	return out, err
}

// partsOf names the accounts of credits.
func partsOf(tx store.Tx, pool string, credits []reward.Credit) (parts []Part, err error) {
	names := tx.Bucket(bucketNumbers)
	for _, c := range credits {
		account := names.Get(numberKey(pool, c.Account))
		if account == nil {
			return nil, fmt.Errorf("%w: account %d of %s has no name", ErrDamaged, c.Account, pool)
		}
		parts = append(parts, Part{string(account), c.Amount})
	}
	return parts, nil
}
