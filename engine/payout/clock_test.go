package payout

import (
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
)

// A clock that was wrong for a while, as after a start with an empty battery, must not
// keep people from being paid until the time that it showed.
func TestClockSteps(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name string
		last time.Time // of the last round, by the clock of that time
		want bool
	}{
		{"years ahead", now.AddDate(10, 0, 0), true},
		{"a little more than a round ahead", now.Add(plan.Every + time.Minute), true},
		{"set back by seconds right behind a round", now.Add(5 * time.Second), false},
		{"years ago", now.AddDate(-10, 0, 0), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := mustBooks(t, t.TempDir())
			defer b.stop()
			w := newFakeChain()
			p := b.payer(w, nil, plan)
			b.earn("addr1", 1000)
			if err := p.tick(t.Context(), "c", tt.last); err != nil {
				t.Fatal(err)
			}
			w.mine(5)
			b.earn("addr1", 2000)
			want := uint64(1000)
			if tt.want {
				want += 2000
			}
			for range 2 { // and not once more
				if err := p.tick(t.Context(), "c", now); err != nil {
					t.Fatal(err)
				}
				w.mine(5)
			}
			if got := w.received()["addr1"]; got != want {
				t.Errorf("without a restart: received %d, want %d", got, want)
			}
			if last := p.chains["c"].last["p"]; tt.want && !last.Equal(now) {
				t.Errorf("the last round was at %v, want %v", last, now)
			}
		})
		t.Run(tt.name+", after a restart", func(t *testing.T) {
			b := mustBooks(t, t.TempDir())
			defer b.stop()
			b.append(func(b *sharelog.Batch) {
				b.Payment(&sharelog.Payment{Time: tt.last.UnixMilli(), ID: 1, Pool: "p", Chain: "c", State: ledger.Confirmed})
			})
			p := b.payer(newFakeChain(), nil, plan)
			if got := len(p.due(p.chains["c"], "c", now)) > 0; got != tt.want {
				t.Errorf("due: got %t, want %t", got, tt.want)
			}
		})
	}
}
