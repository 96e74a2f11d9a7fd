package chain

import (
	"fmt"
	"sync"
	"time"
)

const (
	// floodRate is the messages in one second from which a stream is said to
	// flood: more than twice what can pass.
	floodRate = 50

	// floodMemory is how many seconds back that is looked for.
	floodMemory = 10

	// floodHeld is the messages in one second from which a stream that had to be
	// held back is said to flood: a few large ones are none.
	floodHeld = 10
)

// Flow is what came in one stream of a coin, over all its sessions.
type Flow struct {
	Stream   string // "templates", "aux work", "health"
	Received uint64 // messages
	Unused   uint64 // of these, replaced by a later one before anybody saw them
	Peak     int    // most in one second of the last ten
	Held     bool   // in these the coin was made to wait
}

// Problem says that the stream floods, and what is done about it; empty when it
// does not.
func (f Flow) Problem() string {
	if f.Peak < floodRate && !(f.Held && f.Peak >= floodHeld) {
		return ""
	}
	what := f.Stream
	if what == "health" {
		what = "health reports"
	}
	held := ""
	if f.Held {
		held = " and is made to wait"
	}
	return fmt.Sprintf("sends %d %s a second%s; only the latest is used", f.Peak, what, held)
}

// flow counts one stream. Its methods may be called concurrently.
type flow struct {
	stream string

	mu       sync.Mutex
	received uint64
	unused   uint64
	second   int64                // of the newest count
	counts   [floodMemory + 1]int // by second modulo their number
	held     int64                // the last second in which it was held back
	told     bool                 // that it floods; watch's own
}

// got counts a message, and with replaced one that nobody has seen.
func (f *flow) got(now time.Time, replaced bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.received++
	if replaced {
		f.unused++
	}
	f.turn(now)
	f.counts[f.second%int64(len(f.counts))]++
}

// hold notes that the coin is made to wait.
func (f *flow) hold(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = now.Unix()
}

// turn makes the counts those of the last seconds up to now. Flow.mu is held.
func (f *flow) turn(now time.Time) {
	second := now.Unix()
	for steps := min(second-f.second, int64(len(f.counts))); steps > 0; steps-- {
		f.counts[(second-steps+1)%int64(len(f.counts))] = 0
	}
	f.second = max(f.second, second)
}

// view is what was counted up to now.
func (f *flow) view(now time.Time) Flow {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(now)
	v := Flow{Stream: f.stream, Received: f.received, Unused: f.unused, Held: f.second-f.held <= floodMemory}
	for _, n := range f.counts {
		v.Peak = max(v.Peak, n)
	}
	return v
}

// Flows is what came in each stream of the coin that has sent anything.
func (r *Runner) Flows() []Flow {
	var all []Flow
	now := time.Now()
	for _, f := range []*flow{&r.flows.templates, &r.flows.aux, &r.flows.health} {
		if v := f.view(now); v.Received > 0 {
			all = append(all, v)
		}
	}
	return all
}

// watchFlows reports once when a stream begins to flood, and once when it is over.
func (r *Runner) watchFlows(now time.Time) {
	for _, f := range []*flow{&r.flows.templates, &r.flows.aux, &r.flows.health} {
		why := f.view(now).Problem()
		if (why != "") == f.told {
			continue
		}
		f.told = !f.told
		if f.told {
			r.log.Warn("coin floods: it " + why)
			r.event(Event{Kind: Floods, Err: fmt.Errorf("%w: it %s", ErrFlood, why)})
			continue
		}
		r.log.Info("coin floods no more", "stream", f.stream)
		r.event(Event{Kind: Calmed})
	}
}
