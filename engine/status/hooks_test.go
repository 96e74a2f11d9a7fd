package status

import (
	"strings"
	"testing"
)

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
