package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sender delivers to one place. It is used by one goroutine.
type Sender interface {
	// Send delivers a message and returns the receiver's words. It honours ctx.
	Send(ctx context.Context, m *Message) (answer string, err error)

	// String is where to, without anything that is secret.
	String() string
}

// Refused is an error of a receiver that has read the message and will not take it.
type Refused struct{ Words string }

func (e *Refused) Error() string { return e.Words }

// Later is an error of a receiver that says when to come again.
type Later struct {
	After time.Duration
	Words string
}

func (e *Later) Error() string { return e.Words }

// Message is what is sent at one time: one notice, or several that came together or
// waited for each other.
type Message struct {
	ID      string
	Notices []Notice
	More    int // for which there was no room
}

// Title is the message in a line.
func (m *Message) Title() string {
	title := m.Notices[0].Title
	if more := len(m.Notices) - 1 + m.More; more > 0 {
		title = fmt.Sprintf("%s, and %d more", clean(title, maxTitle-20), more)
	}
	return title
}

// Text is the message in lines, at most so many of them.
func (m *Message) Text(most int) string {
	var lines []string
	more := m.More
	for i := range m.Notices {
		if i >= most {
			more += len(m.Notices) - i
			break
		}
		lines = append(lines, m.Notices[i].Text)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// level is that of the most urgent notice, and its emblem.
func (m *Message) level() (level int, emblem string) {
	for i := range m.Notices {
		if info := infoOf(m.Notices[i].Kind); info.level > level {
			level, emblem = info.level, info.emblem
		}
	}
	return level, emblem
}

// compose makes a message of the oldest notices that are still worth telling, nil
// where there is none.
func (n *Notifier) compose(h *hook, refusals map[string]int) *Message {
	n.mu.Lock()
	old := h.expire(time.Now())
	m := h.message(refusals)
	n.mu.Unlock()
	if old > 0 {
		n.log.Warn("notices are too old to be sent and given up", "hook", h.Name, "notices", old, "problem", h.problem)
	}
	return m
}

// expire drops what is too old to be told, and counts it. mu is held.
func (h *hook) expire(now time.Time) (dropped int) {
	before := len(h.queue.Waiting)
	h.queue.Waiting = slices.DeleteFunc(h.queue.Waiting, func(w waiting) bool {
		limit := keepOthers
		if infoOf(w.Notice.Kind).keep {
			limit = keepMoney
		}
		return now.Sub(w.Since) > limit
	})
	dropped = before - len(h.queue.Waiting)
	h.givenUp += uint64(dropped)
	h.tooOld += uint64(dropped)
	return dropped
}

// message is made of what waits longest. mu is held.
func (h *hook) message(refusals map[string]int) *Message {
	if len(h.queue.Waiting) == 0 {
		return nil
	}
	together := maxTogether
	if refusals[h.queue.Waiting[0].Notice.ID] >= aloneAfter {
		together = 1
	}
	m := &Message{More: h.queue.Left}
	var ids []string
	for _, w := range h.queue.Waiting[:min(len(h.queue.Waiting), together)] {
		m.Notices = append(m.Notices, w.Notice)
		ids = append(ids, w.Notice.ID)
	}
	if m.ID = ids[0]; len(ids) > 1 {
		m.ID = idOf(ids...)
	}
	return m
}
