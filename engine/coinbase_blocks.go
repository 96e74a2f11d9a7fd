package engine

import (
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/submit"
)

// deepest is how many blocks a reorganisation is expected to take back at most: so
// long a block of ours that is off the chain may come back, and one on it go.
const deepest = 12

// ownBlock is a block that was found here not long ago.
type ownBlock struct {
	height  uint64
	state   string // of the ledger at the last look; "" before the first
	counted bool   // what it paid is in the carries of the last look
	beside  bool   // the chain has another one in its place
}

// open reports whether it is not known yet what became of the block.
func (b *ownBlock) open() bool {
	return b.state == "" || b.state == submit.Pending.String() || b.state == submit.Received.String()
}

// remember notes the blocks that were found before the start. One is beside the chain
// where it is known that the chain has another of ours.
func (d *planner) remember() {
	had := map[uint64]bool{}
	rows := slices.DeleteFunc(d.rows(), func(r submit.Row) bool {
		return r.Found.Chain != d.chain || r.Found.Kind != submit.Parent || r.Found.Pool != d.pool
	})
	for _, r := range rows {
		if r.State == submit.Accepted || r.State == submit.Mature {
			had[r.Found.Height] = true
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range rows {
		d.blocks[r.Found.Hash] = &ownBlock{height: r.Found.Height, beside: r.State == submit.Received && had[r.Found.Height]}
	}
}

// found notes a block before it is submitted: what it pays is in no plan yet.
func (d *planner) found(h coins.Hash, height uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.blocks[h] = &ownBlock{height: height}
}

// open is the number of blocks of which the plan does not know what became.
func (d *planner) open() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.blocks {
		if b.open() {
			n++
		}
	}
	return n
}

// states are what the ledger knows now of the blocks found here.
func (d *planner) states() map[coins.Hash]string {
	all := map[coins.Hash]string{}
	d.mu.Lock()
	for h := range d.blocks {
		all[h] = ""
	}
	d.mu.Unlock()
	for h := range all {
		if b, err := d.ledger.Block(d.chain, h); err == nil {
			all[h] = b.State
		}
	}
	return all
}

// changed reports whether these states are news.
func (d *planner) changed(states map[coins.Hash]string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for h, s := range states {
		if b := d.blocks[h]; b != nil && b.state != s {
			return true
		}
	}
	return false
}

// publish has jobs take plans from now on. States are the ledger's of the blocks found
// here, before and after it was asked: what is on the chain in both is in its answer. It
// reports whether a job made now may pay what the last one could not.
func (d *planner) publish(p *plans, before, after map[coins.Hash]string) (better bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	better = d.now.Load() == nil
	for h, then := range after {
		b := d.blocks[h]
		if b == nil {
			continue
		}
		state, blocked := before[h], !b.counted && !b.beside
		b.counted = onChain(state) && onChain(then)
		if was := b.state; was != state {
			b.state = state
			if !b.open() && !onChain(state) && d.height > 0 {
				b.beside = h != d.prev
			}
		}
		better = better || d.waits && blocked && (b.counted || b.beside)
		if state != "" && state != submit.Pending.String() && b.height+deepest <= d.height {
			delete(d.blocks, h)
		}
	}
	d.now.Store(p)
	return better
}

func onChain(state string) bool {
	return state == submit.Accepted.String() || state == submit.Mature.String()
}

// at is the newest plan for a job of t, and whether it is blind: t may build on a block
// of which the plan does not count what it paid, and which must not be paid again. A
// block of the height of t's parent that is another one is beside the chain, and so it
// is for the blocks that follow one by one. Where they do not, nothing is known.
func (d *planner) at(t *coins.Template) (p *plans, blind bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	follows := d.height == 0 || t.PrevHash == d.prev || t.Height == d.height+1
	d.prev, d.height = t.PrevHash, t.Height
	d.waits = false
	for h, b := range d.blocks {
		switch {
		case b.height+1 == t.Height:
			b.beside = h != t.PrevHash
		case !follows:
			b.beside = false
		}
		if !b.counted && (h == t.PrevHash || b.height < t.Height && !b.beside) {
			d.waits = true
		}
	}
	return d.now.Load(), d.waits
}
