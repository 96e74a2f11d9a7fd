package hashpool

import (
	"context"
	"runtime"
	"sync"

	"github.com/motherlode-pool/motherlode/algos"
)

// Pool hashes requests by the rules of the package comment. Its methods may be
// called from any goroutine; requests that are handed in before Run wait for it.
type Pool struct {
	lanes   func() algos.Lanes
	workers int

	mu         sync.Mutex
	work       sync.Cond // signalled when a request has come, or the end
	head, tail *Request  // the round: requests with headers that nobody has taken
	waiting    int       // headers in the round
	closed     bool
	stats      Stats
}

// Stats are sums since the start.
type Stats struct {
	Headers uint64 // that were hashed
	Calls   uint64 // of the hash function, for one or more headers each
	Refused uint64 // headers that were not hashed, as the end had come
	Waiting int    // headers that nobody has taken, now
}

// New makes a Pool with a worker for each processor, each with Lanes of its own.
// It starts nothing.
func New(lanes func() algos.Lanes) *Pool { return NewWith(lanes, runtime.GOMAXPROCS(0)) }

// NewWith is New with a number of workers, at least one.
func NewWith(lanes func() algos.Lanes, workers int) *Pool {
	p := &Pool{lanes: lanes, workers: max(workers, 1)}
	p.work.L = &p.mu
	return p
}

// Run hashes until ctx ends; what waits then fails with ErrClosed.
func (p *Pool) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for range p.workers {
		group.Go(p.serve)
	}
	<-ctx.Done()
	p.close()
	group.Wait()
	return nil
}

// close ends every request that no worker has begun; the others end with what is
// being hashed of them.
func (p *Pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for r := p.head; r != nil; r = p.head {
		p.head, r.next = r.next, nil
		left := r.Len() - r.taken
		p.stats.Refused += uint64(left)
		r.err = ErrClosed
		if r.hashed += left; r.hashed == r.Len() {
			r.done <- struct{}{}
		}
	}
	p.tail, p.waiting = nil, 0
	p.work.Broadcast()
}

// Submit hands r in. It never waits; what there is to say comes from Wait.
func (p *Pool) Submit(r *Request) {
	if more := r.Len() - len(r.hashes); more > 0 {
		r.hashes = append(r.hashes, make([][32]byte, more)...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		r.err = ErrClosed
		p.stats.Refused += uint64(r.Len())
		r.done <- struct{}{}
	case r.Len() == 0:
		r.done <- struct{}{}
	default:
		p.waiting += r.Len()
		p.push(r)
		p.work.Signal()
	}
}

// Wait returns when the hashes of r are there, or why there are none.
func (p *Pool) Wait(r *Request) error {
	<-r.done
	return r.err
}

// Stats is what the pool has done.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Waiting = p.waiting
	return s
}

// push puts r at the end of the round. mu is held.
func (p *Pool) push(r *Request) {
	r.next = nil
	if p.tail == nil {
		p.head = r
	} else {
		p.tail.next = r
	}
	p.tail = r
}

// pop takes the first request out of the round. mu is held.
func (p *Pool) pop() *Request {
	r := p.head
	if p.head = r.next; p.head == nil {
		p.tail = nil
	}
	r.next = nil
	return r
}
