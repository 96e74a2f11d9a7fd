package status

import (
	"fmt"
	"time"
)

// Hook is one place that is told what happens.
type Hook struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"` // webhook, email, ntfy
	To       string    `json:"to"`   // host, without anything secret
	Sent     uint64    `json:"sent"` // notices
	Failed   uint64    `json:"failed"`
	GivenUp  uint64    `json:"given_up"` // too old, or refused again and again
	Waiting  int       `json:"waiting"`
	LastSent time.Time `json:"last_sent,omitzero"`
	Problem  string    `json:"problem,omitempty"` // of the last attempt
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
