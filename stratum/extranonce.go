package stratum

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"
)

const (
	extranonce1Size = 4
	parkedLimit     = 1 << 17 // leases kept for miners that may come back
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
}

// leases hands out extranonce1 values: prefix, then a counter with its low byte
// first. No value is out twice at a time.
type leases struct {
	prefix []byte
	size   int // bytes of a value that are used
	keep   time.Duration

	mu    sync.Mutex
	next  uint32
	used  map[[extranonce1Size]byte]struct{} // live or parked
	byID  map[string]parked
	queue []parked // in order of parking; entries may be resumed since
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
func (l *leases) take(id []byte, now time.Time) (lease, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if p, ok := l.byID[string(id)]; ok {
		delete(l.byID, p.id)
		return p.lease, true
	}
	space := uint64(1) << (8 * (l.size - len(l.prefix)))
	for uint64(len(l.used)) >= space {
		if !l.dropOldest() {
			return lease{}, false
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
	return fresh, true
}

// value is prefix and counter, low byte first.
func (l *leases) value(n uint32) (e [extranonce1Size]byte) {
	for i := copy(e[:], l.prefix); i < l.size; i++ {
		e[i] = byte(n)
		n >>= 8
	}
	return e
}

// release gives a lease back; with park it can be resumed for a while.
func (l *leases) release(old lease, park bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if !park || l.keep <= 0 {
		delete(l.used, old.extranonce)
		return
	}
	for len(l.byID) >= parkedLimit && l.dropOldest() {
	}
	p := parked{lease: old, until: now.Add(l.keep)}
	l.byID[old.id] = p
	l.queue = append(l.queue, p)
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
	return true
}
