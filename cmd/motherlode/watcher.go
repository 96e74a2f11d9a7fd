package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine"
	"github.com/motherlode-pool/motherlode/engine/chain"
	"github.com/motherlode-pool/motherlode/internal/repeats"
)

// watcher prints what happens as a person would like to see it: one line for
// what matters, and on a terminal one line that is rewritten for the rest.
type watcher struct {
	mu     sync.Mutex
	out    io.Writer
	tty    bool
	logged bool // the log, at level warn at least, goes to the same place
	start  time.Time
	status string                    // the line that is rewritten
	said   map[string]*repeats.Words // by coin, since it was ready
}

func newWatcher(out io.Writer, tty bool) *watcher {
	return &watcher{out: out, tty: tty, start: time.Now()}
}

// Colours of a terminal.
const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	bold   = "\x1b[1m"
	plain  = "\x1b[0m"
)

// paint colours text on a terminal.
func (w *watcher) paint(colour, text string) string {
	if !w.tty {
		return text
	}
	return colour + text + plain
}

// line prints a line above the status line.
func (w *watcher) line(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
	fmt.Fprintf(w.out, "[%6.1fs] %s\n", time.Since(w.start).Seconds(), fmt.Sprintf(format, args...))
	w.rewrite()
}

// progress replaces the status line. Without a terminal it prints nothing.
func (w *watcher) progress(format string, args ...any) {
	if !w.tty {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
	w.status = fmt.Sprintf(format, args...)
	w.rewrite()
}

func (w *watcher) clear() {
	if w.tty && w.status != "" {
		fmt.Fprint(w.out, "\r\x1b[K")
	}
}

func (w *watcher) rewrite() {
	if w.tty && w.status != "" {
		fmt.Fprint(w.out, w.status)
	}
}

// event prints an engine's event.
func (w *watcher) event(ev engine.Event) {
	switch ev.Kind {
	case engine.EventJob:
		if ev.State == "clean" {
			w.line("job    %-10s new tip, mining height %d", ev.Chain, ev.Height)
		}
	case engine.EventCoin:
		if w.logged && warnedOf(ev) {
			return // nobody reads it twice
		}
		if text := strings.TrimSpace(ev.State + " " + safe(ev.Reason)); w.isNews(ev.Chain, ev.State, text) {
			w.line("coin   %-10s %s", ev.Chain, text)
		}
	case engine.EventBlock:
		w.block(ev)
	}
}

// isNews reports whether what a coin says is to be printed: a coin whose node is down is
// opened and lost again every few seconds.
func (w *watcher) isNews(coin, state, text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.said == nil {
		w.said = map[string]*repeats.Words{}
	}
	if w.said[coin] == nil || state == coins.HealthReady.String() {
		w.said[coin] = &repeats.Words{}
	}
	_, ok := w.said[coin].Say(text, time.Now())
	return ok
}

// warnedOf reports whether the log warns of what an EventCoin says: of health by
// logCoins, of the rest where package chain makes the event.
func warnedOf(ev engine.Event) bool {
	switch ev.State {
	case chain.Lost.String(), chain.Stale.String(), chain.Parked.String(), chain.Floods.String():
		return true
	}
	return cannotBeMined(ev)
}

func (w *watcher) block(ev engine.Event) {
	state, colour := ev.State, yellow
	switch ev.State {
	case "pending":
		state, colour = "FOUND", bold
	case "accepted", "mature":
		colour = green
	case "refused", "lost", "orphaned":
		colour = red
	}
	more := ""
	if ev.Node != "" {
		more = " (node " + ev.Node + ")"
	}
	if ev.State == "pending" {
		more = " by " + ev.Worker
	}
	if ev.Reason != "" {
		more += ": " + ev.Reason
	}
	more = safe(more)
	w.line("block  %-10s %s height %d %s%s", ev.Chain, w.paint(colour, fmt.Sprintf("%-8s", state)), ev.Height, ev.Hash, more)
}
