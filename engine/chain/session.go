package chain

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
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
	worked  atomic.Bool // a template or aux work that is good has come

	branches chan *coins.Template // one slot: the newest whose branch is to be looked at
}

// ending is how a session ended.
type ending struct {
	open   time.Duration // how long the coin was open
	err    error         // why it no longer is
	worked bool          // it had sent good work
	gone   bool          // its process is known to have ended
}

// session opens the coin and stays until one of its streams ends.
func (r *Runner) session(ctx context.Context) ending {
	coin, err := r.open(ctx)
	if err != nil {
		r.closed(nil, err)
		return ending{err: err}
	}
	s := newSession(ctx, coin)
	if err := r.started(s); err != nil {
		s.end(err)
	} else {
		r.event(Event{Kind: Opened})
	}
	<-s.ctx.Done()
	err = context.Cause(s.ctx)

	// The calls are refused before the coin is closed under them.
	r.closed(s, err)
	gone := over(s.coin)
	r.stop(s)
	return ending{open: time.Since(s.begin), err: err, worked: s.worked.Load(), gone: gone}
}

func newSession(ctx context.Context, coin coins.Coin) *session {
	s := &session{coin: coin, begin: time.Now(), parents: make(chan coins.ParentTip, 1), branches: make(chan *coins.Template, 1)}
	s.ctx, s.end = context.WithCancelCause(ctx)
	return s
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
		f, err := r.streamOf(s, role, info)
		if err != nil {
			return err
		}
		if f != nil {
			run = append(run, f)
		}
	}
	run = append(run, func() { r.healthOf(s).run(s) })

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
