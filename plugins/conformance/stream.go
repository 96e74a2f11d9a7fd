package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// stream is one of a coin's streams under way. One goroutine uses it.
type stream[T any] struct {
	out    chan T
	ended  chan error
	cancel context.CancelFunc
	heed   func(T) // is told of every value

	over bool
	why  error
}

var errChannelClosed = errors.New("the stream closed the channel that it was given; it may only return")

// start runs a stream until stop. The channel has no room, as the engine's.
func start[T any](ctx context.Context, run func(context.Context, chan<- T) error, heed func(T)) *stream[T] {
	ctx, cancel := context.WithCancel(ctx)
	st := &stream[T]{out: make(chan T), ended: make(chan error, 1), cancel: cancel, heed: heed}
	go func() {
		st.ended <- caught(func() error { return run(ctx, st.out) })
	}()
	return st
}

// next is the next value, which must come within limit.
func (st *stream[T]) next(ctx context.Context, limit time.Duration) (v T, err error) {
	if st.over {
		return v, st.endError()
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case v, open := <-st.out:
		if !open {
			return v, errChannelClosed
		}
		if st.heed != nil {
			st.heed(v)
		}
		return v, nil
	case st.why = <-st.ended:
		st.over = true
		return v, st.endError()
	case <-late.C:
		return v, fmt.Errorf("nothing came within %v", limit)
	case <-ctx.Done():
		return v, context.Cause(ctx)
	}
}

func (st *stream[T]) endError() error {
	if st.why == nil {
		return errors.New("the stream ended by itself and gave no reason")
	}
	return fmt.Errorf("the stream ended by itself: %w", st.why)
}

// stop cancels the stream and waits for its end, reading what it still sends.
func (st *stream[T]) stop(limit time.Duration) error {
	st.cancel()
	return st.wait(limit, st.out)
}

// wait waits for the stream's end. From is its channel, or nil to let it be
// stuck on it.
func (st *stream[T]) wait(limit time.Duration, from <-chan T) error {
	if st.over {
		return nil
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	for shut := false; ; {
		select {
		case st.why = <-st.ended:
			st.over = true
			select {
			case _, open := <-from:
				shut = shut || !open
			default:
			}
			if shut {
				return errChannelClosed
			}
			return nil
		case _, open := <-from:
			if !open {
				from, shut = nil, true
			}
		case <-late.C:
			return fmt.Errorf("it has not ended within %v", limit)
		}
	}
}
