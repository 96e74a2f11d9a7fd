package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

func closeRules() []rule {
	return []rule{
		every("close", "Close ends the streams, can be called again, and calls after it return", tryClose),
		every("reopen", "a coin that was closed can be opened again, and works", tryReopen),
	}
}

// ending is a stream whatever it carries.
type ending struct {
	name string
	wait func() error
	stop func()
}

// running starts a stream of a coin and reads its first value.
func running[T any](ctx context.Context, s *suite, coin coins.Coin, k kind[T]) (ending, error) {
	run, err := k.of(ctx, s, coin)
	if err != nil {
		return ending{}, err
	}
	st := start(ctx, run, nil)
	e := ending{
		name: k.plural(),
		wait: func() error { return st.wait(s.limits.Cancel, st.out) },
		stop: func() { _ = st.stop(s.limits.Cancel) },
	}
	if _, err := st.next(ctx, k.first(s.limits)); err != nil {
		e.stop()
		return e, fmt.Errorf("%s: %w", k.plural(), err)
	}
	return e, nil
}

// allStreams starts every stream that the coin announces.
func (s *suite) allStreams(ctx context.Context, coin coins.Coin) (list []ending, err error) {
	add := func(e ending, failed error) {
		if failed == nil {
			list = append(list, e)
		}
		err = errors.Join(err, failed)
	}
	add(running(ctx, s, coin, healthStream()))
	if s.info.Has(coins.RoleParent) {
		add(running(ctx, s, coin, templateStream()))
	}
	if s.info.Has(coins.RoleAux) {
		add(running(ctx, s, coin, auxStream()))
	}
	return list, err
}

// retire closes the shared coin, so that another has what may be there but once,
// such as a port. The next rule that shares a coin gets a new one.
func (s *suite) retire(ctx context.Context) error {
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	s.coin = nil
	if err := s.closeCoin(coin); err != nil {
		return fmt.Errorf("Close: %w", err)
	}
	return nil
}

func tryClose(ctx context.Context, s *suite) error {
	if err := s.retire(ctx); err != nil {
		return err
	}
	coin, err := s.open(ctx, s.cfg.Settings)
	if err != nil {
		return fmt.Errorf("opened again after Close: %w", err)
	}
	defer func() { _ = s.closeCoin(coin) }()
	streams, err := s.allStreams(ctx, coin)
	for _, e := range streams {
		defer e.stop()
	}
	if err != nil {
		return err
	}
	if err := s.closeCoin(coin); err != nil {
		return fmt.Errorf("Close: %w", err)
	}
	for _, e := range streams {
		if err := e.wait(); err != nil {
			return fmt.Errorf("Close, and the stream of %s: %w", e.name, err)
		}
	}
	if err := s.closeCoin(coin); err != nil {
		return fmt.Errorf("Close for the second time: %w", err)
	}
	if err := s.punctual(ctx, func(ctx context.Context) error { _, err := coin.ValidateAddress(ctx, "x"); return err }); err != nil {
		return fmt.Errorf("ValidateAddress after Close: %w", err)
	}
	hash, err := randomHash()
	if err != nil {
		return err
	}
	if err := s.punctual(ctx, func(ctx context.Context) error { _, err := coin.BlockStatus(ctx, hash, 0); return err }); err != nil {
		return fmt.Errorf("BlockStatus after Close: %w", err)
	}
	return nil
}

func tryReopen(ctx context.Context, s *suite) error {
	if err := s.retire(ctx); err != nil {
		return err
	}
	for i := range 2 {
		coin, err := s.open(ctx, s.cfg.Settings)
		if err != nil {
			return fmt.Errorf("opening it, time %d after Close: %w", i+1, err)
		}
		streams, err := s.allStreams(ctx, coin)
		for _, e := range streams {
			e.stop()
		}
		if closeErr := s.closeCoin(coin); err == nil && closeErr != nil {
			err = fmt.Errorf("closing it: %w", closeErr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
