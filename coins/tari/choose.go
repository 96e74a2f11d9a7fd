package tari

import "time"

// choose is the node to mine on: -1 for none. That is the one we have until
// another knows of a better tip, or it is lost, or a refresh is due and an
// earlier one in the list has been well for a while and is as good.
func (st *stream) choose(states []state, now time.Time, except int) int {
	// At the start every node gets a moment to answer, or the quickest would
	// be taken for the best.
	if st.last == nil && now.Sub(st.began) < firstAnswers {
		for i := range states {
			if states[i].cond == notAsked {
				return -1
			}
		}
	}
	chosen := -1
	for i := range states {
		if i == except || !st.eligible(states, i, now) {
			continue
		}
		if chosen < 0 || st.better(states, i, chosen, now) {
			chosen = i
		}
	}
	return chosen
}

// eligible reports whether a node could be mined on. A tip below the one we are
// on is not believed unless the node that had that one has been gone, or has
// given no work, for a while.
func (st *stream) eligible(states []state, i int, now time.Time) bool {
	s := &states[i]
	if !s.usable() || now.Before(st.barred[i]) {
		return false
	}
	if st.last == nil || i == st.node || !more(st.work, s.work) {
		return true
	}
	holder := &states[st.node]
	gone := !holder.ready() && now.Sub(holder.since) >= st.coin.holdOff
	silent := now.Before(st.barred[st.node]) && now.Sub(st.good) >= st.coin.holdOff
	return gone || silent
}

// better reports whether node i is to be chosen over node j, which comes
// earlier in the list.
func (st *stream) better(states []state, i, j int, now time.Time) bool {
	a, b := &states[i], &states[j]
	switch {
	case a.ready() != b.ready():
		return a.ready()
	case a.work != b.work:
		return more(a.work, b.work)
	case i == st.node:
		// Return to the preferred one only at a refresh: not at the moment
		// when it has caught up with the news of another, and not to a rival
		// tip of the same work.
		return now.Before(st.next) || a.tip != b.tip || now.Sub(b.since) < st.coin.holdOff
	}
	return false
}
