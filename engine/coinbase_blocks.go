package engine

import (
	"context"

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
	beside  bool   // what the last job builds on does not stand on it
}

// open reports whether it is not known yet what became of the block.
func (b *ownBlock) open() bool {
	return b.state == "" || b.state == submit.Pending.String() || b.state == submit.Received.String()
}

// remember notes the blocks that were found before the start.
func (d *planner) remember() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rows() {
		if f := &r.Found; f.Chain == d.chain && f.Kind == submit.Parent && f.Pool == d.pool {
			d.blocks[f.Hash] = &ownBlock{height: f.Height}
		}
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
		b.state = state
		better = better || d.waits && blocked && b.counted
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
// block of the height of t's parent that is another one is beside the chain. On which of
// those beneath it a new parent stands is not known until the chain was asked: it may be
// of a branch that comes back.
func (d *planner) at(t *coins.Template) (p *plans, blind bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for h, b := range d.blocks {
		switch {
		case b.height+1 == t.Height:
			b.beside = h != t.PrevHash
		case t.PrevHash != d.prev:
			b.beside = false
		}
	}
	d.prev, d.height = t.PrevHash, t.Height
	if d.waits = d.blind(); d.waits {
		select {
		case d.wake <- struct{}{}:
		default:
		}
	}
	return d.now.Load(), d.waits
}

// blind reports whether the last job may stand on a block that the plan does not count.
// The caller holds the lock.
func (d *planner) blind() bool {
	for h, b := range d.blocks {
		if !b.counted && (h == d.prev || d.doubtful(b)) {
			return true
		}
	}
	return false
}

// doubtful reports whether the last job may stand on a block that is not right beneath
// it. The caller holds the lock.
func (d *planner) doubtful(b *ownBlock) bool { return b.height+1 < d.height && !b.beside }

// ask finds out whether the last job stands on blocks of which that is not known, and
// has a better one made where it stands on none. It says so only where one node has
// the job's parent as its tip before and after it says that it has them elsewhere, or
// not at all: another node may lag behind, or have a tip of the same height.
func (d *planner) ask(ctx context.Context) {
	prev, height, doubts := d.doubts()
	if len(doubts) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, resolveWait)
	defer cancel()
	node, ok := d.tipOf(ctx, prev, height-1)
	if !ok {
		return
	}
	var beside []coins.Hash
	for h, at := range doubts {
		st, err := d.status(ctx, h, at)
		if err == nil && st.Node == node && (st.State == coins.BlockSide || st.State == coins.BlockUnknown) {
			beside = append(beside, h)
		}
	}
	if again, ok := d.tipOf(ctx, prev, height-1); ok && again == node && d.settle(prev, beside) {
		d.better()
	}
}

// doubts are the blocks to ask for, with their heights, and the last job.
func (d *planner) doubts() (prev coins.Hash, height uint64, all map[coins.Hash]uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all = map[coins.Hash]uint64{}
	for h, b := range d.blocks {
		if !b.counted && h != d.prev && d.doubtful(b) {
			all[h] = b.height
		}
	}
	return d.prev, d.height, all
}

// tipOf is the node that has a block as its tip.
func (d *planner) tipOf(ctx context.Context, h coins.Hash, height uint64) (node string, ok bool) {
	st, err := d.status(ctx, h, height)
	return st.Node, err == nil && st.State == coins.BlockBestChain && st.Confirmations == 1
}

// settle notes blocks that are not beneath prev, and reports whether a job made now
// may pay what the last one could not.
func (d *planner) settle(prev coins.Hash, beside []coins.Hash) (better bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if prev != d.prev {
		return false
	}
	for _, h := range beside {
		if b := d.blocks[h]; b != nil {
			b.beside = true
		}
	}
	return d.waits && !d.blind()
}
