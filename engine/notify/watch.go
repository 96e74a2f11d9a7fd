package notify

import "time"

const (
	longestStep = time.Minute     // a look counts for no longer, where the machine was suspended
	calmAfter   = 6 * time.Hour   // what was good for so long has a clean record
	maxFlaps    = 6               // doublings
	longestWait = 1 * time.Hour   // that something must have been good before that is told
	gcAfter     = 3 * calmAfter   // nothing was seen of it
	goodAtLeast = 1 * time.Minute // before something counts as back, whatever the setting
)

// watch follows one thing that can be bad. Bad times add up until it has been good
// without a break for as long as the wait; when they come to the wait, that is told, once. It is
// back when it has been good for the wait. Each time it is back the wait doubles,
// until it has been good for hours: so a node that comes and goes every minute is
// told once, not every minute.
type watch struct {
	Bad    time.Duration `json:"bad,omitempty"`  // in this episode
	From   time.Time     `json:"from,omitzero"`  // when the episode began
	Good   time.Time     `json:"good,omitzero"`  // since when it is good, zero while it is bad
	Told   bool          `json:"told,omitempty"` // that it is bad
	Flaps  int           `json:"flaps,omitempty"`
	Looked time.Time     `json:"-"`
}

// verdict is what is to be told.
type verdict int

const (
	nothing verdict = iota
	wentDown
	cameBack
)

// look takes a look at what is bad or not, where after is the setting for how long a
// thing must be bad.
func (w *watch) look(now time.Time, bad bool, after time.Duration) verdict {
	step := min(max(now.Sub(w.Looked), 0), longestStep)
	if w.Looked.IsZero() {
		step = 0
	}
	w.Looked = now
	after <<= min(w.Flaps, maxFlaps)
	if bad {
		return w.isBad(now, step, min(after, longestWait))
	}
	return w.isGood(now, min(max(after, goodAtLeast), longestWait))
}

func (w *watch) isBad(now time.Time, step, after time.Duration) verdict {
	switch {
	case w.From.IsZero():
		w.From, w.Bad = now, 0
	case w.Good.IsZero() && !w.Told:
		w.Bad += step // it was bad at the last look too
	}
	w.Good = time.Time{}
	if w.Told || w.Bad < after {
		return nothing
	}
	w.Told = true
	return wentDown
}

func (w *watch) isGood(now time.Time, after time.Duration) verdict {
	switch {
	case w.Good.IsZero():
		w.Good = now
	case now.Sub(w.Good) > calmAfter:
		w.Flaps = 0
	}
	if w.From.IsZero() || now.Sub(w.Good) < after {
		return nothing
	}
	w.From, w.Bad = time.Time{}, 0
	if !w.Told {
		return nothing
	}
	w.Told = false
	w.Flaps = min(w.Flaps+1, maxFlaps)
	return cameBack
}

// forgotten reports whether nothing is lost with w.
func (w *watch) forgotten(now time.Time) bool {
	return w.From.IsZero() && w.Flaps == 0 || now.Sub(w.Looked) > gcAfter
}
