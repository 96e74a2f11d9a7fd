package namecoin

import (
	"context"
	"sync"
)

// pending counts the submissions that are under way to each node. A node may
// forget a block when it is asked for the next one, so that asking waits until
// what was found is delivered. Submissions never wait.
type pending struct {
	mu   sync.Mutex
	n    map[string]int
	idle map[string]chan struct{} // closed when the node's count is 0 again
}

func newPending() *pending {
	return &pending{n: map[string]int{}, idle: map[string]chan struct{}{}}
}

// begin counts a submission until done is called.
func (p *pending) begin(node string) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n[node]++; p.n[node] == 1 {
		p.idle[node] = make(chan struct{})
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.n[node]--; p.n[node] == 0 {
			close(p.idle[node])
		}
	}
}

// wait waits until no submission to the node is under way.
func (p *pending) wait(ctx context.Context, node string) error {
	for {
		p.mu.Lock()
		busy, idle := p.n[node] > 0, p.idle[node]
		p.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
