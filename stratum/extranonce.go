package stratum

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

const (
	extranonce1Size = 4
	parkedLimit     = 1 << 17 // leases kept for miners that may come back
	queueRoom       = 1 << 10 // places in their queue, beyond twice as many, that may be empty
)

// lease is one extranonce1 and the session id that names it.
type lease struct {
	id         string // session id as told to the miner
	extranonce [extranonce1Size]byte
}

// parked is a lease whose miner has gone and may come back.
type parked struct {
	lease
	until time.Time
	past  past
}

// leases hands out extranonce1 values: prefix, then a counter with its low byte
// first. No value is out twice at a time.
//
// # What must be unique, and how it stays so over a restart
//
// Two miners do the same work twice when they hash the same bytes: the same
// extranonce1 for the same job with the same payee. Every job carries 8 bytes
// that never repeat, also over restarts, and a job's shares are taken only by the
// process that made it. So it is enough that no two sessions of a process have
// the same value at a time, which the map of values in use sees to, and that two
// processes which might make the same 8 bytes in the same second, on two data
// folders, have different prefixes.
//
// Beyond what is needed, a value is not given to anybody else while the miner
// that had it may come back with its session id, also after a crash: the counter
// starts behind a mark that the Store has kept, which is always ahead of every
// value that was given out, and the leases that the Store remembers are in use
// until they end. After a crash what is lost is at most the leases of the last
// second. Their values stand just before the mark, so that the counter comes to
// them again only when it has gone round; their miners get a fresh value.
type leases struct {
	prefix []byte
	size   int // bytes of a value that are used
	keep   time.Duration

	mu    sync.Mutex
	next  uint32
	used  map[[extranonce1Size]byte]struct{} // live or parked
	byID  map[string]parked
	queue []parked // in order of parking; entries may be resumed since

	changed map[string]Lease // since the last flush, where there is a store; else nil
	mark    uint32           // the counter's values before it are noted as given out
}

func newLeases(prefix []byte, size int, keep time.Duration) *leases {
	var start [4]byte
	rand.Read(start[:]) // never fails
	return &leases{
		prefix: append([]byte(nil), prefix...),
		size:   size,
		keep:   keep,
		next:   binary.LittleEndian.Uint32(start[:]),
		used:   make(map[[extranonce1Size]byte]struct{}),
		byID:   make(map[string]parked),
	}
}

// take resumes the lease called id when it is free, else leases a fresh value.
// It returns false when every value is in use.
func (l *leases) take(id []byte, now time.Time) (got lease, before past, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if p, ok := l.byID[string(id)]; ok {
		delete(l.byID, p.id)
		l.note(p.lease, 0)
		return p.lease, p.past, true
	}
	for uint64(len(l.used)) >= l.space() {
		if !l.dropOldest() {
			return lease{}, past{}, false
		}
	}
	var fresh lease
	for {
		fresh.extranonce = l.value(l.next)
		l.next++
		if _, taken := l.used[fresh.extranonce]; !taken {
			break
		}
	}
	l.used[fresh.extranonce] = struct{}{}
	var name [8]byte
	rand.Read(name[:])
	fresh.id = hex.EncodeToString(name[:])
	l.note(fresh, 0)
	return fresh, past{}, true
}

// space is how many values there are.
func (l *leases) space() uint64 { return uint64(1) << (8 * (l.size - len(l.prefix))) }

// value is prefix and counter, low byte first.
func (l *leases) value(n uint32) (e [extranonce1Size]byte) {
	for i := copy(e[:], l.prefix); i < l.size; i++ {
		e[i] = byte(n)
		n >>= 8
	}
	return e
}

// release gives a lease back; with park it can be resumed for a while, and what its
// miner leaves behind with it.
func (l *leases) release(old lease, left past, park bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if !park || l.keep <= 0 {
		delete(l.used, old.extranonce)
		l.note(old, leaseEnded)
		return
	}
	for len(l.byID) >= parkedLimit && l.dropOldest() {
	}
	l.park(old, left, now.Add(l.keep))
}

// parked is how many leases wait for their miners.
func (l *leases) parked(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	return len(l.byID)
}

// park keeps a lease for its miner. mu is held.
func (l *leases) park(old lease, left past, until time.Time) {
	p := parked{lease: old, until: until, past: left}
	l.byID[old.id] = p
	if len(l.queue) >= queueRoom+2*len(l.byID) {
		l.tidy()
	}
	p.past = past{} // the map has it
	l.queue = append(l.queue, p)
	l.note(old, until.Unix())
}

// tidy takes the places out of the queue whose miners have come back: who leaves and
// comes back all the time must not make it grow.
func (l *leases) tidy() {
	kept := make([]parked, 0, len(l.byID)+queueRoom)
	for _, p := range l.queue {
		if held, ok := l.byID[p.id]; ok && held.until == p.until {
			kept = append(kept, p)
		}
	}
	l.queue = kept
}

// expire drops what was parked too long ago.
func (l *leases) expire(now time.Time) {
	for len(l.queue) > 0 && !now.Before(l.queue[0].until) {
		l.dropFirst()
	}
}

// dropOldest frees the lease parked longest and reports whether there was one.
func (l *leases) dropOldest() bool {
	for len(l.queue) > 0 {
		if l.dropFirst() {
			return true
		}
	}
	return false
}

// dropFirst takes the first of the queue away and reports whether that freed a
// value: it may have been resumed, and parked again later, in between.
func (l *leases) dropFirst() bool {
	p := l.queue[0]
	l.queue = l.queue[1:]
	if held, ok := l.byID[p.id]; !ok || held.until != p.until {
		return false
	}
	delete(l.byID, p.id)
	delete(l.used, p.extranonce)
	l.note(p.lease, leaseEnded)
	return true
}

// restore takes in what a store has kept: the counter goes on at its mark, and
// the miners of its leases may come back. A lease of another prefix or size, or
// one that is over, is left out.
func (l *leases) restore(k Kept, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = make(map[string]Lease)
	if k.Known {
		l.next = k.Mark
	}
	l.mark = l.next
	var back []parked
	for _, old := range k.Leases {
		p := parked{lease: lease{hex.EncodeToString(old.Session[:]), old.Extranonce}, until: now.Add(l.keep)}
		if old.Until != 0 {
			// The clock may have been set: no lease is longer than a new one.
			if until := now.Add(time.Unix(old.Until, 0).Sub(now)); until.Before(p.until) {
				p.until = until
			}
		}
		if _, twice := l.used[old.Extranonce]; twice || !l.ours(old.Extranonce) || !now.Before(p.until) {
			l.note(p.lease, leaseEnded)
			continue
		}
		l.used[old.Extranonce] = struct{}{}
		back = append(back, p)
	}
	slices.SortFunc(back, func(a, b parked) int { return a.until.Compare(b.until) })
	for _, p := range back {
		l.park(p.lease, past{}, p.until)
	}
}

// ours reports whether e is a value that could be given out here.
func (l *leases) ours(e [extranonce1Size]byte) bool {
	for _, b := range e[l.size:] {
		if b != 0 {
			return false
		}
	}
	return slices.Equal(e[:len(l.prefix)], l.prefix)
}
