package tari

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/motherlode-pool/motherlode/coins"
)

// mustIdle is a stream that does not run, over a coin whose nodes have states.
func mustIdle(t *testing.T, states ...state) *stream {
	t.Helper()
	set := conf()
	var nodes []any
	for i := range states {
		nodes = append(nodes, map[string]any{"url": "127.0.0.1:" + string(rune('1'+i))})
	}
	set["nodes"] = nodes
	c := mustOpen(t, testDriver(), set)
	for i, m := range c.set.members {
		c.set.update(m, func(s *state) { *s = states[i] })
	}
	n := len(states)
	return &stream{
		coin: c, node: -1, asked: -1, began: time.Now(), good: time.Now(),
		seen: make([]coins.Hash, n), barred: make([]time.Time, n), fails: make([]int, n),
	}
}

// well is a good node at a tip.
func well(tip byte, work string) state {
	return state{cond: up, synced: true, tip: coins.Hash{tip}, work: work, height: 5, since: time.Now().Add(-time.Hour)}
}

func TestPauses(t *testing.T) {
	slow, refused, moved := &nodeError{code: codes.DeadlineExceeded}, &nodeError{code: codes.Internal}, &nodeError{code: codes.FailedPrecondition}
	for _, tt := range []struct {
		name   string
		states []state
		err    error
		took   time.Duration
		times  int
		want   time.Duration
	}{
		{"slow, another is there", []state{well(1, "a"), well(1, "a")}, slow, 2 * slowFetch, 1, slowPause},
		{"slow, no other", []state{well(1, "a")}, slow, 2 * slowFetch, 1, againLater},
		{"given up because it was lost", []state{well(1, "a"), well(1, "a")}, slow, slowFetch / 2, 1, againLater},
		{"refused", []state{well(1, "a"), well(1, "a")}, refused, 0, 1, againLater},
		{"tip moved", []state{well(1, "a")}, moved, 0, 1, againSoon},
		{"tip moved again", []state{well(1, "a")}, moved, 0, 3, 4 * againSoon},
		{"tip moves all the time", []state{well(1, "a")}, moved, 0, 100, againLater},
		{"other network", []state{well(1, "a")}, ErrNetwork, 0, 1, againSeldom},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := mustIdle(t, tt.states...)
			now := time.Now()
			st.since = now.Add(-tt.took)
			for range tt.times {
				st.failed(fetched{node: 0, err: tt.err}, now)
			}
			if got := st.barred[0].Sub(now); got != tt.want {
				t.Errorf("got a pause of %s, want %s", got, tt.want)
			}
			complained := st.coin.set.see(st.coin.set.members[0]).workErr != nil
			if want := tt.want >= againLater; complained != want {
				t.Errorf("complained: got %t, want %t", complained, want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	with := func(s state, change func(*state)) state {
		change(&s)
		return s
	}
	lately := func(s *state) { s.cond = late }
	for _, tt := range []struct {
		name   string
		states []state
		node   int
		want   int
	}{
		{"first of equals", []state{well(1, "a"), well(1, "a")}, -1, 0},
		{"most work", []state{well(1, "a"), well(2, "b")}, -1, 1},
		{"longer numbers are greater", []state{well(1, "z"), well(2, "aa")}, -1, 1},
		{"one that is late comes last", []state{with(well(1, "a"), lately), well(1, "a")}, -1, 1},
		{"one that is late is better than none", []state{with(well(1, "a"), lately), {cond: down}}, -1, 0},
		{"late with more work comes after one that answers", []state{with(well(2, "b"), lately), well(1, "a")}, -1, 1},
		{"syncing", []state{with(well(1, "b"), func(s *state) { s.synced = false }), well(1, "a")}, -1, 1},
		{"forked", []state{with(well(1, "b"), func(s *state) { s.forked = true }), well(1, "a")}, -1, 1},
		{"not all were asked yet", []state{{}, well(1, "a")}, -1, -1},
		{"none", []state{{cond: down}}, -1, -1},
		{"stays until a refresh", []state{well(1, "a"), well(1, "a")}, 1, 1},
		{"better tip elsewhere", []state{well(2, "b"), well(1, "a")}, 1, 0},
		{"lost", []state{well(1, "a"), {cond: down, since: time.Now()}}, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := mustIdle(t, tt.states...)
			now := time.Now()
			if st.node = tt.node; tt.node >= 0 {
				st.last, st.work, st.next = &work{Template: &coins.Template{PrevHash: coins.Hash{1}}}, "a", now.Add(time.Hour)
			}
			if got := st.choose(tt.states, now, -1); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
