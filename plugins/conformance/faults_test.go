package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// breach is a fault, and the rule that must fail of it.
type breach struct {
	rule  string
	fault string
	says  string   // in the detail
	more  []string // rules that fail of it too; "*" for so many that the rule is tried alone
	with  func(*Config)
}

// breaches hold every rule against a coin that breaks it.
var breaches = []breach{
	{rule: "describe-complete", fault: "no version", says: "no version"},
	{rule: "describe-stable", fault: "describe counts", says: `Version was first "i`},
	{rule: "settings-schema", fault: "schema of a list", says: `want "object"`},
	{rule: "settings-schema", fault: "required and unknown", says: `"ghost"`},
	{rule: "settings-schema", fault: "broken schema", says: "/properties/node/type"},
	{rule: "settings-schema", fault: "schema of another file", says: "node.json"},
	{rule: "settings-schema", fault: "schema of a number", says: "node: "},
	{rule: "settings-schema", fault: "schema of more", says: "opens without", with: func(c *Config) { c.Settings.JSON = nil }, more: []string{"*"}},
	{rule: "open", fault: "does not open", says: "no", more: []string{"*"}},
	{rule: "roles", fault: "lacks a role", says: "coins.Hasher", more: []string{"*"}},
	{rule: "open-unknown-key", fault: "takes any key", says: "it was opened"},
	{rule: "open-unknown-key", fault: "unnamed key", says: "path"},
	{rule: "open-unknown-key", fault: "plain error", says: "coins.Problems", more: []string{"open-unknown-network"}},
	{rule: "open-unknown-network", fault: "takes any network", says: "it was opened"},
	{rule: "open-offline", fault: "dials in Open", says: "connected"},
	{rule: "open-offline", fault: "hangs in Open", says: "hangs"},
	{rule: "health-first", fault: "health is late", says: "nothing came within", more: []string{"health-agree", "health-cancel", "health-release", "close", "reopen"}},
	{rule: "health-first", fault: "health ends", says: "gave no reason", more: []string{"health-agree", "health-cancel", "health-release", "close", "reopen"}},
	{rule: "health-first", fault: "health state 0", says: "state 0"},
	{rule: "health-agree", fault: "health disagrees", says: "degraded"},
	{rule: "health-cancel", fault: "health cannot be cancelled", says: "has not ended", more: []string{"health-release"}},
	{rule: "health-cancel", fault: "health closes its channel", says: "may only return", more: []string{"close", "health-release"}},
	{rule: "address-good", fault: "no script", says: "output script of 0 bytes"},
	{rule: "address-good", fault: "canonical form wanders", says: "canonical form"},
	{rule: "address-good", fault: "no example", says: "--good-address", with: func(c *Config) { c.Good = nil }},
	{rule: "address-good", fault: "", says: "is invalid", with: func(c *Config) { c.Good = []string{"nonsense"} }},
	{rule: "address-bad", fault: "no checksum", says: "mistyped"},
	{rule: "address-bad", fault: "no reason", says: "without a reason"},
	{rule: "address-bad", fault: "bad address is an error", says: "returned an error", more: []string{"concurrent-calls"}},
	{rule: "address-bad", fault: "", says: "is valid", with: func(c *Config) { c.Bad = []string{toyAddress("fine")} }},
	{rule: "block-unknown", fault: "unknown block is an error", says: "returned an error", more: []string{"concurrent-calls"}},
	{rule: "deadlines", fault: "heeds no deadline", says: "BlockStatus", more: []string{"calls-release"}},
	{rule: "concurrent-calls", fault: "muddled calls", says: "muddled"},
	{rule: "template-first", fault: "template is late", says: "nothing came within", more: []string{"*"}},
	{rule: "template-agree", fault: "templates disagree", says: "height 2", more: []string{"*"}},
	{rule: "template-cancel", fault: "template sends blindly", says: "nobody reads"},
	{rule: "template-cancel", fault: "template cannot be cancelled", says: "has not ended", more: []string{"template-release"}},
	{rule: "template-fields", fault: "reason 0", says: "reason 0", more: []string{"*"}},
	{rule: "template-fields", fault: "other target", says: "does not belong to bits", more: []string{"*"}},
	{rule: "template-branch", fault: "long branch", says: "a branch of 3 hashes for 2 transactions, want 2", more: []string{"*"}},
	{rule: "template-merkle", fault: "wrong branch", says: "step 1", more: []string{"block-no-work", "block-accepted", "block-again", "block-status", "template-next"}},
	{rule: "template-merkle", fault: "txs cut", says: "ends in the middle", more: []string{"*"}},
	{rule: "block-garbage", fault: "garbage is an error", says: "returned an error", more: []string{"block-8mib", "aux-garbage", "aux-8mib", "aux-broken-branch", "aux-opaque"}},
	{rule: "block-8mib", fault: "small messages", says: "64 MiB", more: []string{"aux-8mib"}},
	{rule: "block-no-work", fault: "judges no work", says: "want rejected", more: []string{"aux-no-work", "aux-opaque"}},
	{rule: "block-accepted", fault: "refuses blocks", says: "not today", more: []string{"block-again", "block-status", "template-next", "aux-accepted", "aux-again", "aux-status", "aux-next"}},
	{rule: "block-accepted", fault: "hard", says: "regtest", more: []string{"*"}},
	{rule: "block-again", fault: "second time is refused", says: "want duplicate or received", more: []string{"aux-again"}},
	{rule: "block-status", fault: "forgets blocks", says: "is unknown", more: []string{"aux-status"}},
	{rule: "template-next", fault: "template tells no change", says: "nothing came", more: []string{"template-ids"}},
	{rule: "template-ids", fault: "ids start anew", says: "ids grow", more: []string{"aux-ids"}},
	{rule: "aux-first", fault: "aux is late", says: "nothing came within", more: []string{"*"}},
	{rule: "aux-agree", fault: "aux works disagree", says: "height 2", more: []string{"*"}},
	{rule: "aux-cancel", fault: "aux cannot be cancelled", says: "has not ended", more: []string{"aux-release"}},
	{rule: "aux-fields", fault: "other chain id", says: "the coin's is 7", more: []string{"*"}},
	{rule: "aux-fields", fault: "other aux target", says: "does not belong to bits", more: []string{"*"}},
	{rule: "aux-parent-tips", fault: "heeds no tip", says: "no new work", more: []string{"*"}},
	{rule: "aux-parent-tips", fault: "dies of a tip", says: "ended by itself", more: []string{"*"}},
	{rule: "aux-garbage", fault: "garbage is an error", says: "returned an error", more: []string{"*"}},
	{rule: "aux-8mib", fault: "small messages", says: "64 MiB", more: []string{"block-8mib"}},
	{rule: "aux-no-work", fault: "judges no work", says: "want rejected", more: []string{"block-no-work", "aux-opaque"}},
	{rule: "aux-broken-branch", fault: "judges no proof", says: "wrong bit", more: []string{"*"}},
	{rule: "aux-opaque", fault: "opaque is an error", says: "opaque bytes"},
	{rule: "aux-accepted", fault: "refuses blocks", says: "not today", more: []string{"*"}},
	{rule: "aux-again", fault: "second time is refused", says: "want duplicate or received", more: []string{"block-again"}},
	{rule: "aux-status", fault: "forgets blocks", says: "is unknown", more: []string{"block-status"}},
	{rule: "aux-next", fault: "hears of no aux block", says: "nothing came", more: []string{"aux-ids"}},
	{rule: "aux-ids", fault: "ids start anew", says: "ids grow", more: []string{"template-ids"}},
	{rule: "hash-order", fault: "reversed batch", says: "and alone", more: []string{"*"}},
	{rule: "hash-empty", fault: "no empty batch", says: "empty"},
	{rule: "hash-largest", fault: "small batches", says: "1024"},
	{rule: "hash-concurrent", fault: "muddled hashes", says: "alone it was"},
	{rule: "hash-vectors", fault: "another hash", says: "vector 0"},
	{rule: "wallet-funds", fault: "funds are an error", says: "cannot say", more: []string{"wallet-refusals", "wallet-garbage", "wallet-pays"}},
	{rule: "wallet-refusals", fault: "pays anybody", says: "was prepared"},
	{rule: "wallet-refusals", fault: "refusals are errors", says: "nobody knows"},
	{rule: "wallet-garbage", fault: "sends garbage", says: "no transaction"},
	{rule: "wallet-pays", fault: "sends at once", says: "must not send"},
	{rule: "wallet-pays", fault: "sends once", says: "the same bytes again"},
	{rule: "wallet-pays", fault: "loses payments", says: `is "unknown"`},
	{rule: "message-refusals", fault: "bad signature is an error", says: "nobody can tell", more: []string{"message-vectors"}},
	{rule: "message-refusals", fault: "believes anybody", says: "nobody has made it", more: []string{"message-vectors"}},
	{rule: "message-refusals", fault: "knows no address", says: "is no address"},
	{rule: "message-vectors", fault: "ignores the message", says: "a blank"},
	{rule: "message-vectors", fault: "", says: "toysig", with: func(c *Config) { c.Messages[0].Message = "another" }},
	{rule: "close", fault: "closes once", says: "closed twice"},
	{rule: "close", fault: "streams outlive Close", says: "the stream of health"},
	{rule: "reopen", fault: "opens once", says: "opened already"},
}

// broken tries a configuration and gives the rules that failed.
func broken(t *testing.T, cfg Config, over Transport) (failed []string, details map[string]string) {
	t.Helper()
	details = map[string]string{}
	sum := Check(t.Context(), cfg, over, func(r Result) {
		if r.Outcome == Failed {
			failed = append(failed, r.ID)
			details[r.ID] = r.Detail
		}
	})
	if sum.Err != nil {
		t.Fatal(sum.Err)
	}
	if sum.OK() != (len(failed) == 0) || sum.Failed != len(failed) {
		t.Errorf("summary %s for %d failures", sum, len(failed))
	}
	return failed, details
}

func TestEveryRuleIsSeenToFail(t *testing.T) {
	for _, b := range breaches {
		name := b.rule + "/" + b.fault
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// On a machine that is busy with other things a rule about time may fail
			// with it: then there is more of it.
			var others []string
			for _, slower := range []time.Duration{1, 5, 25} {
				if others = b.try(t, slower); len(others) == 0 {
					return
				}
			}
			t.Errorf("failed too: %s", strings.Join(others, "; "))
		})
	}
}

// try breaks the rule, and fails unless it is named for it. It returns what else was,
// where the limits of time are so many times the shortest.
func (b *breach) try(t *testing.T, slower time.Duration) (others []string) {
	cfg := toyConfig(newToy(b.fault))
	cfg.Limits.Work, cfg.Limits.Cancel = slower*300*time.Millisecond, slower*200*time.Millisecond
	cfg.Limits.Open = cfg.Limits.Work
	if b.with != nil {
		b.with(&cfg)
	}
	all := slices.Contains(b.more, "*")
	if all {
		cfg.Rules = []string{b.rule}
	}
	failed, details := broken(t, cfg, InProcess)
	if !slices.Contains(failed, b.rule) {
		t.Fatalf("failed were %v, want %s among them", failed, b.rule)
	}
	if !strings.Contains(details[b.rule], b.says) {
		t.Errorf("detail %q, want %q in it", details[b.rule], b.says)
	}
	for _, id := range failed {
		if !all && id != b.rule && !slices.Contains(b.more, id) {
			others = append(others, id+": "+details[id])
		}
	}
	return others
}

// processBreaches are those that only a process can commit.
var processBreaches = []breach{
	{rule: "process-stdout", fault: "prints", says: `"hello`},
	{rule: "process-logs", fault: "logs a number", says: "without a text"},
	{rule: "process-logs", fault: "logs a strange level", says: "LOUD"},
	{rule: "process-logs", fault: "logs half", says: "begins like JSON"},
	{rule: "process-logs", fault: "logs bytes", says: "UTF-8"},
	{rule: "process-logs", fault: "logs much", says: "is cut at"},
	{rule: "process-environment", fault: "more environment", says: "SECRET"},
	{rule: "process-signals", fault: "dies of SIGTERM", says: "blocks to deliver"},
	{rule: "describe-stable", fault: "describe counts", says: `Version was first "i`},
	{rule: "block-8mib", fault: "small messages", says: "64 MiB"},
}

// bareBreaches are those of a plugin that does nothing which it is not told to.
var bareBreaches = []breach{
	{rule: "process-by-hand", fault: "serves anybody", says: "goes on"},
	{rule: "process-by-hand", fault: "crashes by hand", says: "crashes"},
	{rule: "process-by-hand", fault: "is silent by hand", says: "says nothing"},
	{rule: "process-by-hand", fault: "answers on stdout", says: "on standard output"},
	{rule: "process-stdout", fault: "prints", says: `"ready`},
	{rule: "process-ping", fault: "is not serving", says: "NOT_SERVING"},
	{rule: "process-stop", fault: "deaf to stop", says: "still there"},
	{rule: "process-orphan", fault: "", says: "getppid"},
	{rule: "health-release", fault: "health leaks threads", says: "threads, and"},
	{rule: "health-release", fault: "health leaks files", says: "open files, and"},
	{rule: "calls-release", fault: "late call leaks threads", says: "the last 40 of 240 calls"},
}

func TestEveryRuleOfProcessesIsSeenToFail(t *testing.T) {
	for mode, list := range map[string][]breach{"sdk": processBreaches, "bare": bareBreaches} {
		for _, b := range list {
			t.Run(b.rule+"/"+b.fault, func(t *testing.T) {
				t.Parallel()
				cfg := patient(processConfig(mode, b.fault))
				cfg.Rules = []string{b.rule}
				cfg.Limits.Stop, cfg.Limits.Orphan = time.Second, 1500*time.Millisecond
				cfg.Limits.Start = 5 * time.Second
				failed, details := broken(t, cfg, OwnProcess)
				if !slices.Contains(failed, b.rule) || !strings.Contains(details[b.rule], b.says) {
					t.Errorf("failed were %v, detail %q; want %s with %q", failed, details[b.rule], b.rule, b.says)
				}
			})
		}
	}
}

// pairBreaches hide behind gRPC's client, which returns whatever the far end does.
var pairBreaches = []breach{
	{rule: "health-release", fault: "health keeps its slot", says: "streams that were opened and cancelled"},
	{rule: "template-release", fault: "template keeps its slot", says: "streams that were opened and cancelled"},
	{rule: "aux-release", fault: "aux keeps its slot", says: "streams that were opened and cancelled"},
	{rule: "calls-release", fault: "late calls keep their slots", says: "one with time is not answered"},
}

func TestWhatIsLeftBehindIsSeenThroughAConnection(t *testing.T) {
	for _, b := range pairBreaches {
		t.Run(b.rule, func(t *testing.T) {
			t.Parallel()
			var failed []string
			var details map[string]string
			for _, slower := range []time.Duration{1, 5, 25} { // a busy machine may fail a rule about time
				cfg := toyConfig(newToy(b.fault))
				cfg.Limits = cfg.Limits.withDefaults().times(slower)
				failed, details = broken(t, cfg, Pair)
				if !slices.Contains(failed, b.rule) || !strings.Contains(details[b.rule], b.says) {
					t.Fatalf("failed were %v, details %v; want %s, with %q", failed, details, b.rule, b.says)
				}
				if len(failed) == 1 {
					return
				}
			}
			t.Errorf("failed were %v, details %v; want %s alone", failed, details, b.rule)
		})
	}
}

// times are limits so many times as long.
func (l Limits) times(n time.Duration) Limits {
	for _, d := range []*time.Duration{&l.Health, &l.Work, &l.Cancel, &l.Call, &l.Rule} {
		*d *= n
	}
	return l
}

// A plugin in another language keeps the rules of processes, but for the one that
// asks for a watch on its parent.
func TestBarePluginKeepsTheRest(t *testing.T) {
	cfg := processConfig("bare")
	for _, r := range Rules() {
		if r.Only == OwnProcess || r.Role != "" {
			cfg.Rules = append(cfg.Rules, r.ID)
		}
	}
	failed, details := broken(t, cfg, OwnProcess)
	if !slices.Equal(failed, []string{"process-orphan"}) {
		t.Errorf("failed were %v: %v", failed, details)
	}
}

// Every rule is in the tables of faults.
func TestEveryRuleHasABreach(t *testing.T) {
	for _, r := range Rules() {
		has := func(b breach) bool { return b.rule == r.ID }
		if !slices.ContainsFunc(breaches, has) && !slices.ContainsFunc(processBreaches, has) && !slices.ContainsFunc(bareBreaches, has) && !slices.ContainsFunc(pairBreaches, has) {
			t.Errorf("no fault makes %s fail", r.ID)
		}
	}
}
