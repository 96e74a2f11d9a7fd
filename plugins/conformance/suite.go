package conformance

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// suite is one coin on one transport, while its rules are tried. The rules are
// tried one after another. What several of them look at is made at first need,
// so that each can also be tried alone.
type suite struct {
	cfg       Config
	limits    Limits
	transport Transport
	subject   subject
	driver    coins.Driver
	info      coins.Info

	coin    coins.Coin // the one that most rules share
	openErr error      // why there is none

	remark  string // of the rule that is being tried
	ids     ids
	solved  once[*solution]
	proven  once[*provenWork]
	session once[*session]
}

// errAbsent is the answer of a rule that has nothing to try. Only a rule of a
// process may give it: see judge.
type errAbsent string

func (e errAbsent) Error() string { return string(e) }

// note is a remark about a rule that is kept.
func (s *suite) note(format string, args ...any) { s.remark = fmt.Sprintf(format, args...) }

// Check tries every rule over one transport and tells the result of each as it
// comes. The transport must be one of cfg.Transports.
func Check(ctx context.Context, cfg Config, over Transport, tell func(Result)) (sum Summary) {
	s, err := newSuite(ctx, cfg, over)
	if err != nil {
		return Summary{Err: err}
	}
	defer s.close()
	for _, r := range s.rules() {
		if ctx.Err() != nil {
			return Summary{Err: context.Cause(ctx)}
		}
		result := s.judge(ctx, r)
		sum.count(result)
		if tell != nil {
			tell(result)
		}
	}
	return sum
}

func newSuite(ctx context.Context, cfg Config, over Transport) (*suite, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &suite{cfg: cfg, limits: cfg.Limits.withDefaults(), transport: over}
	var err error
	if s.subject, err = newSubject(cfg, over, s.limits.Start); err != nil {
		return nil, err
	}
	s.driver = s.subject.driver
	if s.info, err = s.describe(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("it does not describe itself: %w", err)
	}
	return s, nil
}

// rules are those of the Config.
func (s *suite) rules() []rule {
	if len(s.cfg.Rules) == 0 {
		return table()
	}
	var list []rule
	for _, r := range table() {
		for _, id := range s.cfg.Rules {
			if r.ID == id {
				list = append(list, r)
			}
		}
	}
	return list
}

// judge tries a rule. That a rule of an announced role, or one of every coin, is
// not applicable is decided here and nowhere else: it is not.
func (s *suite) judge(ctx context.Context, r rule) Result {
	result := Result{Rule: r.Rule, Transport: s.transport, Outcome: Passed}
	switch {
	case r.Only != 0 && r.Only != s.transport:
		result.Outcome, result.Detail = NotApplicable, fmt.Sprintf("a rule of the transport %q alone", r.Only)
		return result
	case r.Role != "" && !s.info.Has(r.Role):
		result.Outcome, result.Detail = NotApplicable, fmt.Sprintf("no role %q", r.Role)
		return result
	}

	begin := time.Now()
	s.remark = ""
	ctx, cancel := context.WithTimeout(ctx, s.limits.Rule)
	defer cancel()
	err := guarded(ctx, s.limits.Cancel, func() error { return r.try(ctx, s) })
	result.Took = time.Since(begin)

	var absent errAbsent
	switch {
	case errors.As(err, &absent) && r.Only != 0:
		result.Outcome, result.Detail = NotApplicable, string(absent)
	case errors.As(err, &absent):
		result.Outcome = Failed
		result.Detail = fmt.Sprintf("%s; but the rule is one of every coin with this role, and must be answered", absent)
	case err != nil:
		result.Outcome, result.Detail = Failed, strings.ToValidUTF8(err.Error(), "\uFFFD")
	default:
		result.Detail = s.remark
	}
	return result
}

// guarded runs f and turns a panic into an error. When f is still at it after
// ctx and grace it is left behind, since nothing ends a call that hangs.
func guarded(ctx context.Context, grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- caught(f) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return fmt.Errorf("a call hangs: it heeds neither its context nor its deadline (%w)", context.Cause(ctx))
	}
}

// caught runs f and turns a panic into an error.
func caught(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// ask makes a call under a deadline, with panics caught. A call that does not
// return by then and some patience is an error.
func ask[A any](ctx context.Context, limit, patience time.Duration, f func(context.Context) (A, error)) (A, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer := make(chan A, 1)
	err := guarded(ctx, patience, func() error {
		a, err := f(ctx)
		answer <- a
		return err
	})
	if err != nil {
		var none A
		return none, err
	}
	return <-answer, nil
}

// call is ask with the usual limit of a call.
func call[A any](ctx context.Context, s *suite, f func(context.Context) (A, error)) (A, error) {
	return ask(ctx, s.limits.Call, s.limits.Cancel, f)
}

// opened is the coin that the rules share.
func (s *suite) opened(ctx context.Context) (coins.Coin, error) {
	if s.coin == nil && s.openErr == nil {
		s.coin, s.openErr = s.open(ctx, s.cfg.Settings)
	}
	if s.openErr != nil {
		return nil, fmt.Errorf("not tried: the coin does not open, see rule %q", ruleOpen)
	}
	return s.coin, nil
}

// open opens a coin that the caller closes.
func (s *suite) open(ctx context.Context, settings coins.Settings) (coins.Coin, error) {
	begin := time.Now()
	coin, err := ask(ctx, s.openLimit(), s.limits.Cancel, func(ctx context.Context) (coins.Coin, error) {
		coin, err := s.driver.Open(ctx, settings)
		if err == nil && coin == nil {
			err = errors.New("it returned neither a coin nor an error")
		}
		return coin, err
	})
	return coin, s.blame(err, time.Since(begin), "Open", s.limits.Open)
}

// as is the shared coin as a T.
func as[T coins.Coin](ctx context.Context, s *suite) (T, error) {
	var none T
	coin, err := s.opened(ctx)
	if err != nil {
		return none, err
	}
	t, ok := coin.(T)
	if !ok {
		return none, fmt.Errorf("not tried: the coin lacks the methods of a role that it announces, see rule %q", ruleRoles)
	}
	return t, nil
}

// closeCoin closes a coin with all patience that is due to it.
func (s *suite) closeCoin(coin coins.Coin) error {
	_, err := ask(context.Background(), s.limits.Stop, s.limits.Stop, func(context.Context) (struct{}, error) {
		return struct{}{}, coin.Close()
	})
	return err
}

func (s *suite) close() {
	if s.coin != nil {
		_ = s.closeCoin(s.coin)
	}
	s.subject.close()
}

// once is a value that is made at first need; a failure is kept too.
type once[T any] struct {
	made  bool
	value T
	err   error
}

func (o *once[T]) get(build func() (T, error)) (T, error) {
	if !o.made {
		o.made = true
		o.value, o.err = build()
	}
	return o.value, o.err
}
