package chain

import "time"

// Limits of what one stream may bring. They are far above what a chain needs and
// far below what would keep the pool's processor from its miners.
const (
	// readRate messages a second are read after readBurst at once; then the coin
	// is made to wait, which over gRPC stops the plugin and costs the pool
	// nothing. A message counts as one more for each readUnit of its size.
	readRate  = 1000
	readBurst = 500
	readUnit  = 64 << 10
)

// pace is how often a change is passed on: so many at once, after which they are
// spaced. Between two that pass, the latest wins.
type pace struct {
	burst   float64
	spacing time.Duration
}

// The paces of the streams; all of a stream's hold. A job maker that is told more
// often makes jobs that nobody gets to hash.
var (
	workPace = []pace{{20, 50 * time.Millisecond}}

	// Each piece of aux work becomes a job of another chain's miners, of which a
	// pool remembers 64: what lasts must be slow enough for slow miners.
	auxPace = []pace{workPace[0], {120, time.Second}}

	statePace = []pace{{20, 500 * time.Millisecond}} // of health, each of which may be a line in the log
)

// bucket holds tokens that come back with time. It may be in debt.
type bucket struct {
	tokens, most, rate float64 // rate: tokens a second
	filled             time.Time
}

// wait fills b and says how long to wait until it has n tokens.
func (b *bucket) wait(now time.Time, n float64) time.Duration {
	b.tokens = min(b.most, b.tokens+now.Sub(b.filled).Seconds()*b.rate)
	b.filled = now
	if b.tokens >= n {
		return 0
	}
	// A nanosecond more than computed, so that rounding cannot end a wait early.
	return time.Duration((n-b.tokens)/b.rate*float64(time.Second)) + 1
}

// gate limits one stream of one session: how much is read, and how often a
// change is passed on. It belongs to one goroutine.
type gate struct {
	read    bucket
	changes []bucket
}

func newGate(paces []pace, now time.Time) *gate {
	g := &gate{read: bucket{tokens: readBurst, most: readBurst, rate: readRate, filled: now}}
	for _, p := range paces {
		g.changes = append(g.changes, bucket{tokens: p.burst, most: p.burst, rate: 1 / p.spacing.Seconds(), filled: now})
	}
	return g
}

// rest says whether the next message may be read now, and after what pause to
// look again; 0 when nothing but a message can change anything. Holding says
// that a change waits, which could not pass at this moment.
func (g *gate) rest(now time.Time, holding bool) (read bool, pause time.Duration) {
	pause = g.read.wait(now, 0)
	read = pause == 0
	if holding {
		if pass := g.passIn(now); read || pass < pause {
			pause = pass
		}
	}
	return read, pause
}

// got notes a message of so many bytes, which may leave a debt.
func (g *gate) got(size int) { g.read.tokens -= float64(1 + size/readUnit) }

// passIn says how long to wait before a change may pass.
func (g *gate) passIn(now time.Time) (wait time.Duration) {
	for i := range g.changes {
		wait = max(wait, g.changes[i].wait(now, 1))
	}
	return wait
}

// passed notes a change that was passed on.
func (g *gate) passed() {
	for i := range g.changes {
		g.changes[i].tokens--
	}
}
