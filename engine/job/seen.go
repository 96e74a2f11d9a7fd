package job

import (
	"encoding/binary"
	"hash/maphash"
	"sync"
)

// Limits of one job's memory of submitted nonces.
const (
	seenShards   = 16      // locks, so that sessions seldom meet
	seenPerShard = 1 << 18 // 4 Mi shares in all, in tables of 128 MiB: far more than one job's life
	seenFirst    = 64      // first table of a shard
)

// Seen is the set of nonces submitted for one job. It keeps a keyed 128-bit
// fingerprint of each, so nobody can make two different shares collide.
// The zero value is an empty set. It is safe for concurrent use.
type Seen struct {
	seeds  [2]maphash.Seed
	once   sync.Once
	shards [seenShards]seenShard
}

type seenShard struct {
	mu    sync.Mutex
	table [][2]uint64 // open addressing, a power of two long; zero is empty
	used  int
}

// SeenResult says what Add found.
type SeenResult uint8

// The results of Add.
const (
	SeenNew SeenResult = iota
	SeenBefore
	SeenFull // the set is at its limit; nothing was added
)

// Has reports whether the nonces are in the set. It does not allocate.
func (s *Seen) Has(v *Variant, n *Nonces) bool {
	fp := s.fingerprint(v, n)
	return s.shards[fp[0]%seenShards].has(fp)
}

// Add adds the nonces, with every field that makes a different share. It does
// not allocate but for the doubling of a table.
func (s *Seen) Add(v *Variant, n *Nonces) SeenResult {
	fp := s.fingerprint(v, n)
	return s.shards[fp[0]%seenShards].add(fp)
}

// fingerprint is never zero.
func (s *Seen) fingerprint(v *Variant, n *Nonces) [2]uint64 {
	s.once.Do(func() { s.seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()} })
	var key [64]byte
	b := append(key[:0], n.Extranonce...)
	b = binary.LittleEndian.AppendUint32(b, n.NTime)
	b = binary.LittleEndian.AppendUint64(b, n.Nonce)
	b = binary.LittleEndian.AppendUint32(b, n.VersionBits&n.Mask)
	if v != nil && v.Payee != nil {
		b = binary.LittleEndian.AppendUint64(b, v.Payee.key)
	}
	return [2]uint64{maphash.Bytes(s.seeds[0], b), maphash.Bytes(s.seeds[1], b) | 1}
}

// Len is the number of nonces in the set.
func (s *Seen) Len() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		n += sh.used
		sh.mu.Unlock()
	}
	return n
}

func (s *seenShard) has(fp [2]uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.table) > 0 && s.table[s.find(fp)] == fp
}

func (s *seenShard) add(fp [2]uint64) SeenResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	if 4*s.used >= 3*len(s.table) {
		s.grow()
	}
	at := s.find(fp)
	switch {
	case s.table[at] == fp:
		return SeenBefore
	case s.used >= seenPerShard:
		return SeenFull
	}
	s.table[at] = fp
	s.used++
	return SeenNew
}

// find is the place of fp, or the empty one where it belongs.
func (s *seenShard) find(fp [2]uint64) int {
	mask := len(s.table) - 1
	at := int(fp[0]/seenShards) & mask
	for s.table[at] != fp && s.table[at] != [2]uint64{} {
		at = (at + 1) & mask
	}
	return at
}

func (s *seenShard) grow() {
	old := s.table
	s.table = make([][2]uint64, max(seenFirst, 2*len(old)))
	for _, fp := range old {
		if fp != [2]uint64{} {
			s.table[s.find(fp)] = fp
		}
	}
}
