package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/motherlode-pool/motherlode/engine/store"
)

// The lists that are asked for a page at a time.
var (
	bucketFound = []byte("found") // key(pool, chain) seq, big-endian -> state, its length before it, and the key in blocks
	bucketPaid  = []byte("paid")  // key(pool, account) number of a payment, big-endian -> nothing
)

// noteFound keeps a block where it is looked for by pool, chain and state.
func noteFound(tx store.Tx, b *Block, k []byte) error {
	at := append(key(b.Pool, b.Chain), u64(b.Seq)...)
	value := append([]byte{byte(len(b.State))}, b.State...)
	return tx.Bucket(bucketFound).Put(at, append(value, k...))
}

// notePaid keeps a payment where it is looked for by account.
func notePaid(tx store.Tx, p *Payment) error {
	bucket := tx.Bucket(bucketPaid)
	for i := range p.Outputs {
		if err := bucket.Put(append(key(p.Pool, p.Outputs[i].Account), u64(p.ID)...), []byte{}); err != nil {
			return err
		}
	}
	return nil
}

// noteOlder makes the lists in a database of a schema that did not have them.
func noteOlder(tx store.Tx) error {
	blocks := tx.Bucket(bucketBlocks)
	err := tx.Bucket(bucketOrder).ForEach(func(_, k []byte) error {
		var b Block
		if err := json.Unmarshal(blocks.Get(k), &b); err != nil {
			return fmt.Errorf("%w: block %x: %w", ErrDamaged, k, err)
		}
		return noteFound(tx, &b, k)
	})
	if err != nil {
		return err
	}
	return tx.Bucket(bucketPayments).ForEach(func(k, raw []byte) error {
		p, err := parsePayment(k, raw)
		if err != nil {
			return err
		}
		return notePaid(tx, &p)
	})
}

// list walks the blocks of one chain in one pool, newest first.
type list struct {
	cursor store.Cursor
	prefix []byte
	seq    uint64 // of the present block; 0 at the end
	state  string
	block  []byte // its key in blocks
}

// start goes to the newest block whose number is below before.
func (l *list) start(before uint64) error {
	if k, _ := l.cursor.Seek(append(bytes.Clone(l.prefix), u64(before)...)); k == nil {
		return l.take(l.cursor.Last())
	}
	return l.take(l.cursor.Prev())
}

func (l *list) next() error { return l.take(l.cursor.Prev()) }

func (l *list) take(k, v []byte) error {
	l.seq = 0
	if !bytes.HasPrefix(k, l.prefix) || len(k) != len(l.prefix)+8 {
		return nil
	}
	if len(v) == 0 || len(v) < 1+int(v[0]) {
		return fmt.Errorf("%w: list of blocks at %x", ErrDamaged, k)
	}
	l.seq = binary.BigEndian.Uint64(k[len(l.prefix):])
	l.state, l.block = string(v[1:1+v[0]]), v[1+v[0]:]
	return nil
}

// lists are those that a filter's blocks are in.
func lists(tx store.Tx, f *Filter) (all []*list) {
	bucket := tx.Bucket(bucketFound)
	add := func(prefix []byte) { all = append(all, &list{cursor: bucket.Cursor(), prefix: prefix}) }
	if f.Pool != "" && f.Chain != "" {
		add(key(f.Pool, f.Chain))
		return all
	}
	within := []byte(nil)
	if f.Pool != "" {
		within = key(f.Pool)
	}
	c := bucket.Cursor()
	for k, _ := c.Seek(within); bytes.HasPrefix(k, within) && len(k) > 8; {
		prefix := bytes.Clone(k[:len(k)-8])
		if f.Chain == "" || lastName(prefix) == f.Chain {
			add(prefix)
		}
		k, _ = c.Seek(append(bytes.Clone(prefix), u64(math.MaxUint64)...))
	}
	return all
}

// filtered are blocks of a filter, newest first: at most limit below before.
func filtered(tx store.Tx, f *Filter, before uint64, limit int) (blocks []Block, err error) {
	if before == 0 {
		before = math.MaxUint64
	}
	all := lists(tx, f)
	for _, l := range all {
		if err := l.start(before); err != nil {
			return nil, err
		}
	}
	for len(blocks) < limit {
		var newest *list
		for _, l := range all {
			if newest == nil || l.seq > newest.seq {
				newest = l
			}
		}
		if newest == nil || newest.seq == 0 {
			break
		}
		if f.State == "" || f.State == newest.state {
			b, err := blockAt(tx, newest.block)
			if err != nil {
				return nil, fmt.Errorf("%w: block %x: %w", ErrDamaged, newest.block, err)
			}
			blocks = append(blocks, b)
		}
		if err := newest.next(); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// AccountPayments lists payments to an account of a pool, newest first: at most limit
// of those with a number below before, of one chain where it is named; 0 starts at the
// newest. Their outputs are of other accounts, too.
func (l *Ledger) AccountPayments(pool, account, chain string, before uint64, limit int) (rows []Payment, err error) {
	limit = min(max(limit, 1), maxPage)
	if before == 0 {
		before = math.MaxUint64
	}
	prefix := key(pool, account)
	err = l.db.View(func(tx store.Tx) error {
		c := tx.Bucket(bucketPaid).Cursor()
		k, _ := c.Seek(append(bytes.Clone(prefix), u64(before)...))
		if k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
		for ; bytes.HasPrefix(k, prefix) && len(k) == len(prefix)+8 && len(rows) < limit; k, _ = c.Prev() {
			number := k[len(prefix):]
			p, err := parsePayment(number, tx.Bucket(bucketPayments).Get(number))
			if err != nil {
				return err
			}
			if chain == "" || chain == p.Chain {
				rows = append(rows, p)
			}
		}
		return nil
	})
	return rows, err
}
