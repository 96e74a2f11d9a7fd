package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/internal/backoff"
	"github.com/motherlode-pool/motherlode/internal/repeats"
)

// Runner keeps one coin open. All methods may be called from any goroutine, at
// any time; Run is called once.
type Runner struct {
	name     string
	driver   coins.Driver
	settings coins.Settings
	o        Options
	log      *slog.Logger
	opened   chan struct{} // closed at the first success of Open
	changed  <-chan struct{}

	eventMu sync.Mutex // orders calls of Options.Events

	flows flows
	calls parkedCalls

	branchRight atomic.Bool // a branch of this coin was found to be right once
	branchTold  atomic.Bool // that one was not

	losses repeats.Words // for Run

	mu sync.Mutex // guards the rest; never held over a call to the coin
	state
}

// New makes a Runner for the coin that driver makes of settings; name is what
// the operator calls it. It does no I/O.
func New(name string, driver coins.Driver, settings coins.Settings, o Options) *Runner {
	r := &Runner{
		name:     name,
		driver:   driver,
		settings: settings,
		o:        o.withDefaults(),
		opened:   make(chan struct{}),
	}
	for i, name := range []string{"templates", "aux work", "health", logStream} {
		r.flows.all()[i].stream = name
	}
	r.calls.demand = make(chan struct{}, 1)
	r.log = r.o.Logger.With("coin", name)
	r.health = coins.Health{State: coins.HealthStarting, Message: "not opened yet"}
	r.changed, _ = r.Subscribe()
	return r
}

// Name is the name of the coin in the TOML.
func (r *Runner) Name() string { return r.name }

// Opened is closed once the coin has been opened for the first time: its
// settings are right and Info is known. No node need have answered yet.
func (r *Runner) Opened() <-chan struct{} { return r.opened }

// Run keeps the coin open until ctx ends, and returns nil then. The one other
// way to return is an ErrSettings error that wraps the coins.Problems of the
// first Open: settings that were right once are not doubted later.
func (r *Runner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var watch sync.WaitGroup
	watch.Go(func() { r.watch(ctx) })
	defer watch.Wait()
	defer cancel()

	wait := backoff.New(r.o.Backoff)
	failures := 0 // in a row, by its own fault
	for {
		e := r.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		var problems coins.Problems
		if errors.As(e.err, &problems) && !r.everOpened() {
			return fmt.Errorf("coin %s: %w: %w", r.name, ErrSettings, e.err)
		}
		before := failures
		failures = e.failures(before)
		if failures > before && failures >= r.o.ParkAfter {
			if !r.park(ctx, failures, e.err) {
				return nil
			}
			wait.Reset()
			continue
		}
		delay := e.delay(wait.Next(e.open))
		r.lost(e, delay)
		if !sleep(ctx, delay) {
			return nil
		}
	}
}

// A coin that was open for patient and ends without a fault of its own has waited
// for its nodes all that time: it is closed no longer than closedMost, or a node
// that is back would be without miners, and found blocks without a way to it.
const (
	patient    = 5 * time.Second
	closedMost = time.Second
)

// delay is how long the coin stays closed; after is what its failures in a row
// ask for.
func (e ending) delay(after time.Duration) time.Duration {
	if e.open >= patient && coins.FaultOf(e.err) == coins.NoFault {
		return min(after, closedMost)
	}
	return after
}

// lost notes that the coin is down and why, and says so: what it cannot be opened for
// again and again, once in a while.
func (r *Runner) lost(e ending, delay time.Duration) {
	r.failed(e.err)
	if e.worked {
		r.losses.Forget()
	}
	r.losses.Warn(r.log, time.Now(), e.err.Error(), "coin lost, opening it again", "error", e.err, "in", delay.String())
	r.event(Event{Kind: Lost, Err: e.err, Delay: delay})
}

// failed counts a loss of the coin.
func (r *Runner) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.restarts++
	r.lastErr, r.lastLoss = err, time.Now()
}

func (r *Runner) event(e Event) {
	r.eventMu.Lock()
	defer r.eventMu.Unlock()
	e.Chain = r.name
	r.o.Events(e)
}

func (r *Runner) everOpened() bool {
	select {
	case <-r.opened:
		return true
	default:
		return false
	}
}

// sleep waits for d and reports whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
