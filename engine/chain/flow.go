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

	logStream = "log lines"
)

// talker is a driver that counts the lines that its program has logged, and
// those of them that were dropped.
type talker interface {
	LogLines() (lines, dropped uint64)
}

// Flow is what came in one stream of a coin, over all its sessions. The lines
// that a plugin logs are a stream too.
type Flow struct {
	Stream   string // "templates", "aux work", "health", "log lines"
	Received uint64 // messages, lines
	Unused   uint64 // of these, replaced by a later one before anybody saw them; lines that were dropped
	Peak     int    // most in one second of the last ten
	Held     bool   // in these the coin was made to wait, or lines were dropped
}

// Problem says that the stream floods, and what is done about it; empty when it
// does not.
func (f Flow) Problem() string {
	if f.Stream == logStream {
		if !f.Held {
			return ""
		}
		return fmt.Sprintf("writes %d log lines a second; most are dropped and counted", f.Peak)
	}
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

// counted sets the totals, of which somebody else keeps count.
func (f *flow) counted(now time.Time, received, unused uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(now)
	f.counts[f.second%int64(len(f.counts))] += int(received - min(f.received, received))
	if unused > f.unused {
		f.held = now.Unix()
	}
	f.received, f.unused = received, unused
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
	for _, f := range r.flows.all() {
		if v := f.view(now); v.Received > 0 {
			all = append(all, v)
		}
	}
	return all
}

// flows are the streams of a coin.
type flows struct{ templates, aux, health, log flow }

func (f *flows) all() []*flow { return []*flow{&f.templates, &f.aux, &f.health, &f.log} }

// watchFlows reports once when a stream begins to flood, and once when it is over.
func (r *Runner) watchFlows(now time.Time) {
	if d, ok := r.driver.(talker); ok {
		lines, dropped := d.LogLines()
		r.flows.log.counted(now, lines, dropped)
	}
	for _, f := range r.flows.all() {
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
