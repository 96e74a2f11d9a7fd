package hashpool

import (
	"runtime"

	"github.com/motherlode-pool/motherlode/algos"
)

// load is what a worker hashes at a time.
type load struct {
	of      []*Request // whose headers they are
	dst     []*[32]byte
	headers [][]byte
}

// serve is a worker: it hashes until the pool is closed. It takes its scratch with
// the first header.
func (p *Pool) serve() {
	var l algos.Lanes
	var held load
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for p.head == nil && !p.closed {
			p.work.Wait()
		}
		if p.closed {
			return
		}
		if l == nil {
			l = p.lanes()
		}
		p.take(&held, l.Width())
		p.hash(l, &held)
		p.give(&held)
		p.mu.Unlock()
		runtime.Gosched() // sessions that have their hashes go first
		p.mu.Lock()
	}
}

// take fills held with up to width headers: the next of each request in the round,
// and round again while there is room. What is left in the round is another
// worker's. mu is held.
func (p *Pool) take(held *load, width int) {
	held.of, held.dst, held.headers = held.of[:0], held.dst[:0], held.headers[:0]
	for len(held.of) < width && p.head != nil {
		r := p.pop()
		i := r.taken
		r.taken++
		held.of = append(held.of, r)
		held.dst = append(held.dst, &r.hashes[i])
		held.headers = append(held.headers, r.header(i))
		if r.taken < r.Len() {
			p.push(r)
		}
	}
	p.waiting -= len(held.of)
	if p.head != nil {
		p.work.Signal()
	}
}

// hash hashes what is held, without mu.
func (p *Pool) hash(l algos.Lanes, held *load) {
	p.mu.Unlock()
	defer p.mu.Lock()
	l.Sum(held.dst, held.headers)
}

// give ends the requests of which all is hashed. mu is held.
func (p *Pool) give(held *load) {
	p.stats.Calls++
	p.stats.Headers += uint64(len(held.of))
	for i, r := range held.of {
		if r.hashed++; r.hashed == r.Len() {
			r.done <- struct{}{} // has a slot
		}
		held.of[i], held.dst[i], held.headers[i] = nil, nil, nil
	}
}
