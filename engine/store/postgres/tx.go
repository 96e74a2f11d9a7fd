package postgres

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/motherlode-pool/motherlode/engine/store"
)

const (
	maxKey    = 2600    // PostgreSQL's index takes a little more
	chunkSize = 4 << 20 // bytes of rows in one message
)

// tx is a transaction. An Update's reads see its changes, then the cache, then the
// database; it begins there only to be committed, since nobody else writes.
type tx struct {
	store   *Store
	conn    *conn            // nil in a View that has read nothing yet
	begun   time.Time        // when a View's first answer must have come
	err     error            // of the first answer that did not come; all that follow are empty
	buckets map[string]int32 // not written to, replaced
	cache   *cache           // nil in a View
	changes map[int32]*changes
	ahead   map[int32]map[string][]byte // rows that were read before they are asked for; nil: there is none
	steps   []step
}

// step makes or deletes a bucket.
type step struct {
	id         int32
	name       []byte
	made       bool
	statements []string
}

// run is the answer to a prepared statement; none once anything has failed.
func (t *tx) run(name string, params ...[]byte) (rows [][][]byte) {
	if t.err != nil {
		return nil
	}
	if t.conn == nil {
		t.conn, rows, t.err = t.store.views.begin(t.store, t.begun, name, params)
		return rows
	}
	rows, t.err = t.conn.run(name, params...)
	return rows
}

// nothing reports whether there is nothing to commit.
func (t *tx) nothing() bool {
	for _, c := range t.changes {
		if len(c.rows) > 0 {
			return false
		}
	}
	return len(t.steps) == 0
}

func (t *tx) Bucket(name []byte) store.Bucket {
	if id, ok := t.buckets[string(name)]; ok {
		return &bucket{t, id}
	}
	if t.err != nil { // so that what reads on finds nothing
		return &bucket{t, -1}
	}
	return nil
}

func (t *tx) MakeBucket(name []byte) error {
	if err := t.writes(); err != nil {
		return err
	}
	if _, ok := t.buckets[string(name)]; ok {
		return nil
	}
	id := t.cache.newID()
	t.buckets = maps.Clone(t.buckets)
	t.buckets[string(name)] = id
	t.steps = append(t.steps, step{id: id, name: slices.Clone(name), made: true, statements: []string{"make"}})
	t.changes[id] = &changes{fresh: true, rows: map[string][]byte{}}
	return nil
}

func (t *tx) DeleteBucket(name []byte) error {
	if err := t.writes(); err != nil {
		return err
	}
	id, ok := t.buckets[string(name)]
	if !ok {
		return fmt.Errorf("there is no bucket %q", name)
	}
	t.buckets = maps.Clone(t.buckets)
	delete(t.buckets, string(name))
	t.steps = append(t.steps, step{id: id, statements: []string{"empty", "drop"}})
	delete(t.changes, id)
	return nil
}

func (t *tx) ForEach(f func([]byte, store.Bucket) error) error {
	for _, name := range slices.Sorted(maps.Keys(t.buckets)) {
		if err := f([]byte(name), t.Bucket([]byte(name))); err != nil {
			return err
		}
	}
	return nil
}

// writes is an error where the transaction cannot write.
func (t *tx) writes() error {
	if t.cache == nil {
		return errReadOnly
	}
	return nil
}

const errReadOnly Error = "transaction is for reading"

type bucket struct {
	tx *tx
	id int32
}

func (b *bucket) Get(key []byte) []byte {
	if value, ok := b.tx.inMemory(b.id, key); ok {
		return value
	}
	rows := b.tx.run("get", int4(b.id), key)
	if b.tx.err != nil {
		return nil
	}
	var value []byte
	if len(rows) > 0 {
		value = present(rows[0][0])
	}
	if cache := b.tx.cache; cache != nil {
		cache.put(b.id, string(key), value)
	}
	return value
}

// inMemory is the value of a row, if it is known: what the transaction has changed,
// what it has read ahead, what is committed.
func (t *tx) inMemory(bucket int32, key []byte) (value []byte, ok bool) {
	if c := t.changes[bucket]; c != nil {
		if value, ok := c.rows[string(key)]; ok || c.fresh {
			return value, true
		}
	}
	if value, ok := t.ahead[bucket][string(key)]; ok {
		return value, true
	}
	if t.cache == nil {
		return nil, false
	}
	return t.cache.get(bucket, key)
}

// present is a value that is there, which is not nil.
func present(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

func (b *bucket) Put(key, value []byte) error {
	if len(key) > maxKey {
		return fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	return b.change(key, present(value))
}

func (b *bucket) Delete(key []byte) error { return b.change(key, nil) }

func (b *bucket) change(key, value []byte) error {
	if err := b.tx.writes(); err != nil {
		return err
	}
	c := b.tx.changes[b.id]
	if c == nil {
		c = &changes{rows: map[string][]byte{}}
		b.tx.changes[b.id] = c
	}
	c.set(key, value)
	delete(b.tx.ahead[b.id], string(key))
	return nil
}

func (b *bucket) ForEach(f func(key, value []byte) error) error {
	c := b.cursor(maxPage)
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := f(k, v); err != nil {
			return err
		}
	}
	return nil
}

func (b *bucket) Cursor() store.Cursor { return b.cursor(minPage) }

func (b *bucket) cursor(page int) *cursor { return &cursor{bucket: b, size: page} }

// changes are what a transaction has changed in a bucket; a nil value is a row
// that it has deleted.
type changes struct {
	fresh  bool // nothing else is in the bucket
	rows   map[string][]byte
	keys   []string // of rows, in order where sorted
	sorted bool
}

func (c *changes) set(key, value []byte) {
	if _, ok := c.rows[string(key)]; ok {
		c.rows[string(key)] = value
		return
	}
	k := string(key)
	c.rows[k] = value
	c.sorted = len(c.keys) == 0 || c.sorted && c.keys[len(c.keys)-1] < k
	c.keys = append(c.keys, k)
}

// inOrder are the keys of what has changed.
func (c *changes) inOrder() []string {
	if !c.sorted {
		slices.Sort(c.keys)
		c.sorted = true
	}
	return c.keys
}

// eachChunk makes the statements that write the rows, some MiB at a time.
func (t *tx) eachChunk(send func(*pgconn.Batch) error) error {
	for _, id := range slices.Sorted(maps.Keys(t.changes)) {
		c := t.changes[id]
		var keys, values, gone array
		flush := func() error {
			var b pgconn.Batch
			if keys.n > 0 {
				b.ExecPrepared("put", [][]byte{int4(id), keys.b, values.b}, binary1, nil)
			}
			if gone.n > 0 {
				b.ExecPrepared("delete", [][]byte{int4(id), gone.b}, binary1, nil)
			}
			if keys.n+gone.n == 0 {
				return nil
			}
			keys, values, gone = array{}, array{}, array{}
			return send(&b)
		}
		for _, k := range c.inOrder() {
			if value := c.rows[k]; value != nil {
				keys.add([]byte(k))
				values.add(value)
			} else {
				gone.add([]byte(k))
			}
			if len(keys.b)+len(values.b)+len(gone.b) >= chunkSize {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}
