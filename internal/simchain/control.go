package simchain

import (
	"context"
	"fmt"
	"time"
)

// faults are the misbehaviours that are switched on.
type faults struct {
	stall       chan struct{} // requests wait until it closes; nil: they do not
	slow        time.Duration
	lie         bool
	flipFlop    bool
	loseReplies bool
	peerless    bool
	cutOff      bool
	warmUp      bool
	behind      int    // how far the peers of an Elastos node are ahead of it
	chainID     uint16 // reported instead of the real one, if not 0
}

// Submission is one block that the node was given, with what it said.
type Submission struct {
	At      time.Time
	Method  string // submitblock, submitauxblock, getauxblock or generatetoaddress
	Hash    Hash
	Height  int    // 0 where the block is not known
	Verdict string // null, true, false, a BIP22 string, or "error -8: ..."
	Reason  string // what the node knows and does not say, such as the rule of merged mining
	Best    bool   // on the best chain just after
}

// Submissions lists what the node was given, oldest first.
func (n *Node) Submissions() []Submission {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]Submission(nil), n.log...)
}

// Calls is how often a method was asked for, refused calls included.
func (n *Node) Calls(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

// maxCounted bounds the names that are counted, which callers choose.
const maxCounted = 1000

func (n *Node) count(method string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.calls[method]; ok || len(n.calls) < maxCounted {
		n.calls[method]++
	}
}

// now is the node's clock in Unix seconds.
func (n *Node) now() int64 { return n.cfg.Clock().Unix() }

// announceLocked wakes long polls and WaitHeight.
func (n *Node) announceLocked() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// Height is that of the best chain.
func (n *Node) Height() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.chain.tip().height
}

// Tip is the hash of the best chain's last block.
func (n *Node) Tip() Hash {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.chain.tip().hash
}

// Confirmations is what getblockheader says: 1 or more on the best chain, -1
// off it, 0 where the block is unknown.
func (n *Node) Confirmations(h Hash) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := n.chain.blocks[h]
	if e == nil {
		return 0
	}
	return n.confirmationsLocked(e)
}

func (n *Node) confirmationsLocked(e *entry) int {
	if !n.chain.onBest(e) {
		return -1
	}
	return n.chain.tip().height - e.height + 1
}

// WaitHeight waits until the best chain has at least that height.
func (n *Node) WaitHeight(ctx context.Context, height int) error {
	for {
		n.mu.Lock()
		now, changed := n.chain.tip().height, n.changed
		n.mu.Unlock()
		if now >= height {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("simchain %s: at height %d of %d: %w", n.cfg.Name, now, height, ctx.Err())
		}
	}
}

// Jump adds count empty blocks of another miner and returns their hashes.
func (n *Node) Jump(count int) []Hash {
	n.mu.Lock()
	out := make([]Hash, 0, max(count, 0))
	for range count {
		out = append(out, n.foreignLocked(n.chain.tip()).hash)
	}
	n.announceLocked()
	n.mu.Unlock()
	n.relay()
	return out
}

// Reorg replaces the last depth blocks by a longer branch of another miner and
// returns the hashes of the new branch. A depth beyond genesis is cut to it.
func (n *Node) Reorg(depth int) []Hash {
	n.mu.Lock()
	old := n.chain.tip()
	e := old.ancestor(max(0, old.height-depth))
	var out []Hash
	for {
		e = n.foreignLocked(e)
		out = append(out, e.hash)
		if n.chain.onBest(e) {
			break
		}
	}
	n.announceLocked()
	n.mu.Unlock()
	n.relay()
	return out
}

// Stall makes the node take requests and answer none, until it is released.
// Those that waited are then worked on, unless their caller has gone.
func (n *Node) Stall(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case on && n.faults.stall == nil:
		n.faults.stall = make(chan struct{})
	case !on && n.faults.stall != nil:
		close(n.faults.stall)
		n.faults.stall = nil
	}
}

// Slow delays each reply.
func (n *Node) Slow(d time.Duration) { n.set(func(f *faults) { f.slow = d }) }

// FlipFlop makes createauxblock answer with two blocks in turn at one tip.
func (n *Node) FlipFlop(on bool) { n.set(func(f *faults) { f.flipFlop = on }) }

// Lie makes the node answer every block with success and store none.
func (n *Node) Lie(on bool) { n.set(func(f *faults) { f.lie = on }) }

// LoseReplies makes the node work on requests and close the connection instead
// of answering.
func (n *Node) LoseReplies(on bool) { n.set(func(f *faults) { f.loseReplies = on }) }

// Peerless makes the node report no connections; one of the Dogecoin family
// then gives no templates.
func (n *Node) Peerless(on bool) { n.set(func(f *faults) { f.peerless = on }) }

// CutOff makes every aux call fail, those that hand a proof in too, as at a node of a
// main network that has no peers at the moment. Source: AuxMiningCheck of Namecoin
// Core and Dogecoin Core.
func (n *Node) CutOff(on bool) { n.set(func(f *faults) { f.cutOff = on }) }

// auxCheckLocked is what comes before every aux call.
func (n *Node) auxCheckLocked() error {
	if n.faults.cutOff {
		return rpcErrorf(codeNotConnected, "%s is not connected!", n.cfg.Name)
	}
	return nil
}

// WarmUp makes the node answer every call with error -28, as one does that is
// still loading.
func (n *Node) WarmUp(on bool) { n.set(func(f *faults) { f.warmUp = on }) }

// Behind makes a node of Elastos report peers that are so many blocks ahead.
func (n *Node) Behind(blocks int) { n.set(func(f *faults) { f.behind = blocks }) }

// WrongChainID makes the node report this chain id in aux work and template
// versions, while its rules stay the same; 0 ends it.
func (n *Node) WrongChainID(id uint16) { n.set(func(f *faults) { f.chainID = id }) }

func (n *Node) set(change func(*faults)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.faults)
}

// fault reads the present misbehaviours.
func (n *Node) fault() faults {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.faults
}

// forget drops what dies with a process.
func (n *Node) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.aux.forget()
	n.tmpl = templateState{}
}
