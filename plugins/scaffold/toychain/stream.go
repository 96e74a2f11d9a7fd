package main

import (
	"context"
	"sync"
)

// latest is a value that streams follow. Those who miss one get the next: what
// counts is the newest.
type latest[T any] struct {
	mu      sync.Mutex
	value   T
	changed chan struct{} // closed when value is history
}

func newLatest[T any](value T) *latest[T] {
	return &latest[T]{value: value, changed: make(chan struct{})}
}

// set replaces the value. What value points to is not changed afterwards: others
// have it.
func (l *latest[T]) set(value T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.value = value
	close(l.changed)
	l.changed = make(chan struct{})
}

// get is the value and a channel that is closed when there is a newer one.
func (l *latest[T]) get() (T, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.changed
}

// follow sends the present value at once and then every newer one, until ctx
// ends or closed is. It returns why it ended, and does not close out.
func follow[T any](ctx context.Context, closed <-chan struct{}, l *latest[T], out chan<- T) error {
	for {
		value, changed := l.get()
		send := out
		for waiting := true; waiting; {
			select {
			case send <- value:
				send = nil // sent: now wait for the next
			case <-changed:
				waiting = false
			case <-ctx.Done():
				return ctx.Err()
			case <-closed:
				return errClosed
			}
		}
	}
}
