package vardiff

import (
	"math"
	"time"
)

// ckpool is the rule of ckpool as its observable behaviour is known: it looks
// after 72 shares or 240 seconds since the last change, only when a share comes,
// at a 5-minute average of accepted difficulty per second, corrected for short
// histories. Between 0.15 and 0.4 of the present difficulty nothing happens,
// else one share in 3.33 seconds is aimed at. Low is the low-hash-rate fork:
// 144 shares in 15 seconds are looked at by a 15-second average, 72 by one of a
// minute.
type ckpool struct {
	low     bool
	first   time.Time
	last    time.Time
	average [3]float64 // over 15 s, 1 min, 5 min
	shares  int        // since the last change
	since   time.Time
	next    float64
	present float64
}

var ckpoolSpans = [3]float64{15, 60, 300}

func (c *ckpool) Share(now time.Time, difficulty float64) {
	if c.first.IsZero() {
		c.first, c.last, c.since = now, now, now
	}
	dt := max(now.Sub(c.last).Seconds(), 1e-3)
	for i, span := range ckpoolSpans {
		keep := math.Exp(-dt / span)
		c.average[i] = c.average[i]*keep + difficulty/dt*(1-keep)
	}
	c.last = now
	c.shares++
	c.look(now)
}

func (c *ckpool) look(now time.Time) {
	age := now.Sub(c.since).Seconds()
	span := 2
	switch {
	case c.low && c.shares >= 144 && age < 15:
		span = 0
	case c.low && c.shares >= 72:
		span = 1
	case c.shares >= 72 || age >= 240:
	default:
		return
	}
	history := max(now.Sub(c.first).Seconds(), 1)
	rate := c.average[span] / (1 - math.Exp(-history/ckpoolSpans[span]))
	if r := rate / c.present; r > 0.15 && r < 0.4 {
		c.shares, c.since = 0, now
		return
	}
	c.next = max(math.Round(rate*10/3), 1)
	if c.low && rate*10/3 < 1 {
		c.next = rate * 10 / 3
	}
	c.shares, c.since = 0, now
}

func (c *ckpool) Next(_ time.Time, present float64) float64 {
	c.present = present
	if c.next == 0 {
		return present
	}
	next := c.next
	c.next = 0
	return next
}

// nomp is the rule of the family of node-stratum-pool, as its options say: a share
// in target seconds, looked at every retarget seconds when a share comes; if the
// mean time between the shares of the last few minutes is off by more than the
// variance, the difficulty is scaled by it.
type nomp struct {
	target, retarget, variance float64
	last, looked               time.Time
	gaps                       []float64
	next                       float64
}

func newNomp() *nomp { return &nomp{target: 60.0 / 18, retarget: 90, variance: 0.3} }

func (n *nomp) Share(now time.Time, _ float64) {
	if n.last.IsZero() {
		n.last, n.looked = now, now.Add(-time.Duration(n.retarget/2*float64(time.Second)))
		return
	}
	n.gaps = append(n.gaps, now.Sub(n.last).Seconds())
	if most := int(n.retarget / n.target * 4); len(n.gaps) > most {
		n.gaps = n.gaps[len(n.gaps)-most:]
	}
	n.last = now
	if now.Sub(n.looked).Seconds() < n.retarget {
		return
	}
	n.looked = now
	mean := 0.0
	for _, g := range n.gaps {
		mean += g / float64(len(n.gaps))
	}
	if mean > n.target*(1-n.variance) && mean < n.target*(1+n.variance) {
		return
	}
	n.next, n.gaps = n.target/max(mean, 1e-6), n.gaps[:0]
}

func (n *nomp) Next(_ time.Time, present float64) float64 {
	f := n.next
	if n.next = 0; f == 0 {
		return present
	}
	return present * f
}
