package postgres

// How the rows in memory are counted, and which are not kept.
const (
	rowCost     = 120     // bytes of a row beside its key and value
	maxKept     = 1 << 10 // a longer value is asked for each time
	warmRows    = 1000    // a bucket with fewer rows is read as a whole when the lock is taken
	generations = 2
)

// cache is what is known of the committed rows while the lock is held. Rows are of
// two generations. What is used moves into the younger one; when that is full, it
// becomes the elder and the elder is forgotten.
type cache struct {
	limit int
	names map[string]int32 // the buckets; replaced when it changes, never written to
	young map[rowID]kept
	old   map[rowID]kept
	size  int            // of young
	whole map[int32]bool // buckets of which all keys are known
	last  int32          // the highest number of a bucket that was given
}

type rowID struct {
	bucket int32
	key    string
}

// kept is a row. There may be one that is too long to be kept, and one that is
// known not to be there.
type kept struct {
	value []byte
	long  bool
}

func newCache(limit int) *cache {
	c := &cache{limit: limit}
	c.clear()
	return c
}

func (c *cache) clear() {
	c.names, c.young, c.old, c.size, c.whole = nil, map[rowID]kept{}, nil, 0, map[int32]bool{}
}

// newID is a number for a bucket, which no other had while the lock was held.
func (c *cache) newID() int32 {
	c.last++
	return c.last
}

// get is the value of a row; nil where there is none. It is not known where ok is
// false.
func (c *cache) get(bucket int32, key []byte) (value []byte, ok bool) {
	if row, ok := c.young[rowID{bucket, string(key)}]; ok {
		return row.value, !row.long
	}
	if row, ok := c.old[rowID{bucket, string(key)}]; ok {
		c.keep(rowID{bucket, string(key)}, row)
		return row.value, !row.long
	}
	return nil, c.whole[bucket]
}

// put keeps a row that is committed; a nil value says that there is none. The
// value is the cache's from now on.
func (c *cache) put(bucket int32, key string, value []byte) {
	row := kept{value: value}
	if len(value) > maxKept {
		row = kept{long: true}
	}
	c.keep(rowID{bucket, key}, row)
}

func (c *cache) keep(id rowID, row kept) {
	before, had := c.young[id]
	c.young[id] = row
	c.size += len(row.value) - len(before.value)
	if !had {
		c.size += rowCost + len(id.key)
	}
	if c.size < c.limit/generations {
		return
	}
	for id := range c.old {
		if _, ok := c.young[id]; !ok {
			c.whole[id.bucket] = false
		}
	}
	c.old, c.young, c.size = c.young, map[rowID]kept{}, 0
}

// apply takes over what a transaction has committed.
func (c *cache) apply(t *tx) {
	c.names = t.buckets
	for _, step := range t.steps {
		c.whole[step.id] = step.made
	}
	for id, ch := range t.changes {
		for key, value := range ch.rows {
			if value != nil {
				value = append(make([]byte, 0, len(value)), value...)
			}
			c.put(id, key, value)
		}
	}
}
