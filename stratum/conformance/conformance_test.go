package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/internal/freeport"
)

// toyConfig is all that the suite can know of a toy.
func toyConfig(t *testing.T, y *toy, rules ...string) Config {
	plain := func(tune func(*toy)) *toy {
		return mustToy(t, y.bug, func(o *toy) { o.patience = y.patience; tune(o) })
	}
	cfg := Config{
		Address: y.addr, User: "account.rig", Rules: rules, Timeout: 30 * time.Second, Quiet: 40 * time.Millisecond,
		Mask: toyMask, MinDifficulty: toyMin, MaxDifficulty: toyMax, NiceHashFloor: toyNice,
		Silence: 30 * time.Second, SubscribeTimeout: y.patience, WriteTimeout: toyWrite,
		Latency: 30 * time.Second, SmallRoom: 3, LimitedTo: 3,
		Hooks: Hooks{
			NewBlock: y.newBlock, NewJob: y.newJob,
			NodeDown: func(_ context.Context, down bool) error {
				y.mu.Lock()
				defer y.mu.Unlock()
				y.down = down
				return nil
			},
			ClockJump: func(context.Context, time.Duration) error {
				y.mu.Lock()
				defer y.mu.Unlock()
				y.jumped = true
				return nil
			},
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
		cfg.NoMaskDoor = plain(func(y *toy) { y.mask = 0 }).addr
	}
	if want("extranonce-gone") || want("limits") {
		cfg.SmallDoor = plain(func(y *toy) { y.room = 3 }).addr
		cfg.LimitedDoor = plain(func(y *toy) { y.room = 3 }).addr
	}
	if want("vardiff") {
		cfg.Vardiff = plain(func(y *toy) { y.steer = true }).addr
	}
	if want("proxy-header") {
		behind := plain(func(o *toy) { o.proxy = !y.is("no proxy header") })
		cfg.ProxyTrust = behind.addr
		cfg.Hooks.From = func(_ context.Context, address string) (bool, error) {
			return y.serves(address) || behind.serves(address), nil
		}
	}
	if want("tls") {
		secure := plain(func(o *toy) { o.certificate = mustCertificate(t) })
		cfg.TLSAddress = secure.addr
		cfg.Hooks.NewCert = func(context.Context) error {
			secure.mu.Lock()
			defer secure.mu.Unlock()
			if !y.is("certificate stays") {
				secure.certificate = mustCertificate(t)
			}
			return nil
		}
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
		if r.Outcome == Failed || r.Outcome == NotTried {
			t.Errorf("%s: %v, %s", id, r.Outcome, r.Detail)
		}
	}
}

// Each rule is broken by a server with one bug, and says why.
var bugs = []struct{ rule, bug, says string }{
	{"handshake-pipelined", "ids as texts", "the reply to request 1 was expected, got"},
	{"authorize-first", "subscribe must be first", `is not admitted: {"id":1`},
	{"subscribe-forms", "four parameters are too many", "no reply to request 1"},
	{"subscribe-reply-first", "notification before the subscribe reply", "the reply to mining.subscribe was expected first"},
	{"between-replies", "job before authorize", "before the reply to authorize, the server sent"},
	{"subscribe-reply-first", "mask before authorize", "before subscribe, the server sent"},
	{"subscribe-one-read", "long subscribe reply", "holds no whole line"},
	{"subscribe-one-read", "notification before the subscribe reply", "should begin with the reply to subscribe"},
	{"difficulty-before-job", "difficulty after the job", "a job came before any set_difficulty"},
	{"mask-after-authorize", "mask unasked", "although version rolling was not asked for"},
	{"mask-after-authorize", "mask before authorize", "before the reply to authorize"},
	{"subscribe-again", "subscribe again is new", "a second subscribe says"},
	{"several-workers", "one worker", `share of the admitted worker "account.rig" was refused`},
	{"several-workers", "anybody may submit", "not admitted was accepted"},
	{"several-workers", "credits the connection", "not credited to it"},
	{"resume", "no resume", "did not get its extranonce1"},
	{"resume", "resume while in use", "two live connections have extranonce1"},
	{"extranonce1-unique", "extranonce1 given twice", "given to two live connections"},
	{"extranonce1-unique", "extranonce1 in upper case", "not in lower-case hex"},
	{"extranonce2-size", "extranonce2 of 16 bytes", "extranonce2 has 16 bytes"},
	{"id-verbatim", "ids as floats", "123456789012345678901234567890 was answered by"},
	{"id-verbatim", "shares without an id are dropped", "a share without an id was not credited"},
	{"json-forms", "params are a must", "no reply to request 1"},
	{"framing", "replies out of order", "of 50 shares in one segment, number 3"},
	{"bad-lines", "endless lines", "without an end did not end the connection"},
	{"bad-lines", "endless junk", "that are no JSON the connection is still open"},
	{"bad-lines", "one line of junk is too many", "after one line of junk subscribe is not answered"},
	{"reply-form", "no error key", `lacks the key "error"`},
	{"reply-form", "errors as objects", "not [number, text, null]"},
	{"unknown-method", "unknown method closes", "no reply to request 3"},
	{"unasked-ignored", "responses are answered", "response or notification of the miner was answered"},
	{"mask-forms", "mask not intersected", "asked with all but the lowest bit"},
	{"configure-entries", "unknown extensions left out", `no entry for "conformance-unknown"`},
	{"configure-again", "configure only once", "no job of after the second configure"},
	{"configure-again", "configure at once", "for the job before the second configure"},
	{"mask-zero", "mask where there is none", "version-rolling false expected"},
	{"version-free", "version within the mask", "has the bits 00002000 of the mask"},
	{"byte-order", "previous hash not swapped", "read as eight swapped words"},
	{"byte-order", "time little-endian", "whose header was built as miners do was refused"},
	{"block", "blocks lost", "given to the node: false"},
	{"block", "rolled blocks wrong", "version bits 1fffe000, was solved; given to the node: true, taken: false"},
	{"clean-and-ids", "clean false", "new tip has clean_jobs false"},
	{"clean-and-ids", "clean always", "same tip has clean_jobs true"},
	{"clean-and-ids", "job ids again", "came twice"},
	{"jobs-differ", "same coinbase", "have the same coinbase"},
	{"silence", "silent", "with nothing to do, the server said nothing"},
	{"silence", "silent when the node is down", "without its node, the server said nothing"},
	{"old-jobs", "stale accepted", "its grace being over, was accepted"},
	{"coinbase", "coinbase too big", "takes coinbases of 500 bytes at most"},
	{"coinbase", "script too long", "its script's length is 115"},
	{"coinbase", "height not minimal", "a byte too many"},
	{"submit-forms", "sixth parameter is a must", "a share of five parameters after version rolling was granted was refused"},
	{"bits-outside", "bits unchecked", "outside the mask was accepted"},
	{"bits-outside", "one text for bits", "by the same text"},
	{"time-window", "time unchecked", "time of 1970 was accepted"},
	{"submit-malformed", "extranonce2 of any size", "an extranonce2 too short"},
	{"duplicate", "duplicates accepted", "the same share again was accepted"},
	{"duplicate", "duplicates without bits", "version bits only is called a duplicate"},
	{"duplicate", "duplicates over case", "in upper case was accepted"},
	{"duplicate-other-job", "duplicates over jobs", "for another job are called a duplicate"},
	{"low-difficulty", "difficulty unchecked", "worse than the target was accepted"},
	{"low-difficulty", "difficulty rounded", "worse than the target was accepted"},
	{"difficulty-race", "judged by the present difficulty", "before difficulty was raised, worth its job's difficulty, was refused"},
	{"difficulty-race", "judged by the job's difficulty", "before difficulty was lowered, worth the present difficulty, was refused"},
	{"credited-work", "credits the achieved", "was credited with 8e-09"},
	{"order-of-checks", "stale blocks lost", "a stale share solved block"},
	{"order-of-checks", "badly timed blocks lost", "a share with a time of tomorrow solved block"},
	{"aux-candidates", "aux blocks lost", "no block found there"},
	{"submit-too-early", "never not-subscribed", "before subscribe: error 25 expected"},
	{"replies-in-order", "replies out of order", "the reply to request 1003 was expected"},
	{"suggest", "suggestion not confirmed", "was not confirmed by set_difficulty"},
	{"suggest", "suggestion unbounded", "below the least"},
	{"password", "password ignored", `with the password "d=4e-09" the first job`},
	{"minimum-difficulty", "minimum-difficulty forgotten", "was granted, the first job has 1e-09"},
	{"nicehash", "NiceHash like others", "it refuses less than 500000"},
	{"difficulty-form", "difficulty with exponent", "without point and exponent"},
	{"difficulty-form", "difficulty as text", "a number above 0"},
	{"limits", "no subscribe timeout", "does not subscribe is still open"},
	{"limits", "extranonce1 wraps", "more than 3 connections"},
	{"proxy-header", "no proxy header", "counts as another address's"},
	{"proxy-header", "proxy header not heard", "counts as another address's"},
	{"proxy-header", "proxy header of anybody", "on a port that trusts no proxy"},
	{"slow-reader", "waits for slow readers", "is not dropped after"},
	{"drain", "drain cuts off", "not asked to reconnect"},
	{"extranonce-gone", "extranonce1 wraps", "with room for 3 took another"},
	{"vardiff", "no vardiff", "took the difficulty from 1e-09 to 1e-09 only"},
	{"tls", "old TLS", "TLS 1.1 is spoken"},
	{"tls", "certificate stays", "still shows the old one"},
	{"clock-jump", "clock stops jobs", "no new job came"},
	{"clock-jump", "clock spoils shares", "a share after the clock jumped was refused"},
}

// TestWrongServers: a rule fails where it is broken, and for that reason. What shows
// by nothing being said takes all the patience there is; with little of it, a loaded
// machine may give another reason, so that there are further tries with more.
func TestWrongServers(t *testing.T) {
	t.Parallel()
	for _, b := range bugs {
		t.Run(b.rule+"/"+b.bug, func(t *testing.T) {
			t.Parallel()
			for _, patience := range []time.Duration{700 * time.Millisecond, 5 * time.Second, 20 * time.Second} {
				y := mustToy(t, b.bug, func(y *toy) { y.patience = 2 * patience })
				cfg := toyConfig(t, y, b.rule)
				cfg.Timeout, cfg.Silence, cfg.VardiffWithin = patience, patience, patience
				r := check(t, cfg)[b.rule]
				if r.Outcome == Failed && strings.Contains(r.Detail, b.says) {
					return
				}
				t.Logf("with %v of patience: %v %s; a server with this bug must fail and say %q", patience, r.Outcome, r.Detail, b.says)
			}
			t.Fail()
		})
	}
}

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
		if !broken {
			t.Errorf("%s: no wrong server breaks it", r.ID)
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
	for id, r := range check(t, Config{Address: y.addr, User: "a.b", Timeout: 30 * time.Second, Quiet: 40 * time.Millisecond, Rules: []string{
		"block", "clean-and-ids", "jobs-differ", "old-jobs", "silence", "credited-work", "aux-candidates", "nicehash",
		"vardiff", "proxy-header", "slow-reader", "tls", "drain", "extranonce-gone", "clock-jump", "mask-zero",
	}}) {
		if r.Outcome != NotTried || r.Detail == "" {
			t.Errorf("%s: %v %q, not tried with a reason expected", id, r.Outcome, r.Detail)
		}
	}
}

// Shares that cannot be searched are no fault of the server.
func TestHardShares(t *testing.T) {
	t.Parallel()
	y := mustToy(t, "", func(y *toy) { y.start = 1e6 })
	r := check(t, Config{Address: y.addr, User: "a.b", Timeout: 30 * time.Second, Rules: []string{"submit-forms"}})["submit-forms"]
	if r.Outcome != NotTried || !strings.Contains(r.Detail, "difficulty 1e+06") {
		t.Errorf("%v %q, not tried for the difficulty expected", r.Outcome, r.Detail)
	}
}

func TestNoServer(t *testing.T) {
	addr, err := freeport.TCP()
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]Config{
		"nobody listens": {Address: addr, User: "a"},
		"no user":        {Address: addr},
		"no such rule":   {Address: addr, User: "a", Rules: []string{"nothing"}},
	} {
		if sum := Check(t.Context(), cfg, func(Result) { t.Error("a rule was tried") }); sum.Err == nil || sum.OK() {
			t.Errorf("%s: no error", name)
		}
	}
}
