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
	bucketMade  = []byte("made")  // key(pool, chain) number of a payment, big-endian -> nothing
	bucketPaid  = []byte("paid")  // key(pool, account) number of a payment, big-endian -> nothing
)

// noteFound keeps a block where it is looked for by pool, chain and state.
func noteFound(tx store.Tx, b *Block, k []byte) error {
	at := append(key(b.Pool, b.Chain), u64(b.Seq)...)
	value := append([]byte{byte(len(b.State))}, b.State...)
	return tx.Bucket(bucketFound).Put(at, append(value, k...))
}

// parseFound reads a value of noteFound.
func parseFound(v []byte) (state string, k []byte, err error) {
	if len(v) == 0 || len(v) < 1+int(v[0]) {
		return "", nil, fmt.Errorf("%w: list of blocks: %x", ErrDamaged, v)
	}
	return string(v[1 : 1+v[0]]), v[1+v[0]:], nil
}

// notePaid keeps a payment where it is looked for by pool and chain, and by account.
func notePaid(tx store.Tx, p *Payment) error {
	if err := tx.Bucket(bucketMade).Put(append(key(p.Pool, p.Chain), u64(p.ID)...), []byte{}); err != nil {
		return err
	}
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

// list walks rows with a number, newest first: those whose key is a prefix and the
// number, big-endian.
type list struct {
	cursor store.Cursor
	prefix []byte
	number uint64 // of the present row; 0 at the end
	value  []byte
}

// start goes to the newest row whose number is below before.
func (l *list) start(before uint64) {
	if k, _ := l.cursor.Seek(append(bytes.Clone(l.prefix), u64(before)...)); k == nil {
		l.take(l.cursor.Last())
		return
	}
	l.take(l.cursor.Prev())
}

func (l *list) take(k, v []byte) {
	l.number, l.value = 0, v
	if bytes.HasPrefix(k, l.prefix) && len(k) == len(l.prefix)+8 {
		l.number = binary.BigEndian.Uint64(k[len(l.prefix):])
	}
}

// walk calls f for the rows of all lists, newest first, with a number below before; 0
// starts at the newest. It ends when f wants no more.
func walk(all []*list, before uint64, f func(number uint64, value []byte) (more bool, err error)) error {
	if before == 0 {
		before = math.MaxUint64
	}
	for _, l := range all {
		l.start(before)
	}
	for {
		var newest *list
		for _, l := range all {
			if newest == nil || l.number > newest.number {
				newest = l
			}
		}
		if newest == nil || newest.number == 0 {
			return nil
		}
		if more, err := f(newest.number, newest.value); err != nil || !more {
			return err
		}
		newest.take(newest.cursor.Prev())
	}
}

// whole is the list of all rows of a bucket whose keys are numbers.
func whole(tx store.Tx, bucket []byte) []*list {
	return []*list{{cursor: tx.Bucket(bucket).Cursor()}}
}

// lists are those of a bucket by pool and chain; of all where one is empty.
func lists(tx store.Tx, bucket []byte, pool, chain string) (all []*list) {
	b := tx.Bucket(bucket)
	add := func(prefix []byte) { all = append(all, &list{cursor: b.Cursor(), prefix: prefix}) }
	if pool != "" && chain != "" {
		add(key(pool, chain))
		return all
	}
	within := []byte(nil)
	if pool != "" {
		within = key(pool)
	}
	c := b.Cursor()
	for k, _ := c.Seek(within); bytes.HasPrefix(k, within) && len(k) > 8; {
		prefix := bytes.Clone(k[:len(k)-8])
		if chain == "" || lastName(prefix) == chain {
			add(prefix)
		}
		k, _ = c.Seek(append(bytes.Clone(prefix), u64(math.MaxUint64)...))
	}
	return all
}

// AccountPayments lists payments to an account of a pool, newest first: at most limit
// of those with a number below before, of one chain where it is named; 0 starts at the
// newest. Their outputs are of other accounts, too.
func (l *Ledger) AccountPayments(pool, account, chain string, before uint64, limit int) (rows []Payment, err error) {
	limit = min(max(limit, 1), maxPage)
	err = l.db.View(func(tx store.Tx) error {
		of := []*list{{cursor: tx.Bucket(bucketPaid).Cursor(), prefix: key(pool, account)}}
		return walk(of, before, func(number uint64, _ []byte) (bool, error) {
			p, err := paymentAt(tx, number)
			if err == nil && (chain == "" || chain == p.Chain) {
				rows = append(rows, p)
			}
			return len(rows) < limit, err
		})
	})
	return rows, err
}
