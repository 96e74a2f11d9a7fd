package status

import (
	"strings"
	"testing"
	"time"
)

func TestHookMetrics(t *testing.T) {
	v := testView()
	v.Hooks = []Hook{
		{Name: "phone", Kind: "ntfy", Messages: 4, Failed: 9, Refused: 5, Retries: 6, GivenUp: 3, TooOld: 2, NoRoom: 8, Waiting: 7, Oldest: time.Unix(1700, 0)},
		{Name: "mail", Kind: "email"},
	}
	_, body := get(t, v, "/metrics")
	for _, want := range []string{
		`motherlode_hook_deliveries_total{hook="phone",kind="ntfy",result="delivered"} 4`,
		`motherlode_hook_deliveries_total{hook="phone",kind="ntfy",result="failed"} 4`,
		`motherlode_hook_deliveries_total{hook="phone",kind="ntfy",result="refused"} 5`,
		`motherlode_hook_retries_total{hook="phone",kind="ntfy"} 6`,
		`motherlode_hook_notices_given_up_total{hook="phone",kind="ntfy",reason="too-old"} 2`,
		`motherlode_hook_notices_given_up_total{hook="phone",kind="ntfy",reason="refused"} 1`,
		`motherlode_hook_notices_given_up_total{hook="phone",kind="ntfy",reason="no-room"} 8`,
		`motherlode_hook_notices_waiting{hook="phone",kind="ntfy"} 7`,
		`motherlode_hook_oldest_notice_timestamp_seconds{hook="phone",kind="ntfy"} 1700`,
		`motherlode_hook_deliveries_total{hook="mail",kind="email",result="delivered"} 0`,
		`motherlode_hook_oldest_notice_timestamp_seconds{hook="mail",kind="email"} 0`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing %q", want)
		}
	}
}

// A hook that cannot be told is among what to look at, and is no reason for miners
// to be sent elsewhere.
func TestHookProblem(t *testing.T) {
	v := View{Hooks: []Hook{{Name: "ok", Sent: 5}, {Name: "phone", To: "https://ntfy.sh", Waiting: 3, Problem: "answered 401"}}}
	if got := string(Text(v)); !strings.Contains(got, "  ! hook phone: 3 notices wait for https://ntfy.sh: answered 401\n") || strings.Contains(got, "hook ok") {
		t.Errorf("got %q", got)
	}
	if got := problems(v); len(got) != 0 {
		t.Errorf("got problems %q, want none", got)
	}
}
