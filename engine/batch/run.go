package batch

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// flight is a batch under way, with the memory for it.
type flight struct {
	size    int
	param   []byte
	headers []byte
	out     []coins.Hash
	members []member
	ended   []*Request
	wait    time.Duration // of its headers in the queue, summed up
}

// member is a request in a batch, in the life in which it boarded.
type member struct {
	r    *Request
	life uint64
	n    int
}

// Run sends batches until ctx ends; what waits then fails with ErrClosed. It
// returns nil, or ErrHung when a call did not come back.
func (b *Batcher) Run(ctx context.Context) error {
	var senders sync.WaitGroup
	for range InFlight {
		senders.Go(func() { b.send(ctx) })
	}
	<-ctx.Done()
	b.close()
	back := make(chan struct{})
	go func() {
		defer close(back)
		senders.Wait()
	}()
	grace := time.NewTimer(b.o.StopGrace)
	defer grace.Stop()
	select {
	case <-back:
		return nil
	case <-grace.C:
		return fmt.Errorf("coin %s: %w", b.name, ErrHung)
	}
}

// close ends every request that waits.
func (b *Batcher) close() {
	b.mu.Lock()
	b.closed = true
	var ended []*Request
	for len(b.groups) > 0 {
		r := b.groups[0].head
		b.unqueue(r)
		b.fail(r, ErrClosed)
		ended = append(ended, r)
	}
	b.mu.Unlock()
	for _, r := range ended {
		r.done <- struct{}{}
	}
}

// send is one of the InFlight goroutines that take batches and see them home.
func (b *Batcher) send(ctx context.Context) {
	var f flight
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		wait, ok := b.take(&f, time.Now())
		if ok {
			b.fly(ctx, &f)
			continue
		}
		if wait < 0 { // nothing waits
			timer.Stop()
		} else {
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-timer.C:
		}
	}
}

// take fills f with the batch that is due, or says when to look again; never,
// if that is negative.
func (b *Batcher) take(f *flight, now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.groups) == 0 {
		return -1, false
	}
	if wait := b.pause.Sub(now); wait > 0 {
		return wait, false
	}
	wait = FlushAfter
	var due *group
	for _, g := range b.groups {
		age := now.Sub(g.head.since)
		if g.headers < FlushAt && age < FlushAfter {
			wait = min(wait, FlushAfter-age)
			continue
		}
		if due == nil || g.head.since.Before(due.head.since) {
			due = g
		}
	}
	if due == nil {
		return wait, false
	}
	b.board(f, due, now)
	b.flights++
	if len(b.groups) > 0 {
		b.signal() // the other one looks after what is left
	}
	return 0, true
}

// board moves requests of g into f, oldest first. Batcher.mu is held.
func (b *Batcher) board(f *flight, g *group, now time.Time) {
	f.size, f.param = g.size, append(f.param[:0], g.param...)
	f.headers, f.members, f.ended, f.wait = f.headers[:0], f.members[:0], f.ended[:0], 0
	n := 0
	for r := g.head; r != nil && n+r.n <= MaxBatch; r = g.head {
		b.unqueue(r)
		r.state = flying
		f.headers = append(f.headers, r.headers...)
		f.members = append(f.members, member{r, r.life, r.n})
		f.wait += now.Sub(r.since) * time.Duration(r.n)
		n += r.n
	}
	if cap(f.out) < n {
		f.out = make([]coins.Hash, max(n, FlushAt), MaxBatch)
	}
	f.out = f.out[:n]
}

// fly makes the call and hands out what it brings.
func (b *Batcher) fly(ctx context.Context, f *flight) {
	call, cancel := context.WithTimeout(ctx, b.o.Deadline)
	start := time.Now()
	err := b.call(call, f)
	cancel()
	if err != nil && ctx.Err() != nil {
		b.close() // the end is no failure
	}
	if b.land(f, err, start, time.Now()) {
		b.say(err)
	}
	for i, r := range f.ended {
		r.done <- struct{}{}
		f.ended[i] = nil
	}
}

func (b *Batcher) call(ctx context.Context, f *flight) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return b.hash(ctx, f.size, f.headers, f.param, f.out)
}

// land ends the requests of a batch that came home, or queues them again. It
// reports whether the function has begun or ceased to fail.
func (b *Batcher) land(f *flight, err error, start, now time.Time) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flights--
	changed = b.note(f, err, start, now)
	if err != nil {
		b.pause = now.Add(b.o.Retry)
		b.again(f, err)
		return changed
	}
	at := 0
	for _, m := range f.members {
		r := m.r
		if r.life != m.life { // it has left, and r may be another request by now
			at += m.n
			continue
		}
		copy(r.hashes[:m.n], f.out[at:])
		at += m.n
		r.err = nil
		b.over(r)
		f.ended = append(f.ended, r)
	}
	return changed
}

// again queues the requests of a batch that failed in front of the others, in
// their order, unless they had their tries.
func (b *Batcher) again(f *flight, err error) {
	absent := b.o.Absent(err)
	for i := len(f.members) - 1; i >= 0; i-- {
		m := f.members[i]
		r := m.r
		if r.life != m.life {
			continue
		}
		r.cause = err
		if !absent {
			r.tries++
		}
		switch {
		case b.closed:
			b.fail(r, ErrClosed)
		case r.tries >= maxTries:
			b.fail(r, fmt.Errorf("%w: %w", ErrFailed, err))
		default:
			b.groupOf(r.size, r.param).pushFront(r)
			b.queued += r.n
			continue
		}
		f.ended = append(f.ended, r)
	}
}

// fail ends r with err. Batcher.mu is held.
func (b *Batcher) fail(r *Request, err error) {
	r.err = err
	b.stats.refused += uint64(r.n)
	b.over(r)
}
