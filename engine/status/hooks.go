package status

import (
	"fmt"
	"time"
)

// Hook is one place that is told what happens.
type Hook struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`     // webhook, email, ntfy
	To       string    `json:"to"`       // host, without anything secret
	Sent     uint64    `json:"sent"`     // notices
	Messages uint64    `json:"messages"` // that they went in
	Failed   uint64    `json:"failed"`   // attempts to send a message
	Refused  uint64    `json:"refused"`  // of these, by a receiver that had read it
	Retries  uint64    `json:"retries"`  // attempts after one that failed
	GivenUp  uint64    `json:"given_up"` // notices that were too old, or refused again and again
	TooOld   uint64    `json:"too_old"`  // of these, too old
	NoRoom   uint64    `json:"no_room"`  // notices that others took the place of
	Waiting  int       `json:"waiting"`  // notices
	Oldest   time.Time `json:"oldest_waiting,omitzero"`
	LastSent time.Time `json:"last_sent,omitzero"`
	Problem  string    `json:"problem,omitempty"` // of the last attempt
}

var (
	hookDeliveries = desc("hook_deliveries_total", "Attempts to send a message to a hook, by what became of them.", "hook", "kind", "result")
	hookRetries    = desc("hook_retries_total", "Attempts after one that failed.", "hook", "kind")
	hookGivenUp    = desc("hook_notices_given_up_total", "Notices that a hook was not told, by why.", "hook", "kind", "reason")
	hookWaiting    = desc("hook_notices_waiting", "Notices that wait to be sent.", "hook", "kind")
	hookOldest     = desc("hook_oldest_notice_timestamp_seconds", "Since when the oldest notice waits, 0 without one.", "hook", "kind")
)

// collect sends the numbers of one hook.
func (h *Hook) collect(s sender) {
	s.counter(hookDeliveries, float64(h.Messages), h.Name, h.Kind, "delivered")
	s.counter(hookDeliveries, float64(h.Failed-h.Refused), h.Name, h.Kind, "failed")
	s.counter(hookDeliveries, float64(h.Refused), h.Name, h.Kind, "refused")
	s.counter(hookRetries, float64(h.Retries), h.Name, h.Kind)
	s.counter(hookGivenUp, float64(h.TooOld), h.Name, h.Kind, "too-old")
	s.counter(hookGivenUp, float64(h.GivenUp-h.TooOld), h.Name, h.Kind, "refused")
	s.counter(hookGivenUp, float64(h.NoRoom), h.Name, h.Kind, "no-room")
	s.gauge(hookWaiting, float64(h.Waiting), h.Name, h.Kind)
	s.gauge(hookOldest, seconds(h.Oldest), h.Name, h.Kind)
}

// hookWarnings are the hooks that could not be told what happened.
func hookWarnings(v View) (all []string) {
	for _, h := range v.Hooks {
		if h.Problem != "" {
			all = append(all, fmt.Sprintf("hook %s: %d notices wait for %s: %s", h.Name, h.Waiting, h.To, h.Problem))
		}
	}
	return all
}
