package audit

// follows reports whether a block may go from one state to another: a later
// solution may only take the place of one that was refused; what a node once said
// of a block on the chain is not undone by an older answer; and only a
// reorganisation takes back what was mature.
func follows(old, state string) bool {
	switch old {
	case "", state:
		return true
	case "mature":
		return state == "orphaned"
	}
	switch state {
	case "pending", "found":
		switch old {
		case "refused", "rejected", "stale", "lost":
			return true
		}
		return false
	case "received":
		return old != "accepted" && old != "orphaned"
	}
	return true
}

// pays reports whether a block's parts count, and whether for good.
func pays(state string) (counts, mature bool) {
	switch state {
	case "received", "accepted":
		return true, false
	case "mature":
		return true, true
	}
	return false, false
}
