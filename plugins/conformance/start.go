package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/host"
)

// startError is why a program never came to be asked anything.
type startError struct {
	slow time.Duration // the limit that it did not keep; 0 for another failure
	err  error
}

func (e *startError) Error() string {
	if e.slow > 0 {
		return fmt.Sprintf("the program did not start within %v: %v", e.slow, e.err)
	}
	return e.err.Error()
}

func (e *startError) Unwrap() error { return e.err }

// startLimit is what a program may take until it can be asked; nothing where
// there is none to start.
func (s *suite) startLimit() time.Duration {
	if s.transport == OwnProcess {
		return s.limits.Start
	}
	return 0
}

// openLimit is what opening may take. Over a process that is start and Open in
// sum, since the pool does both in one.
func (s *suite) openLimit() time.Duration { return s.startLimit() + s.limits.Open }

// describe asks the driver what it is; a process is started for it.
func (s *suite) describe(ctx context.Context) (coins.Info, error) {
	begin := time.Now()
	info, err := ask(ctx, s.startLimit()+s.limits.Call, s.limits.Cancel, s.subject.describe)
	return info, s.blame(err, time.Since(begin), "Describe", s.limits.Call)
}

// blame says of a failure whether it was the start or the call after it, and
// which limit was not kept.
func (s *suite) blame(err error, took time.Duration, name string, limit time.Duration) error {
	if err == nil {
		return nil
	}
	var refused *host.Error
	if errors.As(err, &refused) && refused.Kind != host.ErrPluginDied && refused.Kind != host.ErrPluginHung && refused.Kind != host.ErrClosed {
		e := &startError{err: err}
		if refused.Kind == host.ErrPluginStart && took >= s.limits.Start {
			e.slow = s.limits.Start
		}
		return e
	}
	if !errors.Is(err, context.DeadlineExceeded) || took < limit {
		return err
	}
	if start := s.startLimit(); start > 0 {
		return fmt.Errorf("start and %s took more than %v, of which %v are for the start and %v for %s: %w", name, start+limit, start, limit, name, err)
	}
	return fmt.Errorf("%s took more than %v: %w", name, limit, err)
}
