package chain

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// TestNewsOfTips: how each tip became known, how soon there was work on it, once
// without transactions and once with them, and nothing of what was there at the
// start.
func TestNewsOfTips(t *testing.T) {
	var n newsDesk
	begin := time.Unix(1000, 0)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	for _, w := range []struct {
		tip    byte
		source string
		heard  int // ms; below 0 for not told
		empty  bool
		now    int
	}{
		{1, "start", 0, false, 900},
		{2, "zmq", 1000, true, 1004},
		{2, "zmq", 1000, false, 1030},
		{2, "zmq", 1000, false, 9000}, // a refresh is no news
		{3, "poll", 10000, false, 10020},
		{4, "zmq", -1, false, 20000},
		{5, "zmq", 30010, false, 30000}, // by a clock that goes before ours
	} {
		heard := int64(0)
		if w.heard >= 0 {
			heard = at(w.heard).UnixNano()
		}
		n.got(coins.Hash{w.tip}, w.source, heard, w.empty, at(w.now))
	}
	if n.by["zmq"] != 3 || n.by["poll"] != 1 || len(n.by) != 2 {
		t.Errorf("tips by source: got %v, want 3 by zmq and 1 by poll", n.by)
	}
	if got := n.empty.Times(); got.Count != 1 || got.Last != 4*time.Millisecond {
		t.Errorf("empty: got %+v, want one of 4ms", got)
	}
	got := n.full.Times()
	if got.Count != 3 || got.Sum != 50*time.Millisecond || got.Last != 0 {
		t.Errorf("full: got %+v, want 30ms, 20ms and 0", got)
	}
	if n.tip != (coins.Hash{5}) || !n.since.Equal(at(30010)) {
		t.Errorf("tip %s since %v", n.tip, n.since)
	}
}

func TestTimingPercentiles(t *testing.T) {
	var timing Timing
	if got := timing.Times(); got.P99 != 0 || got.Count != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	for i := 1; i <= 100; i++ {
		timing.Add(time.Duration(i) * time.Millisecond)
	}
	got := timing.Times()
	if got.P50 != 50*time.Millisecond || got.P99 != 99*time.Millisecond || got.Last != 100*time.Millisecond {
		t.Errorf("got half within %v, 99 of 100 within %v, last %v", got.P50, got.P99, got.Last)
	}
	for i, bound := range TimingBounds {
		if want := min(uint64(bound/time.Millisecond), 100); got.Up[i] != want {
			t.Errorf("within %v: got %d, want %d", bound, got.Up[i], want)
		}
	}
	for range timingKept {
		timing.Add(time.Second)
	}
	if got := timing.Times(); got.P50 != time.Second || got.Count != 100+timingKept {
		t.Errorf("the last %d count alone, got half within %v of %d", timingKept, got.P50, got.Count)
	}
}

// TestRunnerTellsNews sees both kinds of work.
func TestRunnerTellsNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := start(t, Options{}, coins.RoleParent, coins.RoleAux)
		defer g.stop()
		first := template(7)
		first.Source, first.Heard = "zmq", time.Now().UnixNano()
		time.Sleep(25 * time.Millisecond)
		g.coin().templates <- first
		synctest.Wait()
		n := g.r.News()
		if n.Tip != first.PrevHash || n.Source != "zmq" || n.By["zmq"] != 1 || n.Since.UnixNano() != first.Heard {
			t.Errorf("got %+v", n)
		}
		if n.Empty.Count+n.Full.Count != 1 || n.Empty.Sum+n.Full.Sum != 25*time.Millisecond {
			t.Errorf("got empty %+v, full %+v", n.Empty, n.Full)
		}
		w := auxWork(9)
		w.Source, w.PrevHash = "poll", coins.Hash{9}
		g.coin().works <- w
		synctest.Wait()
		if n := g.r.News(); n.By["poll"] != 1 || n.Tip != w.PrevHash {
			t.Errorf("aux work is no news: %+v", n)
		}
	})
}
