package engine

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

func TestWhenTheNextJobIsDue(t *testing.T) {
	at := time.Unix(1000, 0)
	old, fresh := map[string]*coins.AuxWork{"a": {Hash: coins.Hash{1}}}, map[string]*coins.AuxWork{"a": {Hash: coins.Hash{2}}}
	for _, x := range []struct {
		name    string
		wanted  bool
		aux     map[string]*coins.AuxWork
		refresh time.Duration
		want    time.Duration
	}{
		{"nothing new", false, old, 30 * time.Second, 30 * time.Second},
		{"miners wait for one", true, old, 30 * time.Second, wantedAfter},
		{"miners wait, and refreshes are quicker", true, old, 2 * time.Second, 2 * time.Second},
		{"an auxiliary chain has other work", false, fresh, 30 * time.Second, time.Second},
		{"both", true, fresh, 30 * time.Second, time.Second},
	} {
		last := made{aux: old, at: at, wanted: x.wanted}
		if got := last.due(x.refresh, time.Second, x.aux).Sub(at); got != x.want {
			t.Errorf("%s: due after %v, want %v", x.name, got, x.want)
		}
	}
}

func TestWishesForAJobNeverBlock(t *testing.T) {
	p := &pool{wanted: make(chan struct{}, 1)}
	for range 3 {
		p.WantJob()
	}
	if len(p.wanted) != 1 {
		t.Errorf("%d wishes wait, want 1", len(p.wanted))
	}
}
