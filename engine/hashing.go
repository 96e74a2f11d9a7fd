package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/engine/batch"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/engine/status"
)

// hashDrain is how long at the end sessions may wait for the hashes of the
// shares that they have taken: among these may be a block.
const hashDrain = 2 * time.Second

// batcherOf is the one batcher of a parent, which all its pools share. It does
// nothing while the engine has the algorithm.
func (e *Engine) batcherOf(parent string) *batch.Batcher {
	b, ok := e.hashing[parent]
	if !ok {
		b = batch.New(parent, e.runners[parent].HashBatch, batch.Options{
			Logger: e.log, Absent: func(err error) bool { return errors.Is(err, chain.ErrDown) },
		})
		e.hashing[parent] = b
	}
	return b
}

// runHashing runs the batchers and workers until stop, which waits for them, or
// hashDrain after ctx has ended. One that no pool needs has nothing to do.
func (e *Engine) runHashing(ctx context.Context) (stop func()) {
	hashCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	for parent, b := range e.hashing {
		group.Go(func() {
			if err := b.Run(hashCtx); err != nil {
				e.log.Error("going on without waiting", "coin", parent, "error", err)
			}
		})
	}
	for _, w := range e.workers {
		group.Go(func() { _ = w.Run(hashCtx) }) // has no error
	}
	group.Go(func() {
		select {
		case <-hashCtx.Done():
			return
		case <-ctx.Done():
		}
		drain := time.NewTimer(hashDrain)
		defer drain.Stop()
		select {
		case <-hashCtx.Done():
		case <-drain.C:
			cancel()
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

// portRate is the rate of shares, each second, from which on the operator
// should know that an algorithm in the engine would spare the pool a good part
// of a processor. It is the rate that two cores were measured to sustain.
const portRate = 100_000

// hashingView says how p's parent hashes, if it does.
func (e *Engine) hashingView(v *status.View, p *pool) {
	if !p.opened.Load() || p.batcher == nil {
		return
	}
	info, _ := p.parent.Info()
	for i := range v.Coins {
		if c := &v.Coins[i]; c.Name == p.parent.Name() && c.Hashing == nil {
			c.Hashing = hashing(info.Algorithm, p.batcher.Stats(), v.Now)
		}
	}
}

// hashProblem says that shares are refused because the coin does not hash. What
// is over before the first of them is refused is none.
func hashProblem(s batch.Stats, now time.Time) string {
	if s.FailingSince.IsZero() || now.Sub(s.FailingSince) < batch.DefaultDeadline {
		return ""
	}
	return fmt.Sprintf("the coin has not hashed for %v, shares are refused: %v", now.Sub(s.FailingSince).Round(time.Second), s.LastError)
}

func hashing(algorithm string, s batch.Stats, now time.Time) *status.Hashing {
	h := &status.Hashing{
		Algorithm: algorithm, Batches: s.Batches, Headers: s.Headers, Errors: s.Errors, Refused: s.Refused,
		WaitTotal: s.Wait, HashingTotal: s.Hashing, Queued: s.Queued, InFlight: s.InFlight,
		Rate: s.Rate, MeanBatch: s.MeanBatch, MeanWait: s.MeanWait, MeanHashing: s.MeanHashing,
	}
	if s.LastError != nil {
		h.LastError = s.LastError.Error()
	}
	h.Problem = hashProblem(s, now)
	if s.Rate > portRate {
		h.Advice = fmt.Sprintf("%.0f shares a second are hashed in another process: port this algorithm into algos", s.Rate)
	}
	return h
}
