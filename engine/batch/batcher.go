package batch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Func hashes a batch, as coins.Hasher's HashBatch. It keeps none of its
// arguments.
type Func func(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error

// Batcher hands headers to a Func by the rules of the package comment. Its
// methods may be called from any goroutine, before and after Run, too.
type Batcher struct {
	name string // of the coin
	hash Func
	o    Options
	wake chan struct{} // one slot: somebody should look at the queue

	mu      sync.Mutex
	groups  []*group // those with a request, in no order
	free    []*group
	queued  int       // headers in groups
	flights int       // batches under way
	pause   time.Time // no batch leaves before
	closed  bool
	stats   counters
}

// New makes a Batcher for the coin called name. It starts nothing.
func New(name string, hash Func, o Options) *Batcher {
	return &Batcher{name: name, hash: hash, o: o.withDefaults(), wake: make(chan struct{}, 1)}
}

// Submit hands r in. It never waits; what there is to say comes from Wait.
func (b *Batcher) Submit(r *Request) {
	r.since = time.Now()
	r.tries, r.cause = 0, nil
	if need := r.n - len(r.hashes); need > 0 {
		r.hashes = append(r.hashes, make([]coins.Hash, need)...)
	}
	b.mu.Lock()
	err := b.admit(r)
	if err != nil {
		b.stats.refused += uint64(r.n)
	}
	b.mu.Unlock()
	if err != nil || r.n == 0 {
		r.err = err
		r.done <- struct{}{}
	}
}

// admit puts r at the end of its group. Batcher.mu is held.
func (b *Batcher) admit(r *Request) error {
	switch {
	case b.closed:
		return ErrClosed
	case r.n > MaxBatch || len(r.headers) != r.n*r.size || r.n > 0 && r.size == 0:
		return ErrShape
	case b.queued+r.n > b.o.MaxQueued:
		return ErrFull
	case r.n == 0:
		return nil
	}
	g := b.groupOf(r.size, r.param)
	before := g.headers
	g.pushBack(r)
	b.queued += r.n

	// Whoever waits for this group to grow old knows of it already.
	if before == 0 || before < FlushAt && g.headers >= FlushAt {
		b.signal()
	}
	return nil
}

// Wait returns when the hashes of r are there, or why there are none.
func (b *Batcher) Wait(r *Request) error {
	select {
	case <-r.done:
		return r.err
	default:
	}
	r.timer.Reset(time.Until(r.since.Add(b.o.Deadline)))
	select {
	case <-r.done:
	case <-r.timer.C:
		if !b.abandon(r) {
			<-r.done // it ended at this moment
		}
	}
	r.timer.Stop()
	return r.err
}

// abandon ends a request that has waited too long, and reports false when it
// had ended before.
func (b *Batcher) abandon(r *Request) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.state {
	case idle:
		return false
	case queued:
		b.unqueue(r)
	}
	r.err = ErrLate
	if r.cause != nil {
		r.err = fmt.Errorf("%w: %w", ErrLate, r.cause)
	}
	b.stats.refused += uint64(r.n)
	b.over(r)
	return true
}

// over marks r as ended. Batcher.mu is held.
func (b *Batcher) over(r *Request) {
	r.state = idle
	r.life++
}

// groupOf finds the group of requests with size and param, or makes it.
func (b *Batcher) groupOf(size int, param []byte) *group {
	for _, g := range b.groups {
		if g.size == size && string(g.param) == string(param) {
			return g
		}
	}
	g := &group{}
	if n := len(b.free); n > 0 {
		g, b.free = b.free[n-1], b.free[:n-1]
	}
	g.size, g.param = size, append(g.param[:0], param...)
	b.groups = append(b.groups, g)
	return g
}

// unqueue takes r out of its group, and the group away with its last request.
func (b *Batcher) unqueue(r *Request) {
	g := r.group
	g.remove(r)
	b.queued -= r.n
	if g.head == nil {
		b.groups = slices.DeleteFunc(b.groups, func(o *group) bool { return o == g })
		b.free = append(b.free, g)
	}
}

func (b *Batcher) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
