package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/configs"
	"github.com/motherlode-pool/motherlode/engine"
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
