package nodes

import (
	"slices"
	"time"
)

// giveUp ends the fetch under way when whoever is asked is lost or slow: do not
// wait for the call to find out when another node can be asked.
func (st *stream) giveUp(states []State, now time.Time) {
	i := st.best(states, now, st.asked)
	switch {
	case i < 0:
	case states[st.asked].Status != Up:
		st.cancel()
	case now.Sub(st.since) >= slowFetch && states[i].Status == Up && states[st.asked].Height != 0 && states[i].Height >= states[st.asked].Height:
		st.barred[st.asked] = now.Add(slowPause)
		st.cancel()
	}
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// news is the first node with a tip that no fetch was made for; -1 for none.
func (st *stream) news(states []State, now time.Time) int {
	for i, s := range states {
		if s.Status != Up || s.Tip.IsZero() || s.Tip == st.seen[i] {
			continue
		}
		if (st.seen[i].IsZero() || s.Broken) && now.Before(st.barred[i]) {
			continue // its last call failed, or its last template
		}
		if st.last != nil && s.Tip == st.last.PrevHash {
			st.seen[i] = s.Tip // caught up with what we have
			continue
		}
		if st.last == nil && i != st.best(states, now, -1) {
			continue
		}
		return i
	}
	return -1
}

// best is the node to fetch from when there is no news: the one whose template
// we have, unless it is lost or an earlier one in the list has been well for a
// while and is as high; -1 for none.
func (st *stream) best(states []State, now time.Time, except int) int {
	usable := func(i int) bool {
		return i != except && !states[i].Tip.IsZero() && !now.Before(st.barred[i])
	}
	chosen := -1
	if st.node >= 0 && states[st.node].Status == Up && usable(st.node) {
		chosen = st.node
		for i := range st.node {
			if states[i].Status == Up && usable(i) && now.Sub(states[i].Since) >= st.set.cfg.HoldOff && states[i].Height >= states[st.node].Height {
				return i
			}
		}
		return chosen
	}

	// At the start every node gets a moment to answer, or the quickest would
	// be taken for the best.
	silent := slices.ContainsFunc(states, func(s State) bool { return s.Status == NotAsked })
	if st.last == nil && silent && now.Sub(st.began) < firstAnswers {
		return -1
	}

	// The highest of those that answer; one that is late is better than none.
	for _, status := range []Status{Up, Late} {
		for i := range states {
			if states[i].Status == status && usable(i) && (chosen < 0 || states[i].Height > states[chosen].Height) {
				chosen = i
			}
		}
		if chosen >= 0 {
			break
		}
	}
	return chosen
}

// adopt decides whether a template replaces the last one: always from the same
// node and from a higher tip; from another node at the same tip; from one that
// is lower only when the other has been gone for a while.
func (st *stream) adopt(f fetched, now time.Time) bool {
	if st.last == nil || f.node == st.node || f.template.Height > st.last.Height || f.template.PrevHash == st.last.PrevHash {
		return true
	}
	states, _ := st.set.Watch()
	gone := states[st.node].Status != Up && now.Sub(states[st.node].Since) >= st.set.cfg.HoldOff
	return gone
}
