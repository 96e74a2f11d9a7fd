package main

import (
	"bytes"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// hostile clears the screen, sets the window's title, forges a line and turns the
// rest around.
const hostile = "no\x1b[2J\x1b]0;title\x07\n[  1.0s] block  forged\r\u202edrow"

// mustBeOneLine fails unless text is a single line that steers no terminal.
func mustBeOneLine(t *testing.T, what, text string) {
	t.Helper()
	if strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x1b\x07\r\u202e") || !strings.Contains(text, "forged") {
		t.Errorf("%s: %q, want one line without control characters", what, text)
	}
}

func TestWordsOfANodeDoNotSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, false)
	w.event(engine.Event{Kind: engine.EventCoin, Chain: "btc", State: "down", Reason: hostile})
	mustBeOneLine(t, "coin's state", out.String())
	out.Reset()
	w.event(engine.Event{Kind: engine.EventBlock, Chain: "btc", State: "refused", Node: "a:1", Reason: hostile})
	mustBeOneLine(t, "block's state", out.String())

	out.Reset()
	printHealth(&out, "btc", coins.Health{Nodes: []coins.NodeHealth{{Node: "a:1", State: coins.HealthReady, Version: hostile}}})
	mustBeOneLine(t, "node's version", out.String())

	cfg := configs.Default()
	down := answer{health: coins.Health{Nodes: []coins.NodeHealth{{Node: "a:1", State: coins.HealthDown, Message: hostile}}}}
	mustBeOneLine(t, "problem of a node", down.problems(&cfg, "btc").Err().Error()+"\n")
}

// TestTroubleOfACoinIsReadOnce leaves out what the log warns of at the same place, and
// nothing else.
func TestTroubleOfACoinIsReadOnce(t *testing.T) {
	var log bytes.Buffer
	cfg := configs.Default()
	logs := logCoins(&cfg, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})), nil)
	for _, tt := range []struct {
		state, reason string
		warned        bool // by logCoins or by package chain, whose own tests see to that
	}{
		{"lost", "why", true}, {"stale", "why", true}, {"parked", "why", true}, {"floods", "why", true},
		{"down", "why", true}, {"syncing", "why", true}, {"down", "", false}, {"syncing", "", false},
		{"degraded", "why", false}, {"starting", "why", false}, {"ready", "why", false},
		{"ready", "", false}, {"opened", "", false}, {"recovered", "", false}, {"calmed", "", false},
	} {
		ev := engine.Event{Kind: engine.EventCoin, Chain: "btc", State: tt.state, Reason: tt.reason}
		for _, logged := range []bool{false, true} {
			var out bytes.Buffer
			w := newWatcher(&out, false)
			w.logged = logged
			w.event(ev)
			want := strings.TrimSpace("coin   btc        "+tt.state+" "+tt.reason) + "\n"
			if got := strings.HasSuffix(out.String(), want); got != !(logged && tt.warned) || !got && out.Len() > 0 {
				t.Errorf("%s %q, log at the same place: %t: got %q", tt.state, tt.reason, logged, out.String())
			}
		}
		log.Reset()
		logs(ev)
		if health := tt.state == "down" || tt.state == "syncing"; health && strings.Contains(log.String(), "why") != tt.warned {
			t.Errorf("%s %q: the log has %q, want a warning: %t", tt.state, tt.reason, log.String(), tt.warned)
		}
	}
}

// TestSoloSaysOnceThatItsNodeIsDown starts on a node that is not there, with output and
// log at one place, and at two.
func TestSoloSaysOnceThatItsNodeIsDown(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	const down = "coin   bitcoin    down getblockhash"
	run := func(log *output) (out *output) {
		cmd := exec.Command(mustBinary(t), "solo", "--node", "http://u:p@127.0.0.1:1", "--network", "regtest", "--address", testnode.MiningAddress,
			"--listen", "127.0.0.1:0", "--http", "", "--data", filepath.Join(t.TempDir(), "d"))
		p := mustStartWith(t, cmd, log)
		if log == nil {
			log = p.log
		}
		poll(t, "the log to say that the node is down", 30*time.Second, func() bool { return strings.Contains(log.String(), "coin cannot be mined now: getblockhash") })
		p.stop()
		return p.log
	}
	if got := run(nil).String(); strings.Contains(got, down) {
		t.Errorf("one place: said twice:\n%s", got)
	}
	var log output
	if got := run(&log).String(); !strings.Contains(got, down) {
		t.Errorf("two places: output is without the trouble:\n%s", got)
	}
}

// A coin whose node is down is opened and lost every few seconds: that is printed once,
// and anew when it has been well meanwhile.
func TestACoinThatComesAndGoesIsPrintedOnce(t *testing.T) {
	var out bytes.Buffer
	w := newWatcher(&out, false)
	tell := func(state, reason string) {
		w.event(engine.Event{Kind: engine.EventCoin, Chain: "btc", State: state, Reason: reason})
	}
	for range 3 {
		tell("opened", "")
		tell("lost", "why")
	}
	tell("lost", "another")
	tell("ready", "")
	tell("lost", "why")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var got []string
	for _, l := range lines {
		_, said, _ := strings.Cut(l, "btc")
		got = append(got, strings.TrimSpace(said))
	}
	if want := []string{"opened", "lost why", "lost another", "ready", "lost why"}; !slices.Equal(got, want) {
		t.Errorf("printed %q, want %q", got, want)
	}
}
