package chain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/backoff"
)

// stampEvery is how often a parked coin's program is looked at for another one.
const stampEvery = 5 * time.Second

// Parking is why a coin is parked and what becomes of it.
type Parking struct {
	Since    time.Time
	Failures int       // in a row
	Reason   error     // of the last one
	Next     time.Time // when it is tried again
	Open     bool      // it is open at this moment to deliver found blocks
}

// Error says all of that in a line for the operator.
func (p Parking) Error() string {
	return fmt.Sprintf("parked after %d failures in a row by its own fault, the last: %v; %s", p.Failures, p.Reason, p.Remedy())
}

// Unwrap gives the reason.
func (p Parking) Unwrap() error { return p.Reason }

// Remedy is what to do about it.
func (p Parking) Remedy() string {
	return "mend or replace its program, then have the pool reload its configuration (SIGHUP); it is tried again by itself at " +
		p.Next.Format(time.TimeOnly) + ", and at once when its file changes; found blocks are delivered meanwhile if it can be opened at all"
}

// Parked is why the coin is parked; false while it is not.
func (r *Runner) Parked() (Parking, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.parked == nil {
		return Parking{}, false
	}
	p := *r.parked
	p.Open = r.current != nil
	return p, true
}

// failures is the count of failures in a row after e; before is that up to e.
// Neither a node that is down nor a crash after good work counts: the first is
// not the program's fault, and a coin that works for a while is of use.
func (e ending) failures(before int) int {
	if e.open >= backoff.DefaultHealthy {
		before = 0
	}
	switch fault := coins.FaultOf(e.err); {
	case fault == coins.BadWork && !e.gone:
		return before + 1
	case e.worked:
		return 0
	case fault != coins.NoFault:
		return before + 1
	}
	return before
}

// stamped is a driver that knows when its program is replaced by another: the
// stamp changes.
type stamped interface{ Stamp() string }

func (r *Runner) stamp() string {
	if d, ok := r.driver.(stamped); ok {
		return d.Stamp()
	}
	return ""
}

// park leaves the coin closed until it is worth another attempt; false when ctx
// ended first. Found blocks are not left behind: a call about one opens the coin
// for the calls alone, without streams.
func (r *Runner) park(ctx context.Context, failures int, err error) bool {
	p := Parking{Since: time.Now(), Failures: failures, Reason: err, Next: time.Now().Add(r.o.ParkedRetry)}
	r.failed(err)
	r.mu.Lock()
	r.parked = &p
	r.calls.begin()
	r.health.State, r.health.Message, r.health.Nodes = coins.HealthDown, p.Error(), nil
	r.notify()
	r.mu.Unlock()
	r.log.Warn("coin is parked", "failures", failures, "error", err, "what_to_do", p.Remedy())
	r.event(Event{Kind: Parked, Err: p, Delay: r.o.ParkedRetry})
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.parked = nil
		r.calls.attempted()
	}()

	retry := time.NewTimer(r.o.ParkedRetry)
	defer retry.Stop()
	look := time.NewTicker(stampEvery)
	defer look.Stop()
	wait, program := backoff.New(r.o.Backoff), r.stamp()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-retry.C:
			return true
		case <-look.C:
			if r.stamp() != program {
				r.log.Info("the parked coin's program has changed, it is tried again")
				return true
			}
		case <-r.calls.demand:
			open, err := r.serveCalls(ctx, p.Next, program)
			if err == nil {
				wait.Reset()
				continue
			}
			r.log.Debug("parked coin cannot be opened for found blocks", "error", err)
			if !sleep(ctx, wait.Next(open)) {
				return false
			}
		}
	}
}

// parkedCalls are the calls about found blocks, for which a parked coin is
// opened. Runner.mu guards all but demand.
type parkedCalls struct {
	demand  chan struct{} // one slot: somebody waits for the coin to be opened
	attempt chan struct{} // closed when the next opening has been tried; nil unless parked
	active  int
	last    time.Time // when the last one ended or began
}

func (c *parkedCalls) begin() {
	c.attempt = make(chan struct{})
	select {
	case <-c.demand: // of an earlier parking
	default:
	}
}

// attempted wakes the calls that wait.
func (c *parkedCalls) attempted() {
	close(c.attempt)
	c.attempt = make(chan struct{})
}

// called is to be called at the begin of a call about a found block, and the
// result at its end. While the coin is parked it has it opened, and waits until
// that was tried.
func (r *Runner) called(ctx context.Context) (ended func()) {
	r.mu.Lock()
	r.calls.active++
	r.calls.last = time.Now()
	parked, attempt := r.parked != nil && r.current == nil, r.calls.attempt
	r.mu.Unlock()
	if parked {
		select {
		case r.calls.demand <- struct{}{}:
		default:
		}
		select {
		case <-attempt:
		case <-ctx.Done():
		}
	}
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls.active--
		r.calls.last = time.Now()
	})
}

// serveCalls opens the parked coin for calls until none has come for CallIdle,
// its process ends, or it is worth the next attempt. It says how long it was
// open, and why it no longer is unless all is well.
func (r *Runner) serveCalls(ctx context.Context, until time.Time, program string) (open time.Duration, err error) {
	coin, err := r.open(ctx)
	var info coins.CoinInfo
	if err == nil {
		info, err = infoOf(coin)
	}
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls.attempted()
		return 0, err
	}
	s := newSession(ctx, coin)
	r.mu.Lock()
	r.current, r.info, r.hasInfo = s, info, true
	r.calls.last = time.Now()
	r.calls.attempted()
	r.notify()
	r.mu.Unlock()
	r.log.Info("parked coin is open to deliver found blocks")

	err = r.callsDone(ctx, s, until, program)
	s.end(errors.Join(err, ErrDown))
	r.mu.Lock()
	r.current = nil
	r.notify()
	r.mu.Unlock()
	r.stop(s)
	return time.Since(s.begin), err
}

func infoOf(coin coins.Coin) (info coins.CoinInfo, err error) {
	defer recovered(&err)
	return coin.Info(), nil
}

// callsDone waits for the end of the calls; the error is about the coin.
func (r *Runner) callsDone(ctx context.Context, s *session, until time.Time, program string) error {
	var died <-chan struct{}
	if p, ok := s.coin.(interface{ Done() <-chan struct{} }); ok {
		died = p.Done()
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-died:
			return fmt.Errorf("coin %s: %w", r.name, ErrDown)
		case now := <-tick.C:
			if due := !now.Before(until) || r.stamp() != program; r.callsOver(now, due) {
				return nil
			}
		}
	}
}

// callsOver reports whether the coin may be closed: no call is under way, and
// none has come of late or an attempt is due.
func (r *Runner) callsOver(now time.Time, due bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls.active == 0 && (due || now.Sub(r.calls.last) >= r.o.CallIdle)
}
