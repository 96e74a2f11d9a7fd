package postgres

import (
	"bytes"
	"slices"
	"sort"
)

// Rows that a cursor asks for at a time: few at first, as most look at one place.
const (
	minPage = 16
	maxPage = 1024
)

// cursor merges the rows of the database with what its transaction has changed.
type cursor struct {
	bucket *bucket
	size   int    // of the next page
	at     []byte // key of the present row; nil before the first move and behind the end

	page [][][]byte // rows in the order of walking
	back bool       // that order is downwards
	next int        // in page
	last bool       // nothing comes after page
}

// place is where a walk goes on from; the zero value is an end of the bucket.
type place struct {
	key   []byte
	known bool
	from  bool // the key itself counts
}

func (c *cursor) First() (k, v []byte) { return c.jump(place{}, false) }
func (c *cursor) Last() (k, v []byte)  { return c.jump(place{}, true) }

func (c *cursor) Seek(key []byte) (k, v []byte) {
	return c.jump(place{slices.Clone(present(key)), true, true}, false)
}

func (c *cursor) Next() (k, v []byte) { return c.step(false) }
func (c *cursor) Prev() (k, v []byte) { return c.step(true) }

// jump starts a walk.
func (c *cursor) jump(p place, back bool) (k, v []byte) {
	c.page, c.next, c.last, c.back = nil, 0, false, back
	return c.move(p)
}

func (c *cursor) step(back bool) (k, v []byte) {
	if c.at == nil {
		return nil, nil
	}
	p := place{key: c.at, known: true}
	if back != c.back {
		return c.jump(p, back)
	}
	return c.move(p)
}

// move goes to the first row after p that was not deleted.
func (c *cursor) move(p place) (k, v []byte) {
	for {
		row, ok := c.stored(p)
		changed, changedOK := c.changed(p)
		switch {
		case c.bucket.tx.err != nil || !ok && !changedOK:
			c.at = nil
			return nil, nil
		case !changedOK || ok && c.order(row[0], []byte(changed)) < 0:
			c.at = row[0]
			return row[0], present(row[1])
		}
		key := []byte(changed)
		if value := c.bucket.tx.changes[c.bucket.id].rows[changed]; value != nil {
			c.at = key
			return key, value
		}
		p = place{key: key, known: true}
	}
}

// order compares keys in the order of walking.
func (c *cursor) order(a, b []byte) int {
	if c.back {
		return bytes.Compare(b, a)
	}
	return bytes.Compare(a, b)
}

// after reports whether a walk from p comes to the key.
func (c *cursor) after(key []byte, p place) bool {
	if !p.known {
		return true
	}
	n := c.order(key, p.key)
	return n > 0 || n == 0 && p.from
}

// stored is the first row of the database after p.
func (c *cursor) stored(p place) (row [][]byte, ok bool) {
	b := c.bucket
	if ch := b.tx.changes[b.id]; ch != nil && ch.fresh {
		return nil, false
	}
	for ; c.next < len(c.page); c.next++ {
		if c.after(c.page[c.next][0], p) {
			return c.page[c.next], true
		}
	}
	if c.last {
		return nil, false
	}
	name, params := c.query(p)
	c.page, c.next = b.tx.run(name, params...), 0
	c.last = len(c.page) < c.size
	c.size = min(4*c.size, maxPage)
	if len(c.page) == 0 {
		return nil, false
	}
	return c.page[0], true
}

func (c *cursor) query(p place) (name string, params [][]byte) {
	params = [][]byte{int4(c.bucket.id), int8_(int64(c.size))}
	switch {
	case !p.known && c.back:
		return "last", params
	case !p.known:
		return "first", params
	case c.back:
		name = "until"
	case p.from:
		name = "from"
	default:
		name = "after"
	}
	return name, append(params, p.key)
}

// changed is the first key after p that the transaction has changed.
func (c *cursor) changed(p place) (key string, ok bool) {
	ch := c.bucket.tx.changes[c.bucket.id]
	if ch == nil || len(ch.rows) == 0 {
		return "", false
	}
	keys := ch.inOrder()
	i := sort.Search(len(keys), func(i int) bool { // the first that is not below p
		return !p.known || keys[i] >= string(p.key)
	})
	switch {
	case c.back && !p.known:
		i = len(keys) - 1
	case c.back:
		i--
	case p.known && !p.from && i < len(keys) && keys[i] == string(p.key):
		i++
	}
	if i < 0 || i >= len(keys) {
		return "", false
	}
	return keys[i], true
}
