package simchain

import (
	"math/big"
	"slices"
)

// Reject is a node's word for why it does not take a block (BIP22). It works
// with errors.Is.
type Reject string

// Error implements error.
func (r Reject) Error() string { return string(r) }

// What else a submission may be called.
const (
	Duplicate        Reject = "duplicate"
	DuplicateInvalid Reject = "duplicate-invalid"
	DuplicateUnclear Reject = "duplicate-inconclusive"
	Inconclusive     Reject = "inconclusive"
	NotBestPrev      Reject = "inconclusive-not-best-prevblk"
	PrevUnknown      Reject = "prev-blk-not-found"
	PrevInvalid      Reject = "bad-prevblk"
	HighHash         Reject = "high-hash"
	// NativeRefused is no word of a real node: Config.NoNative is ours.
	NativeRefused Reject = "native-block-disallowed"
)

// entry is a block in the index of all blocks that were accepted.
type entry struct {
	blk     *block
	hash    Hash
	prev    *entry // nil for genesis
	height  int
	work    *big.Int // of the whole chain up to here
	invalid bool     // itself or an ancestor broke a rule, or is said to
	broken  bool     // broke a rule before it could be connected
	checked bool     // was on the best chain once, so all rules hold
}

// chain is the index of blocks, the best chain and the transactions in it. It
// has no lock of its own.
type chain struct {
	cfg    *Config
	blocks map[Hash]*entry
	best   []*entry // by height
	// pool knows every transaction that may stand in a block.
	pool *mempool
}

func newChain(cfg *Config, pool *mempool) *chain {
	c := &chain{cfg: cfg, blocks: map[Hash]*entry{}, pool: pool}
	blk := genesis(cfg)
	e := &entry{blk: blk, hash: blk.id, work: blockWork(blk.bits), checked: true}
	c.blocks[e.hash] = e
	c.best = []*entry{e}
	return c
}

func (c *chain) tip() *entry { return c.best[len(c.best)-1] }

// onBest reports whether a block is part of the best chain.
func (c *chain) onBest(e *entry) bool {
	return e.height < len(c.best) && c.best[e.height] == e
}

// medianTime is the median of the times of a block and its ten predecessors.
func (e *entry) medianTime() int64 {
	times := make([]int64, 0, 11)
	for i := 0; i < 11 && e != nil; i++ {
		times = append(times, int64(e.blk.time))
		e = e.prev
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// ancestor walks back to a height.
func (e *entry) ancestor(height int) *entry {
	for e.height > height {
		e = e.prev
	}
	return e
}

// nextBits is what a block on top of e must carry.
func (c *chain) nextBits(e *entry) uint32 {
	n := c.cfg.Retarget
	if n <= 0 || (e.height+1)%n != 0 || e.height < 2 {
		return e.blk.bits
	}
	// Genesis is far in the past and must not count.
	first := e.ancestor(max(1, e.height-n))
	want := int64(c.cfg.Spacing.Milliseconds()) * int64(e.height-first.height)
	took := (int64(e.blk.time) - int64(first.blk.time)) * 1000
	took = min(max(took, want/4), want*4)

	target, _ := expand(e.blk.bits)
	limit, _ := expand(c.cfg.PowLimit)
	target.Mul(target, big.NewInt(took)).Div(target, big.NewInt(want))
	switch {
	case target.Cmp(limit) > 0:
		target = limit
	case target.Sign() == 0:
		target.SetInt64(1)
	}
	return compact(target)
}

// accepted is what became of a block that was given to process.
type accepted struct {
	taken  bool   // stored, now or before
	fresh  bool   // not known before
	reason Reject // why it was refused, or "" where nothing was found
	detail error  // more than the node says; nil where there is no more
	best   bool   // on the best chain now
}

// process takes a block as Core's ProcessNewBlock does: the checks without
// context, the header, the block, and then whichever chain has most work.
// trusted blocks are not asked for their work.
func (c *chain) process(blk *block, now int64, trusted bool) accepted {
	if reason, detail := c.checkBlock(blk, !trusted); reason != "" {
		return accepted{reason: reason, detail: detail}
	}
	hash := blk.id
	if e := c.blocks[hash]; e != nil {
		if e.invalid {
			return accepted{reason: DuplicateInvalid}
		}
		return accepted{taken: true, best: c.onBest(e)}
	}
	prev := c.blocks[blk.prev]
	if reason := c.checkHeader(blk, prev, now); reason != "" {
		return accepted{reason: reason}
	}
	e := &entry{blk: blk, hash: hash, prev: prev, height: prev.height + 1}
	e.work = new(big.Int).Add(prev.work, blockWork(blk.bits))
	if reason := c.checkContents(blk, prev); reason != "" {
		// A witness that does not fit can be put right by others; everything
		// else stays wrong for ever.
		if !reason.mutable() {
			e.invalid, e.broken = true, true
			c.blocks[hash] = e
		}
		return accepted{reason: reason}
	}
	c.blocks[hash] = e

	reason := Reject("")
	if e.work.Cmp(c.tip().work) > 0 {
		reason = c.activate(e)
	}
	return accepted{taken: true, fresh: true, reason: reason, best: c.onBest(e)}
}

// mutable reports whether a rule concerns only data that the hash does not cover.
func (r Reject) mutable() bool {
	return r == "bad-witness-nonce-size" || r == "bad-witness-merkle-match" || r == "unexpected-witness"
}

// activate makes e the tip. If a block on the way breaks a rule, the best of
// the other chains is taken; the rule is returned if it was e that broke it.
func (c *chain) activate(e *entry) Reject {
	old, result := c.tip(), Reject("")
	for next := e; next != c.tip(); next = c.mostWork(old) {
		bad, reason := c.switchTo(next)
		if bad == nil {
			break
		}
		c.invalidate(bad)
		if bad == e {
			result = reason
		}
	}
	return result
}

// switchTo disconnects to the fork and connects up to e. It stops at the first
// block that breaks a rule and names both.
func (c *chain) switchTo(e *entry) (bad *entry, reason Reject) {
	var path []*entry
	fork := e
	for ; !c.onBest(fork); fork = fork.prev {
		path = append(path, fork)
	}
	for len(c.best) > fork.height+1 {
		c.pool.disconnect(c.tip().blk)
		c.best = c.best[:len(c.best)-1]
	}
	for _, next := range slices.Backward(path) {
		if !next.checked {
			if reason := c.checkSpending(next); reason != "" {
				return next, reason
			}
			next.checked = true
		}
		c.pool.connect(next.blk)
		c.best = append(c.best, next)
	}
	return nil, ""
}

// invalidate marks a block and what was built on it.
func (c *chain) invalidate(bad *entry) {
	for _, e := range c.blocks {
		if e.height >= bad.height && e.ancestor(bad.height) == bad {
			e.invalid = true
		}
	}
}

// mostWork finds the valid block with most work, the preferred one on a tie.
func (c *chain) mostWork(preferred *entry) *entry {
	best := c.tip()
	if !preferred.invalid && preferred.work.Cmp(best.work) >= 0 {
		best = preferred
	}
	for _, e := range c.blocks {
		if !e.invalid && e.work.Cmp(best.work) > 0 {
			best = e
		}
	}
	return best
}

// condemn treats a block as if it broke a rule, as invalidateblock does.
func (c *chain) condemn(e *entry) {
	c.invalidate(e)
	if c.onBest(e) {
		// Everything on the way down was connected before.
		c.switchTo(e.prev)
	}
	c.activate(c.mostWork(c.tip()))
}

// acquit takes condemn back, for the block, its ancestors and what was built
// on it.
func (c *chain) acquit(e *entry) {
	for _, other := range c.blocks {
		low, high := e, other
		if low.height > high.height {
			low, high = high, low
		}
		if high.ancestor(low.height) == low {
			other.invalid = other.broken
		}
	}
	c.activate(c.mostWork(c.tip()))
}
