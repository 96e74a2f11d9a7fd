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
	// newSilence. A silence that lasts is more likely a pause than slowness:
	// from the second step on each waits twice as long as the one before, and
	// what a known miner had is lowered pauseDown times at most, so that no
	// flood follows.
	knownSilence = 12.0
	newSilence   = 6.0
	knownShares  = 8
	pauseDown    = 1024.0

	// The bounds of one step. Down is the smaller: a pause is no slowness. Up
	// goes further where it only takes back what silence has done.
	maxUp   = 16.0
	maxDown = 4.0

	// settleFor bounds how long after a step up nothing is counted. Until its next
	// job a device may send by the old difficulty or already by the new one, and
	// is credited with the old: what it sends says nothing of its hash rate.
	settleFor = 60 * time.Second

	// maxDoublings keeps the longest wait of a silence at some hours.
	maxDoublings = 10

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

	settled time.Time // up to then nothing is counted but bursts; zero when all is

	silent int     // steps down for silence since the last share
	before float64 // difficulty of a known miner before they began; 0 without

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
	pause := t.silent > 0 && t.before > 0
	t.lastSeen, t.silent = t.last, 0
	switch {
	case pause: // of a miner that was known: it is over, count from here
		t.shares, t.squares, t.exposure, t.settled = 0, 0, 0, time.Time{}
	case t.settled.IsZero():
		// A share of an older, easier job is worth a part of one.
		weight := min(1, difficulty/t.present)
		t.shares += weight
		t.squares += weight * weight
	case difficulty >= t.present:
		t.settled = time.Time{} // the new difficulty is in force: count from here
	}
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
	want, off := t.wanted()
	if off {
		want = min(max(want, present/maxDown), max(present*maxUp, t.before))
		next = round(want)
	}
	if next = t.clamp(next); next != present {
		t.stepped(next)
	}
	return next
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
	if t.settled.After(now) {
		t.last = now
		return
	}
	t.settled = time.Time{}
	keep := math.Exp(-dt / t.memory)
	t.shares *= keep
	t.squares *= keep * keep
	t.exposure = t.exposure*keep + t.memory*(1-keep)/t.present
	t.last = now
}

// stepped notes a new difficulty. The silence before it has had its say.
func (t *Tuner) stepped(difficulty float64) {
	if difficulty > t.present {
		t.settled = t.last.Add(settleFor)
	}
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
