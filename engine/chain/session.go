package chain

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// session is one life of the coin, from Open to Close.
type session struct {
	coin    coins.Coin
	begin   time.Time
	parent  bool                 // it streams templates
	parents chan coins.ParentTip // one slot
	ctx     context.Context
	end     context.CancelCauseFunc // the first cause ends every stream
	streams sync.WaitGroup
}

// session opens the coin and stays until one of its streams ends. It returns
// how long the coin was open, and why it no longer is.
func (r *Runner) session(ctx context.Context) (time.Duration, error) {
	coin, err := r.open(ctx)
	if err != nil {
		r.closed(nil, err)
		return 0, err
	}
	s := &session{coin: coin, begin: time.Now(), parents: make(chan coins.ParentTip, 1)}
	s.ctx, s.end = context.WithCancelCause(ctx)
	if err := r.started(s); err != nil {
		s.end(err)
	} else {
		r.event(Event{Kind: Opened})
	}
	<-s.ctx.Done()
	err = context.Cause(s.ctx)

	// The calls are refused before the coin is closed under them.
	r.closed(s, err)
	r.stop(s)
	return time.Since(s.begin), err
}

// open opens the coin and checks that it has the powers that it announced.
func (r *Runner) open(ctx context.Context) (coin coins.Coin, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.OpenTimeout)
	defer cancel()
	defer recovered(&err)
	coin, err = r.driver.Open(ctx, r.settings)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if coin == nil {
		return nil, fmt.Errorf("open: %w: no coin", ErrBadWork)
	}
	return coin, nil
}

// started publishes s as the open coin and starts its streams.
func (r *Runner) started(s *session) (err error) {
	defer recovered(&err)
	info := s.coin.Info()
	roles := r.wanted(r.driver.Describe())

	var run []func()
	for _, role := range roles {
		switch role {
		case coins.RoleParent:
			p, ok := s.coin.(coins.Parent)
			if !ok {
				return fmt.Errorf("%w: announced %s", ErrRole, role)
			}
			s.parent = true
			run = append(run, func() { stream(s, "templates", p.Templates, r.gotTemplate) })
		case coins.RoleAux:
			a, ok := s.coin.(coins.Aux)
			if !ok {
				return fmt.Errorf("%w: announced %s", ErrRole, role)
			}
			run = append(run, func() {
				stream(s, "aux work", func(ctx context.Context, out chan<- *coins.AuxWork) error {
					return a.AuxWork(ctx, s.parents, out)
				}, r.gotAux)
			})
		}
	}
	run = append(run, func() { stream(s, "health", s.coin.Health, r.gotHealth) })

	r.mu.Lock()
	r.current, r.info, r.hasInfo = s, info, true
	r.health.State, r.health.Message, r.health.Nodes = coins.HealthStarting, "opened, waiting for its nodes", nil
	if r.hasParent {
		s.setParent(r.parent)
	}
	r.notify()
	r.mu.Unlock()
	if !r.everOpened() {
		close(r.opened)
	}
	for _, f := range run {
		s.streams.Go(f)
	}
	return nil
}

// wanted are the announced roles that this runner is to open.
func (r *Runner) wanted(info coins.Info) []coins.Role {
	if len(r.o.Roles) == 0 {
		return info.Roles
	}
	var roles []coins.Role
	for _, role := range r.o.Roles {
		if info.Has(role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// stream runs one stream of the coin and takes what it sends until both it and
// the session are over. It never makes the coin wait for more than a check and
// a lock. Whatever ends the stream ends the session.
func stream[T any](s *session, name string, source func(context.Context, chan<- T) error, take func(*session, T) error) {
	out := make(chan T)
	ended := make(chan error, 1)
	s.streams.Go(func() {
		var err error
		defer func() { ended <- err }()
		defer recovered(&err)
		if err = source(s.ctx, out); err == nil {
			err = ErrEnded
		}
	})
	for {
		select {
		case msg := <-out:
			if s.ctx.Err() != nil {
				continue // drained, so that a coin that ignores its context can end
			}
			if err := take(s, msg); err != nil {
				s.end(fmt.Errorf("%s: %w", name, err))
			}
		case err := <-ended:
			s.end(fmt.Errorf("%s: %w", name, err))
			return
		}
	}
}

// closed notes that the coin is not open, because of err. S is the session that
// ended, nil when there was none.
func (r *Runner) closed(s *session, err error) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s != nil && r.current == s {
		r.current = nil
	}
	r.health.State, r.health.Message, r.health.Nodes = coins.HealthDown, err.Error(), nil
	r.unbacked(now)
	r.notify()
}

// stop ends the streams and closes the coin, waiting no longer than StopGrace
// for each.
func (r *Runner) stop(s *session) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		func() {
			defer recovered(&err)
			err = s.coin.Close()
		}()
		if err != nil {
			r.log.Info("closing the coin", "error", err)
		}
		s.streams.Wait()
	}()
	grace := time.NewTimer(r.o.StopGrace)
	defer grace.Stop()
	select {
	case <-done:
	case <-grace.C:
		r.log.Error("going on without waiting", "error", ErrHung, "waited", r.o.StopGrace)
	}
}

// setParent puts tip into the one slot. Runner.mu is held, so there is one
// sender at a time and the send cannot block.
func (s *session) setParent(tip coins.ParentTip) {
	select {
	case <-s.parents:
	default:
	}
	select {
	case s.parents <- tip:
	default:
	}
}

// recovered turns a panic of a coin in this process into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v\n%s", ErrPanic, p, debug.Stack())
	}
}
