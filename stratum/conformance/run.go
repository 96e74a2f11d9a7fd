package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// ruleLimit bounds a rule, beyond the waits that its configuration asks for.
const ruleLimit = time.Minute

// rule is a Rule with what tries it. Try returns when the server keeps the rule
// and ends by trial.failf or trial.needs otherwise.
type rule struct {
	Rule
	alone bool // changes what other rules see, so it runs by itself, after them
	try   func(t *trial)
}

// shared is a rule that is tried beside others.
func shared(id string, point int, says, source string, try func(*trial)) rule {
	return rule{Rule: Rule{ID: id, Point: point, Says: says, Source: source}, try: try}
}

// alone is a rule that disturbs others, or is disturbed by them.
func alone(id string, point int, says, source string, try func(*trial)) rule {
	r := shared(id, point, says, source, try)
	r.alone = true
	return r
}

// table is every rule, by point.
func table() []rule {
	return slices.Concat(handshakeRules(), jsonRules(), configureRules(), jobRules(), submitRules(), judgeRules(), difficultyRules(), abuseRules())
}

// Rules lists every rule, by point.
func Rules() []Rule {
	var list []Rule
	for _, r := range table() {
		list = append(list, r.Rule)
	}
	return list
}

// Check tries a server and reports each rule as its result is known, by one call
// of report at a time. The order is that of the points, except that those which
// disturb others come last.
func Check(ctx context.Context, cfg Config, report func(Result)) (sum Summary) {
	cfg = cfg.withDefaults()
	rules, err := chosen(cfg.Rules)
	if err == nil {
		err = reachable(ctx, cfg)
	}
	if err != nil {
		return Summary{Err: err}
	}
	tell := func(r Result) {
		sum.count(r)
		report(r)
	}
	var together, alone []rule
	for _, r := range rules {
		if r.alone {
			alone = append(alone, r)
		} else {
			together = append(together, r)
		}
	}
	runAll(ctx, &cfg, together, tell)
	for _, r := range alone {
		tell(tryRule(ctx, &cfg, r))
	}
	return sum
}

// runAll tries rules side by side and tells the results in their order.
func runAll(ctx context.Context, cfg *Config, rules []rule, tell func(Result)) {
	results := make([]chan Result, len(rules))
	for i := range results {
		results[i] = make(chan Result, 1)
	}
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, cfg.Parallel)
	running.Go(func() {
		for i, r := range rules {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				results[i] <- tryRule(ctx, cfg, r)
			})
		}
	})
	for _, c := range results {
		tell(<-c)
	}
}

func chosen(ids []string) ([]rule, error) {
	all := table()
	if len(ids) == 0 {
		return all, nil
	}
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(r rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("there is no rule %q", id)
		}
	}
	return slices.DeleteFunc(all, func(r rule) bool { return !slices.Contains(ids, r.ID) }), nil
}

func reachable(ctx context.Context, cfg Config) error {
	if cfg.User == "" {
		return errors.New("a user is needed that the server admits")
	}
	d := net.Dialer{Timeout: cfg.Timeout}
	conn, err := d.DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// verdict ends a trial.
type verdict struct {
	outcome Outcome
	detail  string
}

// trial is one rule being tried. It belongs to one goroutine, which verdicts
// leave by a panic that tryRule catches, as those of package testing do.
type trial struct {
	ctx   context.Context
	cfg   *Config
	conns []net.Conn
	left  []string // what was left out
}

func tryRule(ctx context.Context, cfg *Config, r rule) (result Result) {
	limit := ruleLimit + 2*cfg.Silence + 2*cfg.SubscribeTimeout + 2*cfg.WriteTimeout + 2*cfg.Grace
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	t := &trial{ctx: ctx, cfg: cfg}
	begin := time.Now()
	result = Result{Rule: r.Rule, Outcome: Passed}
	defer func() {
		for _, c := range t.conns {
			c.Close()
		}
		result.Took = time.Since(begin)
		if v := recover(); v != nil {
			end, ok := v.(verdict)
			if !ok {
				panic(v)
			}
			result.Outcome, result.Detail = end.outcome, end.detail
			return
		}
		if len(t.left) > 0 {
			result.Partial = true
			result.Detail = "in part: " + strings.Join(t.left, "; ")
		}
	}()
	r.try(t)
	return result
}

// failf says what was seen and what was expected.
func (t *trial) failf(format string, args ...any) {
	panic(verdict{Failed, fmt.Sprintf(format, args...)})
}

// needs says what is missing to try the rule.
func (t *trial) needs(format string, args ...any) {
	panic(verdict{NotTried, "needs " + fmt.Sprintf(format, args...)})
}

// without notes a part that is not tried.
func (t *trial) without(format string, args ...any) {
	t.left = append(t.left, fmt.Sprintf(format, args...))
}

// hook calls what the configuration brought; a failure of it is no fault of the
// server.
func (t *trial) hook(what string, err error) {
	if err != nil {
		panic(verdict{NotTried, fmt.Sprintf("%s could not be brought about: %v", what, err)})
	}
}

// pause waits.
func (t *trial) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
		t.failf("out of time: %v", t.ctx.Err())
	}
}
