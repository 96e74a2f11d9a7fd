package vardiff

import (
	"math"
	"strconv"
	"time"
)

// How the estimate is made and when it is believed.
const (
	// memoryShares is the memory of the estimate in wanted shares: what is
	// older counts e times less. It makes the standard error of a steady
	// miner's estimate 10 %, well inside the band.
	memoryShares = 50

	// The memory in seconds is bounded, so that few or very many wanted
	// shares make it neither sluggish nor nervous.
	minMemory = 60.0
	maxMemory = 600.0

	// band is the factor, both ways, by which the estimate must be off before
	// a new difficulty is worth the message.
	band = 1.5

	// deviations is how many standard errors it must be off as well.
	deviations = 3.0

	// The least shares that an estimate rests upon. A step up can wait for
	// more of them: they come quickly then.
	minSharesUp   = 16
	minSharesDown = 4

	// A burst is the last burstShares shares coming burstFactor times too
	// fast. By chance that happens once in years; then what was known of
	// the miner before no longer counts.
	// The newest burstRecent of them tell the new rate: when a burst shows, the
	// older ones may still be from before.
	burstShares = 24
	burstFactor = 4.0
	burstRecent = minSharesUp

	// Silence is counted in wanted shares that stay away. After knownSilence
	// (a chance of 1 in 160,000 a share) a miner that was known is believed to
	// have slowed down; one that has hardly sent anything yet, after
	// newSilence.
	knownSilence = 12.0
	newSilence   = 6.0
	knownShares  = 8

	// The bounds of one step. Down is the smaller: a pause is no slowness.
	maxUp   = 16.0
	maxDown = 4.0

	// defaultRate is the wanted shares a minute where nothing is said.
	defaultRate = 18
)

// Options say what a Tuner aims at.
type Options struct {
	SharesPerMinute float64 // wanted; 18 when not positive
	Min             float64 // lowest difficulty to give out; none when not positive
	Max             float64 // highest; none when not positive; wins over every floor
}

// Tuner steers the difficulty of one session. It belongs to one goroutine at a
// time.
//
// The estimate is shares over exposure, where a second at difficulty d is an
// exposure of 1/d: the likeliest hash rate, in difficulty per second, for
// shares found at difficulties that changed.
type Tuner struct {
	rate     float64 // wanted shares per second
	memory   float64 // seconds
	min, max float64

	started  bool
	last     time.Time // up to when time has been counted
	lastSeen time.Time // last share, step or start: silence counts from here
	present  float64   // difficulty in force since last

	shares   float64 // decayed count
	squares  float64 // the same of the squared weights, for the standard error
	exposure float64 // decayed, seconds over difficulty

	ring  [burstShares]arrival
	count int // arrivals in ring since the last step
}

type arrival struct {
	at   time.Time
	work float64
}

// New makes a Tuner.
func New(o Options) *Tuner {
	if !positive(o.SharesPerMinute) {
		o.SharesPerMinute = defaultRate
	}
	t := &Tuner{rate: o.SharesPerMinute / 60, max: math.Inf(1)}
	t.memory = min(max(memoryShares/t.rate, minMemory), maxMemory)
	if positive(o.Max) {
		t.max = o.Max
	}
	t.Floor(o.Min)
	return t
}

// Floor raises the lowest difficulty to give out; it never lowers it. What is
// not a positive number is ignored.
func (t *Tuner) Floor(difficulty float64) {
	if positive(difficulty) {
		t.min = max(t.min, difficulty)
	}
}

// Share tells of an accepted share at now, which was credited with difficulty:
// that of its job, where the job is older than the present difficulty.
func (t *Tuner) Share(now time.Time, difficulty float64) {
	if !positive(difficulty) {
		return
	}
	if t.present == 0 {
		t.present = difficulty
	}
	t.advance(now)
	// A share of an older, easier job is worth a part of one.
	weight := min(1, difficulty/t.present)
	t.shares += weight
	t.squares += weight * weight
	t.lastSeen = t.last
	t.ring[t.count%burstShares] = arrival{t.last, min(difficulty, t.present)}
	t.count++
}

// Next is the difficulty to give out from now on, present being the one that
// has been in force. It returns present when nothing should change. Results are
// whole numbers from 1 upwards, of three digits that count, and have two such
// digits below 1, unless a floor or ceiling says otherwise.
func (t *Tuner) Next(now time.Time, present float64) float64 {
	if !positive(present) {
		return t.clamp(1)
	}
	t.present = present
	t.advance(now)
	next := present
	if want, off := t.wanted(); off {
		want = min(max(want, present/maxDown), present*maxUp)
		next = round(want)
	}
	if next = t.clamp(next); next != present {
		t.stepped(next)
	}
	return next
}

// wanted is the difficulty that would bring the wanted rate, and whether the
// present one is off by more than the band and chance explain.
func (t *Tuner) wanted() (difficulty float64, off bool) {
	if work, since, ok := t.burst(); ok {
		t.shares, t.squares = burstRecent-1, burstRecent-1
		t.exposure = t.shares * since / work
	} else if gap := t.last.Sub(t.lastSeen).Seconds(); gap*t.rate >= t.patience() {
		// Nothing is known but that no share came for so long.
		t.shares, t.squares = 0, 0
		t.exposure = gap / t.present
		return 1 / t.exposure / t.rate, true
	}
	if t.shares < minSharesDown {
		return 0, false
	}
	want := t.shares / t.exposure / t.rate
	if want > t.present && t.shares < minSharesUp-1 {
		return 0, false
	}
	deviation := math.Sqrt(t.squares) / t.shares
	return want, math.Abs(math.Log(want/t.present)) > max(math.Log(band), deviations*deviation)
}

// patience is how many wanted shares must stay away to be a silence.
func (t *Tuner) patience() float64 {
	if t.shares < knownShares {
		return newSilence
	}
	return knownSilence
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

// advance counts the time up to now. Time that goes back does not count.
func (t *Tuner) advance(now time.Time) {
	if !t.started {
		t.started, t.last, t.lastSeen = true, now, now
		return
	}
	dt := now.Sub(t.last).Seconds()
	if dt <= 0 {
		return
	}
	keep := math.Exp(-dt / t.memory)
	t.shares *= keep
	t.squares *= keep * keep
	t.exposure = t.exposure*keep + t.memory*(1-keep)/t.present
	t.last = now
}

// stepped notes a new difficulty. The silence before it has had its say.
func (t *Tuner) stepped(difficulty float64) {
	t.present, t.lastSeen, t.count = difficulty, t.last, 0
}

func (t *Tuner) clamp(d float64) float64 { return min(max(d, t.min), t.max) }

// round makes a difficulty that miners can parse and people can read.
func round(d float64) float64 {
	digits := 2
	if d >= 0.995 {
		if d < 1000 {
			return math.Round(d)
		}
		digits = 3
	}
	r, _ := strconv.ParseFloat(strconv.FormatFloat(d, 'e', digits-1, 64), 64)
	return r
}

func positive(d float64) bool { return d > 0 && !math.IsInf(d, 1) }
