package simchain

import (
	"sync"
	"time"
)

// How the server goes down and comes back.
const (
	outageGrace   = 200 * time.Millisecond // for the reply to the call that asked for it
	relistenPause = 20 * time.Millisecond
	relistenTries = 250 // five seconds
)

// power is whether the server is up and whether it should be.
type power struct {
	mu      sync.Mutex
	down    bool // wanted
	isDown  bool // no port is open
	started bool
	ended   bool
	changed chan struct{}    // closes at the next change of any of these
	timer   <-chan time.Time // ends an outage
	outages chan outage
}

// outage is a planned time of silence.
type outage struct {
	length time.Duration
	forget bool // it is a restart
}

func (p *power) init() {
	p.isDown = true
	p.changed = make(chan struct{})
	p.outages = make(chan outage, 1)
}

// broadcastLocked wakes all that wait.
func (p *power) broadcastLocked() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// start is called by Run, with a port that is open already or not. It is true
// the first time.
func (p *power) start(listening bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		return false
	}
	p.started, p.isDown = true, !listening
	return true
}

func (p *power) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.isDown = true, true
	p.broadcastLocked()
}

// report says what is the case now.
func (p *power) report(isDown bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isDown = isDown
	p.broadcastLocked()
}

// want says what is to be.
func (p *power) want(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.timer = down, nil
	p.broadcastLocked()
}

// wanted returns what is to be and a channel for its next change.
func (p *power) wanted() (down bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down, p.changed
}

// recovery fires at the end of a planned outage.
func (p *power) recovery() <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.timer
}

// await waits until the server is what is wanted, unless Run does not run.
func (p *power) await(down bool) {
	for {
		p.mu.Lock()
		met, changed := p.isDown == down || !p.started || p.ended || p.down != down, p.changed
		p.mu.Unlock()
		if met {
			return
		}
		<-changed
	}
}

// isUp reports whether the server answers, or would if Run were called.
func (p *power) isUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.down
}

// begin starts an outage, with the server already quiet.
func (n *Node) begin(out outage) {
	if out.forget {
		n.forget()
	}
	n.power.mu.Lock()
	defer n.power.mu.Unlock()
	n.power.down = true
	n.power.timer = time.After(out.length)
	n.power.broadcastLocked()
}

// Down closes the port and every connection, or opens the port again. It
// returns when that is done; before Run it only sets what Run begins with. The
// node keeps what it knows: see [Node.Restart] for a process that is started
// anew.
func (n *Node) Down(down bool) {
	n.power.want(down)
	n.power.await(down)
}

// Restart closes the port, forgets the templates of createauxblock, and opens
// the port again.
func (n *Node) Restart() {
	n.Down(true)
	n.forget()
	n.Down(false)
}
