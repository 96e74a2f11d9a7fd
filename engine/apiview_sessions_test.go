package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/web/api"
)

// TestOrderOfSessions sorts three sessions by all there is.
func TestOrderOfSessions(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	all := []stratum.SessionInfo{
		{Number: 1, Since: at, LastShare: at.Add(time.Minute), Rejected: 5, RTT: 2},
		{Number: 2, Since: at.Add(time.Second), Rejected: 9, RTT: 3}, // has sent none
		{Number: 3, Since: at.Add(2 * time.Second), LastShare: at.Add(3 * time.Second), Rejected: 7},
	}
	for order, want := range map[string]string{
		api.BySince: "[1 2 3]", api.ByRefused: "[2 3 1]", api.ByRTT: "[2 1 3]", api.BySilent: "[2 3 1]",
	} {
		sorted := slices.Clone(all)
		slices.SortStableFunc(sorted, func(x, y stratum.SessionInfo) int { return compareSessions(order, &x, &y) })
		var got []uint64
		for _, s := range sorted {
			got = append(got, s.Number)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("by %s: %d, want %s", order, got, want)
		}
	}
}

// TestNobodyWaitsForALook has somebody look at all sessions, which takes long: who
// asks meanwhile is told what was seen before, unless that is old.
func TestNobodyWaitsForALook(t *testing.T) {
	p := &pool{server: stratum.New(stratum.Config{}, nil), accounts: newAccounts(nil, true, nil)}
	p.opened.Store(true)
	p.seen.pool = p
	if first := p.seen.get(); first == nil || p.seen.get() == first {
		t.Fatal("with nobody there, a look takes nothing, and is made again")
	}
	late := sessionsView{all: make([]stratum.SessionInfo, 10_000), at: time.Now().Add(-snapshotAgain)}
	p.seen.last.Store(&late)

	p.seen.look.Lock() // somebody looks
	if got := p.seen.get(); got != &late {
		t.Errorf("got %p, want what was seen before, %p", got, &late)
	}
	p.seen.look.Unlock()
	old := late
	old.at = time.Now().Add(-snapshotMost)
	p.seen.last.Store(&old)
	if got := p.seen.get(); got == &old {
		t.Error("a look that is old was shown")
	}
}
