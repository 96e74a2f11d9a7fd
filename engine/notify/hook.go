package notify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/internal/backoff"
)

const (
	sendWait    = 30 * time.Second // one delivery
	endWait     = 3 * time.Second  // that the last one has when the pool ends
	firstRetry  = 5 * time.Second
	longRetry   = 10 * time.Minute
	keepMoney   = 24 * time.Hour // blocks and payments are tried for so long
	keepOthers  = time.Hour      // a state of yesterday helps nobody
	maxTogether = 50             // notices in one message
	maxRefusals = 5              // of one notice, by a receiver that has read it
	aloneAfter  = 2              // refusals: then it goes alone, so that it takes no others with it
)

// Hook is one place to tell.
type Hook struct {
	Name   string
	Kind   string // for status: "webhook", "email", "ntfy"
	Sender Sender

	Events   []string // empty: the usual ones
	Pools    []string // empty: all
	Chains   []string // empty: all
	Accounts []string // whose workers and best shares; "*" is all; empty is none

	PerHour int // messages, at most; what is beyond goes together
}

// hook is a Hook at work. What it counts is behind the Notifier's mutex.
type hook struct {
	Hook
	queue *queue
	wake  chan struct{} // of one: something waits

	sent, givenUp, tooOld, noRoom      uint64 // notices; tooOld are among givenUp
	messages, failed, refused, retries uint64 // attempts; refused are among failed
	lastSent                           time.Time
	problem                            string // of the last attempt, empty when it went well
}

// wants reports whether a hook is to be told a notice.
func (h *hook) wants(n *Notice) bool {
	event := infoOf(n.Kind).event
	if !h.hears(event) {
		return false
	}
	if len(h.Pools) > 0 && n.Pool != "" && !slices.Contains(h.Pools, n.Pool) {
		return false
	}
	if len(h.Chains) > 0 && n.Chain != "" && !slices.Contains(h.Chains, n.Chain) {
		return false
	}
	if event == WorkerDown || event == AccountBest {
		return h.follows(n.Account)
	}
	return true
}

func (h *hook) hears(event Kind) bool {
	events := h.Events
	if len(events) == 0 {
		events = usualEvents()
	}
	return slices.Contains(events, string(event))
}

// follows reports whether the workers of an account are of interest. What else a
// miner has written into its name, addresses of other chains, counts for nothing.
func (h *hook) follows(account string) bool {
	if slices.Contains(h.Accounts, "*") || slices.Contains(h.Accounts, account) {
		return true
	}
	i := strings.IndexAny(account, "/%")
	return i > 0 && slices.Contains(h.Accounts, account[:i])
}

// serve delivers what waits for h until ctx ends.
func (n *Notifier) serve(ctx context.Context, h *hook) {
	limit := &bucket{perHour: h.PerHour}
	retry := backoff.New(backoff.Options{First: firstRetry, Max: longRetry, Healthy: time.Nanosecond})
	refusals := map[string]int{}
	again := false // the last attempt failed
	for {
		if !n.awaitNotice(ctx, h) || !pause(ctx, limit.wait(time.Now())) {
			return
		}
		m := n.compose(h, refusals)
		if m == nil {
			continue
		}
		limit.take()
		n.count(h, again)
		answer, err := n.deliver(ctx, h, m)
		if err == nil {
			n.log.Debug("hook was told", "hook", h.Name, "title", m.Title(), "answer", answer)
			retry.Reset()
			clear(refusals)
			again = false
			n.delivered(h, m)
			continue
		}
		if ctx.Err() != nil {
			return // it waits in the file
		}
		n.hookFailed(h, err)
		var no *Refused
		if errors.As(err, &no) {
			head := m.Notices[0].ID
			if refusals[head]++; refusals[head] >= maxRefusals {
				n.giveUp(h, m, err)
				clear(refusals)
				again = false
				continue
			}
		}
		again = true
		delay := retry.Next(0)
		var later *Later
		if errors.As(err, &later) {
			delay = max(delay, later.After)
		}
		if !pause(ctx, delay) {
			return
		}
	}
}

// count counts an attempt that is one after a failed one.
func (n *Notifier) count(h *hook, again bool) {
	if !again {
		return
	}
	n.mu.Lock()
	h.retries++
	n.mu.Unlock()
}

// deliver is one attempt. One that is under way when ctx ends has a moment more.
func (n *Notifier) deliver(ctx context.Context, h *hook, m *Message) (string, error) {
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendWait)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		end := time.NewTimer(endWait)
		defer end.Stop()
		select {
		case <-end.C:
			cancel()
		case <-sending.Done():
		}
	})()
	return h.Sender.Send(sending, m)
}

// awaitNotice waits until something waits for h.
func (n *Notifier) awaitNotice(ctx context.Context, h *hook) bool {
	for {
		n.mu.Lock()
		some := len(h.queue.Waiting) > 0
		n.mu.Unlock()
		if ctx.Err() != nil {
			return false
		}
		if some {
			return true
		}
		select {
		case <-ctx.Done():
		case <-h.wake:
		}
	}
}

// pause waits, and reports whether ctx lasted.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// remove takes what was in a message out of the queue. mu is held.
func (h *hook) remove(m *Message) {
	h.queue.Waiting = slices.DeleteFunc(h.queue.Waiting, func(w waiting) bool {
		return slices.ContainsFunc(m.Notices, func(n Notice) bool { return n.ID == w.Notice.ID })
	})
	h.queue.Left -= min(m.More, h.queue.Left)
}

func (n *Notifier) delivered(h *hook, m *Message) {
	n.mu.Lock()
	h.remove(m)
	h.sent += uint64(len(m.Notices))
	h.messages++
	h.lastSent = time.Now()
	was := h.problem
	h.problem = ""
	n.mu.Unlock()
	if was != "" {
		n.log.Info("hook can be reached again", "hook", h.Name, "to", h.Sender.String())
	}
	n.save()
}

// hookFailed notes a failed attempt; the log hears of the first of a row.
func (n *Notifier) hookFailed(h *hook, err error) {
	n.mu.Lock()
	first := h.problem == ""
	h.problem = clean(err.Error(), maxText)
	h.failed++
	if errors.As(err, new(*Refused)) {
		h.refused++
	}
	n.mu.Unlock()
	if first {
		n.log.Warn("hook cannot be told; it is tried again, and no more is said of it until it works",
			"hook", h.Name, "to", h.Sender.String(), "problem", h.problem)
	}
}

func (n *Notifier) giveUp(h *hook, m *Message, err error) {
	n.mu.Lock()
	h.remove(m)
	h.givenUp += uint64(len(m.Notices))
	n.mu.Unlock()
	n.log.Warn("a message is refused again and again and given up", "hook", h.Name, "title", m.Title(), "notices", len(m.Notices), "problem", err)
	n.save()
}
