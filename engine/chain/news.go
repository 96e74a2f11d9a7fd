package chain

import (
	"maps"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// sourceStart is how drivers name the tip that they find when they begin: it is
// no news.
const sourceStart = "start"

// News is how the coin's tips became known and how soon there was work on them.
type News struct {
	Tip    coins.Hash        // that the newest work is on; zero while there is none
	Since  time.Time         // when it was first heard of
	Source string            // how
	By     map[string]uint64 // tips by how the first news of them came, without the one at the start

	// From the first news of a tip to its work in the engine. Empty is of
	// templates without transactions that were the first on their tip, Full of the
	// first with transactions; aux work and header blobs are always Full.
	Empty, Full Times
}

// newsDesk gathers News. Runner.mu guards it but for the timings.
type newsDesk struct {
	tip         coins.Hash
	since       time.Time
	source      string
	by          map[string]uint64
	heard       bool // the present tip is news, and when it was heard is known
	filled      bool // work with transactions has come for the present tip
	empty, full Timing
}

// got takes note of work on a tip that came now.
func (n *newsDesk) got(tip coins.Hash, source string, heard int64, empty bool, now time.Time) {
	if tip != n.tip || n.since.IsZero() {
		n.tip, n.source, n.since = tip, source, now
		n.filled = false
		n.heard = heard != 0 && source != sourceStart
		if heard != 0 {
			n.since = time.Unix(0, heard)
		}
		if source != sourceStart {
			if n.by == nil {
				n.by = map[string]uint64{}
			}
			n.by[source]++
		}
		if empty && n.heard {
			n.empty.Add(now.Sub(n.since))
		}
	}
	if empty || n.filled {
		return
	}
	n.filled = true
	if n.heard {
		n.full.Add(now.Sub(n.since))
	}
}

// without reports whether a template has no transactions.
func without(t *coins.Template) bool { return t.Tree != nil && t.Tree.TxCount == 0 }

// News is how the coin's tips became known, since the start of the process.
func (r *Runner) News() News {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := &r.news
	return News{
		Tip: n.tip, Since: n.since, Source: n.source, By: maps.Clone(n.by), Empty: n.empty.Times(), Full: n.full.Times(),
	}
}
