package vardiff

import "math"

// wanted is the difficulty that would bring the wanted rate, and whether the
// present one is off by more than the band and chance explain.
func (t *Tuner) wanted() (difficulty float64, off bool) {
	if work, since, ok := t.burst(); ok {
		t.shares, t.squares = burstRecent-1, burstRecent-1
		t.exposure = t.shares * since / work
	} else if gap := t.last.Sub(t.lastSeen).Seconds(); gap*t.rate >= t.patience() {
		return t.quiet(gap)
	} else if t.shares >= minSharesUp {
		t.before = 0 // it is known again
	}
	if t.shares < minSharesDown {
		return t.scarce()
	}
	want := t.shares / t.exposure / t.rate
	if want > t.present && t.shares < minSharesUp-1 {
		return 0, false
	}
	deviation := math.Sqrt(t.squares) / t.shares
	return want, math.Abs(math.Log(want/t.present)) > max(math.Log(band), deviations*deviation)
}

// quiet is the difficulty that so long a gap without shares speaks for, and
// whether there is any more to lower.
func (t *Tuner) quiet(gap float64) (difficulty float64, off bool) {
	if t.shares >= knownShares {
		t.before = t.present
	}
	least := max(t.min, t.before/pauseDown)
	if t.present <= least {
		return 0, false
	}
	// Nothing is known but that no share came for so long.
	t.silent++
	t.shares, t.squares = 0, 0
	t.exposure = gap / t.present
	return max(1/t.exposure/t.rate, least), true
}

// scarce is the difficulty that so few shares speak for, and whether they are
// fewer than chance explains: 6 wanted and none, 10 and one, 12 and two come
// about once in a thousand times.
func (t *Tuner) scarce() (difficulty float64, off bool) {
	wanted := t.exposure * t.present * t.rate
	if t.shares < 0.5 || wanted < newSilence+t.shares+3*math.Sqrt(t.shares) {
		return 0, false
	}
	return t.shares / t.exposure / t.rate, true
}

// patience is how many wanted shares must stay away to be a silence.
func (t *Tuner) patience() float64 {
	if t.shares >= knownShares {
		return knownSilence
	}
	return newSilence * math.Exp2(float64(min(max(t.silent-1, 0), maxDoublings)))
}

// burst is the work of the newest shares and the seconds that it took, if the
// whole ring came far too fast.
func (t *Tuner) burst() (work, seconds float64, ok bool) {
	if t.count < burstShares {
		return 0, 0, false
	}
	work, seconds = t.span(burstShares)
	if work <= burstFactor*t.rate*t.present*seconds {
		return 0, 0, false
	}
	work, seconds = t.span(burstRecent)
	return work, seconds, true
}

// span is the work of the last n shares without the first, whose own time is
// not in it, and the seconds from that one until now.
func (t *Tuner) span(n int) (work, seconds float64) {
	for i := t.count - n + 1; i < t.count; i++ {
		work += t.ring[i%burstShares].work
	}
	first := t.ring[(t.count-n)%burstShares]
	return work, max(t.last.Sub(first.at).Seconds(), 1e-3)
}
