package serve

import (
	"context"
)

// forward runs a stream of the coin and sends on what it yields, until either
// ends. The channel has no room: while the host does not read, gRPC's flow
// control stops the sending and with it the coin. It returns only once the
// coin's own stream has returned.
func forward[T, M any](
	ctx context.Context, s *Server, name string,
	source func(context.Context, chan<- T) error, toProto func(T) (M, error), send func(M) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	values := make(chan T)
	ended := make(chan error, 1)
	go func() {
		var err error
		defer func() { ended <- err }()
		defer s.recovered(name, &err)
		err = failure(source(ctx, values)) // here, because the error is the coin's code too
	}()

	for {
		select {
		case err := <-ended:
			return err
		case v := <-values:
			m, err := toProto(v)
			if err == nil {
				err = send(m)
			}
			if err != nil {
				cancel()
				drain(values, ended)
				return failure(err)
			}
		}
	}
}

// drain takes what a stream that was told to end still has to say, so that it
// cannot be stuck on it.
func drain[T any](values <-chan T, ended <-chan error) {
	for {
		select {
		case <-values:
		case <-ended:
			return
		}
	}
}
