package conformance

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"
)

// toyConfig is all that the suite can know of a toy.
func toyConfig(t *testing.T, y *toy, rules ...string) Config {
	plain := func(tune func(*toy)) string {
		other := mustToy(t, y.bug, tune)
		return other.addr
	}
	cfg := Config{
		Address: y.addr, User: "account.rig", Rules: rules, Timeout: 3 * time.Second, Quiet: 40 * time.Millisecond,
		Mask: toyMask, MinDifficulty: toyMin, MaxDifficulty: toyMax, NiceHashFloor: toyNice,
		Silence: 2 * time.Second, SubscribeTimeout: time.Second, WriteTimeout: 300 * time.Millisecond,
		Latency: time.Second, SmallRoom: 3, LimitedTo: 3,
		Hooks: Hooks{
			NewBlock: y.newBlock, NewJob: y.newJob,
			NodeDown: func(_ context.Context, down bool) error {
				y.mu.Lock()
				defer y.mu.Unlock()
				y.down = down
				return nil
			},
			ClockJump: func(context.Context, time.Duration) error { return nil },
			Tip: func(context.Context) (string, error) {
				y.mu.Lock()
				defer y.mu.Unlock()
				tip := y.tip
				slices.Reverse(tip[:])
				return fmt.Sprintf("%x", tip), nil
			},
			Block: func(_ context.Context, hash string) (bool, bool, error) {
				y.mu.Lock()
				defer y.mu.Unlock()
				return y.given[hash], y.taken[hash], nil
			},
			Work: func(_ context.Context, user string) (float64, error) {
				y.mu.Lock()
				defer y.mu.Unlock()
				return y.work[user], nil
			},
			Aux: func(context.Context) (float64, int, error) {
				y.mu.Lock()
				defer y.mu.Unlock()
				return toyAux, y.aux, nil
			},
			Drain: y.drain,
		},
	}
	want := func(rule string) bool { return len(rules) == 0 || slices.Contains(rules, rule) }
	if want("mask-zero") {
		cfg.NoMaskDoor = plain(func(y *toy) { y.mask = 0 })
	}
	if want("extranonce-gone") || want("limits") {
		cfg.SmallDoor = plain(func(y *toy) { y.room = 3 })
		cfg.LimitedDoor = plain(func(y *toy) { y.room = 3 })
	}
	if want("vardiff") {
		cfg.Vardiff = plain(func(y *toy) { y.steer = true })
	}
	if want("proxy-header") {
		cfg.ProxyTrust = plain(func(o *toy) { o.proxy = !y.is("no proxy header") })
	}
	return cfg
}

func (y *toy) drain(ctx context.Context) error {
	if y.is("drain cuts off") {
		y.each(func(s *toySession) { s.conn.Close() })
	}
	y.each(func(s *toySession) { s.put(`{"id":null,"method":"client.reconnect","params":[]}` + "\n") })
	return nil
}

func check(t *testing.T, cfg Config) map[string]Result {
	t.Helper()
	results := map[string]Result{}
	sum := Check(t.Context(), cfg, func(r Result) { results[r.ID] = r })
	if sum.Err != nil {
		t.Fatal(sum.Err)
	}
	return results
}

func TestRightServer(t *testing.T) {
	t.Parallel()
	y := mustToy(t, "", nil)
	for id, r := range check(t, toyConfig(t, y)) {
		if r.Outcome == Failed || r.Outcome == NotTried && id != "tls" {
			t.Errorf("%s: %v, %s", id, r.Outcome, r.Detail)
		}
	}
}

// Each rule is broken by a server with one bug.
var bugs = []struct{ rule, bug string }{
	{"handshake-pipelined", "ids as texts"},
	{"authorize-first", "subscribe must be first"},
	{"subscribe-forms", "four parameters are too many"},
	{"subscribe-reply-first", "notification before the subscribe reply"},
	{"between-replies", "job before authorize"},
	{"subscribe-reply-first", "mask before authorize"},
	{"subscribe-one-read", "long subscribe reply"},
	{"subscribe-one-read", "notification before the subscribe reply"},
	{"difficulty-before-job", "difficulty after the job"},
	{"mask-after-authorize", "mask unasked"},
	{"mask-after-authorize", "mask before authorize"},
	{"subscribe-again", "subscribe again is new"},
	{"several-workers", "one worker"},
	{"several-workers", "anybody may submit"},
	{"several-workers", "credits the connection"},
	{"resume", "no resume"},
	{"resume", "resume while in use"},
	{"extranonce1-unique", "extranonce1 given twice"},
	{"extranonce1-unique", "extranonce1 in upper case"},
	{"extranonce2-size", "extranonce2 of 16 bytes"},
	{"id-verbatim", "ids as floats"},
	{"json-forms", "params are a must"},
	{"framing", "replies out of order"},
	{"bad-lines", "endless lines"},
	{"bad-lines", "endless junk"},
	{"bad-lines", "one line of junk is too many"},
	{"reply-form", "no error key"},
	{"reply-form", "errors as objects"},
	{"unknown-method", "unknown method closes"},
	{"unasked-ignored", "responses are answered"},
	{"mask-forms", "mask not intersected"},
	{"configure-entries", "unknown extensions left out"},
	{"configure-again", "configure only once"},
	{"configure-again", "configure at once"},
	{"mask-zero", "mask where there is none"},
	{"version-free", "version within the mask"},
	{"byte-order", "previous hash not swapped"},
	{"byte-order", "time little-endian"},
	{"block", "blocks lost"},
	{"block", "rolled blocks wrong"},
	{"clean-and-ids", "clean false"},
	{"clean-and-ids", "clean always"},
	{"clean-and-ids", "job ids again"},
	{"jobs-differ", "same coinbase"},
	{"silence", "silent"},
	{"silence", "silent when the node is down"},
	{"old-jobs", "stale accepted"},
	{"coinbase", "coinbase too big"},
	{"coinbase", "script too long"},
	{"coinbase", "height not minimal"},
	{"submit-forms", "sixth parameter is a must"},
	{"bits-outside", "bits unchecked"},
	{"bits-outside", "one text for bits"},
	{"time-window", "time unchecked"},
	{"submit-malformed", "extranonce2 of any size"},
	{"duplicate", "duplicates accepted"},
	{"duplicate", "duplicates without bits"},
	{"duplicate", "duplicates over case"},
	{"duplicate-other-job", "duplicates over jobs"},
	{"low-difficulty", "difficulty unchecked"},
	{"difficulty-race", "judged by the present difficulty"},
	{"difficulty-race", "judged by the job's difficulty"},
	{"credited-work", "credits the achieved"},
	{"order-of-checks", "stale blocks lost"},
	{"aux-candidates", "aux blocks lost"},
	{"submit-too-early", "never not-subscribed"},
	{"replies-in-order", "replies out of order"},
	{"suggest", "suggestion not confirmed"},
	{"suggest", "suggestion unbounded"},
	{"password", "password ignored"},
	{"minimum-difficulty", "minimum-difficulty forgotten"},
	{"nicehash", "NiceHash like others"},
	{"difficulty-form", "difficulty with exponent"},
	{"difficulty-form", "difficulty as text"},
	{"limits", "no subscribe timeout"},
	{"limits", "extranonce1 wraps"},
	{"proxy-header", "no proxy header"},
	{"slow-reader", "waits for slow readers"},
	{"drain", "drain cuts off"},
	{"extranonce-gone", "extranonce1 wraps"},
}

func TestWrongServers(t *testing.T) {
	t.Parallel()
	for _, b := range bugs {
		t.Run(b.rule+"/"+b.bug, func(t *testing.T) {
			t.Parallel()
			y := mustToy(t, b.bug, nil)
			cfg := toyConfig(t, y, b.rule)
			cfg.Timeout, cfg.Silence = 700*time.Millisecond, 700*time.Millisecond
			r := check(t, cfg)[b.rule]
			if r.Outcome != Failed {
				t.Fatalf("%v %s; a server with this bug must fail", r.Outcome, r.Detail)
			}
			t.Log(r.Detail)
		})
	}
}

// Rules that no wrong server was made for.
var unbroken = []string{"vardiff", "tls", "clock-jump"}

func TestEveryRuleIsBroken(t *testing.T) {
	point := 0
	for _, r := range Rules() {
		if point++; r.Point != point {
			t.Errorf("%s is point %d, %d expected", r.ID, r.Point, point)
		}
		broken := false
		for _, b := range bugs {
			broken = broken || b.rule == r.ID
		}
		if broken == slices.Contains(unbroken, r.ID) {
			t.Errorf("%s: broken by a wrong server: %v", r.ID, broken)
		}
	}
	if point != 58 {
		t.Errorf("%d rules, 58 expected", point)
	}
}

// What the suite was not told of is not tried, and never passed.
func TestWithoutHooks(t *testing.T) {
	t.Parallel()
	y := mustToy(t, "", nil)
	for id, r := range check(t, Config{Address: y.addr, User: "a.b", Timeout: 3 * time.Second, Quiet: 40 * time.Millisecond, Rules: []string{
		"block", "clean-and-ids", "jobs-differ", "old-jobs", "silence", "credited-work", "aux-candidates", "nicehash",
		"vardiff", "proxy-header", "slow-reader", "tls", "drain", "extranonce-gone", "clock-jump", "mask-zero",
	}}) {
		if r.Outcome != NotTried || r.Detail == "" {
			t.Errorf("%s: %v %q, not tried with a reason expected", id, r.Outcome, r.Detail)
		}
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for name, cfg := range map[string]Config{
		"nobody listens": {Address: l.Addr().String(), User: "a"},
		"no user":        {Address: l.Addr().String()},
		"no such rule":   {Address: l.Addr().String(), User: "a", Rules: []string{"nothing"}},
	} {
		if sum := Check(t.Context(), cfg, func(Result) { t.Error("a rule was tried") }); sum.Err == nil || sum.OK() {
			t.Errorf("%s: no error", name)
		}
	}
}
