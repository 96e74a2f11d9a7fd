package engine

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
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

func TestWhichJobIsUrgent(t *testing.T) {
	template := func(prev byte, txs int) *coins.Template {
		return &coins.Template{PrevHash: coins.Hash{prev}, Tree: &coins.CoinbaseTree{TxCount: txs}}
	}
	blob := &coins.Template{PrevHash: coins.Hash{1}, Blob: &coins.HeaderBlob{}}
	for _, x := range []struct {
		name string
		last *coins.Template
		next *coins.Template
		want bool
	}{
		{"the first of all", nil, template(1, 9), false},
		{"the full one behind the empty one", template(1, 0), template(1, 9), true},
		{"a refresh of the full one", template(1, 9), template(1, 10), false},
		{"still nothing to earn", template(1, 0), template(1, 0), false},
		{"another tip, which is clean", template(2, 0), template(1, 9), false},
		{"a header blob", blob, blob, false},
	} {
		var last *job.Job
		if x.last != nil {
			last = &job.Job{Template: x.last}
		}
		if got := fillsEmpty(last, x.next); got != x.want {
			t.Errorf("%s: got %t, want %t", x.name, got, x.want)
		}
	}
}
