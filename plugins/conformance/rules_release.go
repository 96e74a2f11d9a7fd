package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// gRPC's client returns by itself when a call is over, whatever the far end does.
// So these rules look at what is left there: whether after many calls and streams
// that were cut short there is room for one more.
const (
	// half of the streams, and of the calls of one kind, that are cut short. Both
	// halves together are more than a plugin that serves each on a thread of its
	// own usually has threads; a plugin that only keeps what it once needed does
	// not grow in the second half.
	half = 40

	// mostHalves of calls are tried while each leaves something behind: threads that are
	// kept for the next calls are not many more each time, also where a busy machine is
	// slow to start them.
	mostHalves = 6

	// slack is by how many threads or files a plugin may grow in a half, for
	// reasons of its own.
	slack = half / 3

	// enough is after how long a plugin that is slow at streams is believed.
	enough = 15 * time.Second
)

func releaseRule[T any](k kind[T]) rule {
	return of(k.role, k.name+"-release", "streams of "+k.plural()+" that were cancelled leave nothing behind, so that any number can follow", k.tryRelease)
}

// tryRelease opens and cancels many streams, one after another.
func (k kind[T]) tryRelease(ctx context.Context, s *suite) error {
	if _, err := s.opened(ctx); err != nil {
		return err
	}
	coin, err := s.open(ctx, s.cfg.Settings) // one of its own, to be left in whatever state
	if err != nil {
		return err
	}
	defer func() { _ = s.closeCoin(coin) }()
	begin, before, n := time.Now(), heldBy(coin), 0
	for range 2 {
		for range half {
			if err := k.brief(ctx, s, coin); err != nil {
				return fmt.Errorf("after %d streams that were opened and cancelled, %w", n, err)
			}
			n++
			if time.Since(begin) > enough {
				s.note("only %d streams, which took %v", n, time.Since(begin).Round(time.Second))
				return nil
			}
		}
		err = before.settle(ctx, coin, s.limits.Cancel)
		before = heldBy(coin)
	}
	if err != nil {
		return fmt.Errorf("the last %d of %d streams that were opened and cancelled left something behind: %w", half, n, err)
	}
	return nil
}

// brief opens a stream, reads its first value and cancels it. When there is no
// room for it the last ones are given their time to end.
func (k kind[T]) brief(ctx context.Context, s *suite, coin coins.Coin) error {
	run, err := k.of(ctx, s, coin)
	if err != nil {
		return err
	}
	for again := false; ; again = true {
		st := start(ctx, run, nil)
		_, err := st.next(ctx, k.first(s.limits))
		if ended := st.stop(s.limits.Cancel); ended != nil {
			return fmt.Errorf("one more was cancelled: %w", ended)
		}
		if err == nil {
			return nil
		}
		if again {
			return fmt.Errorf("one more has no first value (%w): end what serves a stream when its call is cancelled", err)
		}
		if err := pause(ctx, s.limits.Cancel); err != nil {
			return err
		}
	}
}

// tryCallsRelease makes many calls whose deadline is over soon, and then one that
// has time. Batches of hashes are left out: they may well be work to the end.
func tryCallsRelease(ctx context.Context, s *suite) error {
	if _, err := s.opened(ctx); err != nil {
		return err
	}
	coin, err := s.open(ctx, s.cfg.Settings)
	if err != nil {
		return err
	}
	defer func() { _ = s.closeCoin(coin) }()
	hash, err := randomHash()
	if err != nil {
		return err
	}
	calls := s.callsOf(coin, hash)
	delete(calls, "HashBatch")
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if err := s.callsRelease(ctx, coin, calls[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *suite) callsRelease(ctx context.Context, coin coins.Coin, f func(context.Context) error) error {
	alone := func() error {
		_, err := call(ctx, s, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
		return err
	}
	if alone() != nil {
		return nil // another rule's
	}
	before := heldBy(coin)
	var grown error
	n := 0 // calls that were cut short
	for n < 2*half || grown != nil && n < mostHalves*half {
		if err := s.cutShort(ctx, f); err != nil {
			return err
		}
		n += half
		grown = before.settle(ctx, coin, s.limits.Cancel)
		before = heldBy(coin)
	}
	err := alone()
	if err != nil { // a node may have had too much at once
		if err := pause(ctx, s.limits.Cancel); err != nil {
			return err
		}
		err = alone()
	}
	if err != nil {
		return fmt.Errorf("after %d calls with a deadline in %v one with time is not answered: %w; end what serves a call at its deadline", n, tight, err)
	}
	if grown != nil {
		return fmt.Errorf("the last %d of %d calls with a deadline in %v left something behind: %w", half, n, tight, grown)
	}
	return nil
}

// cutShort makes half of the calls at the same time.
func (s *suite) cutShort(ctx context.Context, f func(context.Context) error) error {
	soon, cancel := context.WithTimeout(ctx, tight)
	defer cancel()
	wrong := make([]error, half)
	var wg sync.WaitGroup
	for i := range half {
		wg.Go(func() { wrong[i] = s.punctual(soon, f) })
	}
	wg.Wait()
	for _, err := range wrong {
		if err != nil {
			return fmt.Errorf("one of %d with a deadline in %v: %w", half, tight, err)
		}
	}
	return nil
}

// held is what a process holds, where the system shows it.
type held struct {
	threads, files int
	shown          bool
}

// heldBy is nothing for a coin without a process.
func heldBy(coin coins.Coin) held {
	p, ok := coin.(interface{ PID() int })
	if !ok || p.PID() == 0 {
		return held{}
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.PID()))
	files, errFiles := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID()))
	return held{threads: len(threads), files: len(files), shown: err == nil && errFiles == nil}
}

// settle waits until the coin's process holds about what it did before.
func (before held) settle(ctx context.Context, coin coins.Coin, limit time.Duration) error {
	for end := time.Now().Add(limit); ; {
		now := heldBy(coin)
		if !before.shown || !now.shown {
			return nil
		}
		var grown error
		if now.threads > before.threads+slack {
			grown = fmt.Errorf("%d threads, and %d before them", now.threads, before.threads)
		}
		if now.files > before.files+slack {
			grown = errors.Join(grown, fmt.Errorf("%d open files, and %d before them", now.files, before.files))
		}
		if grown == nil || time.Now().After(end) {
			return grown
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
