package postgres

import "github.com/motherlode-pool/motherlode/engine/store"

var _ store.Ahead = (*tx)(nil)

// ReadAhead reads the rows that are not in memory in one round trip. They are not
// put into the cache: what is read ahead is written as a rule, and the commit does it.
func (t *tx) ReadAhead(name []byte, keys [][]byte) {
	id, ok := t.buckets[string(name)]
	if !ok {
		return
	}
	if ch := t.changes[id]; ch != nil && ch.fresh {
		return
	}
	if t.ahead == nil {
		t.ahead = map[int32]map[string][]byte{}
	}
	if t.ahead[id] == nil {
		t.ahead[id] = make(map[string][]byte, len(keys))
	}
	var ask array
	rows := t.ahead[id]
	for _, k := range keys {
		value, known := t.inMemory(id, k)
		if !known {
			ask.add(k)
		}
		rows[string(k)] = value // also of the cache, which may forget it first
	}
	if ask.n == 0 {
		return
	}
	for _, row := range t.run("some", int4(id), ask.b) {
		rows[string(row[0])] = present(row[1])
	}
}
