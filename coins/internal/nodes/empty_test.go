package nodes

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// steady is the schedule of a fake chain: 5000 for ever.
var steady = gbt.Schedule{Subsidy: 5000, Halving: 1 << 40}

// slowRefresh leaves full templates to news.
func slowRefresh(c *Config) {
	c.Refresh = settings.Duration(time.Minute)
	c.MaxTemplateAge = settings.Duration(time.Hour)
}

func emptyOf(last *coins.Template, tip gbt.Tip) *coins.Template {
	return steady.Empty(last, tip, time.Now())
}

// advance moves a fake node to the next block and tells its header.
func advance(n *fakeNode) {
	n.set(func(n *fakeNode) {
		previous := tipAt(n.height, n.branch)
		n.height++
		n.header = map[string]any{
			"height": n.height, "bits": "207fffff", "previousblockhash": previous.String(), "mediantime": 1795208000, "confirmations": 1,
		}
	})
}

func TestEmptyTemplateGoesFirst(t *testing.T) {
	n := mustFake(t)
	s := mustSet(t, slowRefresh, n)
	r := mustRunEmpty(t, s, emptyOf)
	r.next(t, "the first", at(101))

	hold := make(chan struct{})
	n.set(func(n *fakeNode) { n.hold = hold })
	advance(n)
	n.set(func(n *fakeNode) { n.reward = 5700 })
	empty := r.next(t, "the empty one", at(102))
	if empty.Reason != coins.NewTip || empty.Reward != 5000 || empty.Tree.TxCount != 0 || empty.PrevHash != tipAt(101, 0) || empty.Source != "poll" || empty.Heard == 0 {
		t.Errorf("got %+v", empty)
	}
	close(hold)
	full := r.next(t, "the full one", at(102))
	if full.Reason != coins.NewTxs || full.Reward != 5700 || full.ID <= empty.ID || full.Heard != empty.Heard {
		t.Errorf("got %+v, want new transactions at the same tip, after %+v", full, empty)
	}
}

// A node that gives no template after its header must not leave miners on empty
// work until the next refresh.
func TestFullTemplateIsAskedForAgain(t *testing.T) {
	n := mustFake(t)
	s := mustSet(t, slowRefresh, n)
	r := mustRunEmpty(t, s, emptyOf)
	r.next(t, "the first", at(101))
	hold := make(chan struct{})
	n.set(func(n *fakeNode) { n.hold, n.work = hold, "not now" })
	advance(n)
	r.next(t, "the empty one", at(102))
	close(hold)
	mustHealth(t, s, "a node without work", func(h coins.Health) bool { return h.Nodes[0].Message != "" })
	n.set(func(n *fakeNode) { n.work, n.reward = "", 5700 })
	if full := r.next(t, "the full one", at(102)); full.Reward != 5700 {
		t.Errorf("got %+v", full)
	}
}

func TestNoEmptyTemplateWithoutCertainty(t *testing.T) {
	n := mustFake(t)
	s := mustSet(t, slowRefresh, n)
	asked := make(chan struct{}, 1)
	r := mustRunEmpty(t, s, func(last *coins.Template, tip gbt.Tip) *coins.Template {
		asked <- struct{}{}
		return nil
	})
	r.next(t, "the first", at(101))
	hold := make(chan struct{})
	n.set(func(n *fakeNode) { n.hold = hold })
	advance(n)
	<-asked // the header was first, but is not good for a template
	close(hold)
	if got := r.next(t, "the full one", at(102)); got.Reason != coins.NewTip {
		t.Errorf("got %s, want a new tip", got.Reason)
	}
}

// The job of the empty template goes out before the full one is asked for.
func TestFullTemplateWaitsForTheEmptyOne(t *testing.T) {
	n := mustFake(t)
	made, asked := make(chan time.Time, 1), make(chan time.Time, 10)
	r := mustRunEmpty(t, mustSet(t, slowRefresh, n), func(last *coins.Template, tip gbt.Tip) *coins.Template {
		made <- time.Now()
		return emptyOf(last, tip)
	})
	r.next(t, "the first", at(101))
	n.set(func(n *fakeNode) {
		n.seen = func(method string, params []json.RawMessage) {
			if method == "getblocktemplate" && !strings.Contains(string(params[0]), `"data"`) {
				asked <- time.Now()
			}
		}
	})
	advance(n)
	r.next(t, "the empty one", at(102))
	r.next(t, "the full one", func(t *coins.Template) bool { return t.Reason != coins.NewTip })
	if pause := (<-asked).Sub(<-made); pause < fullPause {
		t.Errorf("the full template was asked for %s after the empty one was made, want %s at least", pause, fullPause)
	}
}
