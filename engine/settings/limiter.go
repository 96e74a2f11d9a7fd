package settings

import (
	"net/netip"
	"sync"
	"time"
)

// How often clients may ask. A change is seldom, and every question may go to a
// coin in another process.
const (
	burst      = 30
	refill     = 2 * time.Second // for one more
	burstAll   = 300
	refillAll  = 20 * time.Millisecond
	maxClients = 20_000 // remembered; beyond, all are forgotten
)

// bucket is how many requests are left, as of a time.
type bucket struct {
	left int
	at   time.Time
}

// take takes one, of at most n that come back one each step.
func (b *bucket) take(now time.Time, n int, step time.Duration) bool {
	switch back := now.Sub(b.at) / step; {
	case back >= time.Duration(n-b.left):
		b.left, b.at = n, now
	case back > 0:
		b.left, b.at = b.left+int(back), b.at.Add(back*step)
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// limiter bounds requests by the client's address. Behind a proxy on this machine
// all clients have one address: then only what all do together is bounded.
type limiter struct {
	mu      sync.Mutex
	all     bucket
	clients map[netip.Addr]*bucket
}

func newLimiter() *limiter {
	return &limiter{all: bucket{left: burstAll}, clients: map[netip.Addr]*bucket{}}
}

func (l *limiter) allow(remote string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, err := netip.ParseAddrPort(remote); err == nil && !a.Addr().IsLoopback() {
		client := a.Addr().Unmap()
		if client.Is6() {
			client = netip.PrefixFrom(client.WithZone(""), 64).Masked().Addr()
		}
		b := l.clients[client]
		if b == nil {
			if len(l.clients) >= maxClients {
				clear(l.clients)
			}
			b = &bucket{left: burst, at: now}
			l.clients[client] = b
		}
		if !b.take(now, burst, refill) {
			return false
		}
	}
	return l.all.take(now, burstAll, refillAll)
}
