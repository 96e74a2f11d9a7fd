package submit

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// dispatcher hands events to their receiver, one at a time and in order, each
// until it is taken.
type dispatcher struct {
	receive func(Event) error
	log     *slog.Logger

	mu    sync.Mutex
	queue []queued
	wake  chan struct{} // one slot
}

type queued struct {
	event Event
	done  chan struct{} // closed when the receiver has taken it
}

func newDispatcher(receive func(Event) error, log *slog.Logger) *dispatcher {
	return &dispatcher{receive: receive, log: log, wake: make(chan struct{}, 1)}
}

// send queues e and never blocks. The channel is closed once e was taken.
func (d *dispatcher) send(e Event) <-chan struct{} {
	done := make(chan struct{})
	d.mu.Lock()
	d.queue = append(d.queue, queued{e, done})
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return done
}

// run delivers until ctx ends.
func (d *dispatcher) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		}
		for {
			p, ok := d.first()
			if !ok {
				break
			}
			if !d.deliver(ctx, p) {
				return
			}
		}
	}
}

// first is the oldest event, which stays in the queue until it is taken.
func (d *dispatcher) first() (queued, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.queue) == 0 {
		return queued{}, false
	}
	return d.queue[0], true
}

func (d *dispatcher) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue[0] = queued{}
	d.queue = d.queue[1:]
}

// deliver repeats one event until it is taken, or ctx ends.
func (d *dispatcher) deliver(ctx context.Context, p queued) bool {
	wait := backoff.New(backoff.Options{})
	for ctx.Err() == nil {
		err := d.receive(p.event)
		if err == nil {
			d.drop()
			close(p.done)
			return true
		}
		delay := wait.Next(0)
		d.log.Error("event of a found block was not taken", "error", err, "in", delay.String(),
			"chain", p.event.Found.Chain, "hash", p.event.Found.Hash, "state", p.event.State)
		t := time.NewTimer(delay)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
	return false
}

// idle waits until every event that was sent before has been taken, or ctx ends.
func (d *dispatcher) idle(ctx context.Context) {
	d.mu.Lock()
	var last <-chan struct{}
	if n := len(d.queue); n > 0 {
		last = d.queue[n-1].done
	}
	d.mu.Unlock()
	if last == nil {
		return
	}
	select {
	case <-last:
	case <-ctx.Done():
	}
}
