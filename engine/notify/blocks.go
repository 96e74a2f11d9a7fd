package notify

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxChanged  = 10_000             // blocks that changed and were not looked at yet; beyond all are looked at
	maxScan     = 20_000             // blocks looked at at a start
	scanBack    = 7 * 24 * time.Hour // a block found so long before may still change
	ledgerWait  = 2 * time.Second    // for the ledger to have counted a block
	withoutWait = 20 * time.Second   // then it is told with what is known without the ledger
)

// changedBlocks are the blocks that changed since they were last looked at. Its zero
// value is ready, its methods are safe for concurrent use and never wait.
type changedBlocks struct {
	mu   sync.Mutex
	refs map[string]changedBlock
	all  bool // some were missed: look at all
}

type changedBlock struct {
	Block
	noted time.Time
}

func (c *changedBlocks) add(b Block, noted time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refs == nil {
		c.refs = map[string]changedBlock{}
	}
	key := blockKey(&b)
	if old, ok := c.refs[key]; ok && old.noted.Before(noted) {
		noted = old.noted
	}
	if len(c.refs) >= maxChanged {
		c.all = true
		return
	}
	c.refs[key] = changedBlock{b, noted}
}

func (c *changedBlocks) missed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = true
}

func (c *changedBlocks) take() (refs map[string]changedBlock, all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	refs, all = c.refs, c.all
	c.refs, c.all = nil, false
	return refs, all
}

func blockKey(b *Block) string { return b.Chain + " " + fmt.Sprintf("%x", b.Hash) }

// Block says that a block has changed, with what is known of it. It never waits.
func (n *Notifier) Block(b Block) {
	n.changed.add(b, time.Now())
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// blocks tells of the blocks that changed. One that the ledger does not have yet is
// looked at again.
func (n *Notifier) blocks(ctx context.Context) {
	refs, all := n.changed.take()
	if all {
		n.scan(ctx)
	}
	late := false // the ledger is not waited for again and again
	for _, ref := range refs {
		if ctx.Err() != nil {
			return
		}
		b, err := Block{}, error(context.DeadlineExceeded)
		if !late {
			asking, cancel := context.WithTimeout(ctx, ledgerWait)
			b, err = n.o.Source.Block(asking, ref.Chain, ref.Hash)
			cancel()
		}
		now := time.Now()
		switch {
		case err == nil:
			n.block(now, &b)
		case now.Sub(ref.noted) >= withoutWait:
			n.block(now, &ref.Block)
		default:
			late = true
			n.changed.add(ref.Block, ref.noted) // at the next look
		}
	}
}

// scan looks at all blocks that may have changed while nobody looked.
func (n *Notifier) scan(ctx context.Context) {
	n.mu.Lock()
	since := n.memory.Since.Add(-scanBack)
	n.mu.Unlock()
	asking, cancel := context.WithTimeout(ctx, ledgerWait)
	defer cancel()
	blocks, err := n.o.Source.Blocks(asking, since, maxScan)
	if err != nil {
		if !n.scanFailed && ctx.Err() == nil {
			n.log.Warn("blocks cannot be read yet, hooks are told of them when they can", "error", err)
		}
		n.scanFailed = true
		n.changed.missed()
		return
	}
	n.scanFailed = false
	now := time.Now()
	for i := len(blocks) - 1; i >= 0; i-- { // in the order in which they were found
		n.block(now, &blocks[i])
	}
}

// block tells what is new of a block.
func (n *Notifier) block(now time.Time, b *Block) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := blockKey(b)
	told, known := n.memory.Blocks[key]
	if !known && b.Changed.Before(n.memory.Since) {
		return
	}
	if known && b.Changed.Before(told.At) || b.State == "" {
		return // something newer was told
	}
	found := b.State == "received" || b.State == "accepted" || b.State == "mature" || b.State == "orphaned"
	if found && !told.Found {
		told.Found = true
		if !b.Found.Before(n.memory.Since) {
			n.tell(now, blockNotice(b, BlockFound, b.Found))
		}
	}
	if b.State == told.State {
		n.memory.Blocks[key] = told
		return
	}
	if told.State == "orphaned" && (b.State == "accepted" || b.State == "mature") {
		n.tell(now, blockNotice(b, BlockBack, b.Changed))
	}
	if kind, ok := blockKinds[b.State]; ok {
		n.tell(now, blockNotice(b, kind, b.Changed))
	}
	told.State, told.At = b.State, b.Changed
	n.memory.Blocks[key] = told
	n.dirty = true
}

var blockKinds = map[string]Kind{
	"mature": BlockMatured, "orphaned": BlockOrphaned, "refused": BlockRefused, "lost": BlockLost,
}

var blockWords = map[Kind]string{
	BlockFound: "found", BlockMatured: "has matured", BlockOrphaned: "is orphaned", BlockBack: "is on the best chain again",
	BlockRefused: "was refused by its node", BlockLost: "is lost: it has come to no node in time",
}

// blockNotice is what is told of a block.
func blockNotice(b *Block, kind Kind, at time.Time) Notice {
	out := Notice{
		Kind: kind, Time: at, Pool: b.Pool, Chain: b.Chain, Node: b.Node, Account: b.Account, Worker: b.Worker, Height: b.Height,
		Hash: b.HashText, Reward: b.Reward, Reason: b.Reason,
	}
	out.ID = idOf(string(kind), b.Chain, string(b.Hash[:]))
	if kind != BlockFound {
		out.ID = idOf(string(kind), b.Chain, string(b.Hash[:]), strconv.FormatInt(at.UnixMilli(), 10))
	}
	out.Title = fmt.Sprintf("Block %d of %s %s", b.Height, b.Chain, blockWords[kind])
	text := []string{out.Title}
	finder := minerName(b.Account, b.Worker)
	switch kind {
	case BlockFound:
		text[0] += " by " + finder
		if b.Effort > 0 {
			out.EffortPct = b.Effort * 100
			text = append(text, "effort "+percent(b.Effort))
		}
		text = append(text, rewardText(b)...)
		if took := b.Received.Sub(b.Found); !b.Received.IsZero() && took >= 0 {
			out.SubmittedMS = took.Milliseconds()
			text = append(text, "after "+span(took)+" at the node")
		}
	default:
		text = append(text, "found by "+finder+" at "+b.Found.UTC().Format("2006-01-02 15:04 UTC"))
		text = append(text, rewardText(b)...)
		if b.Reason != "" {
			text = append(text, "because: "+b.Reason)
		}
	}
	out.Text = strings.Join(text, ", ")
	return out
}

func rewardText(b *Block) []string {
	if b.Reward == "" {
		return nil
	}
	return []string{"reward " + b.Reward}
}

// percent is a ratio for people: "42 %", "0.31 %".
func percent(ratio float64) string {
	if p := ratio * 100; p < 10 {
		return fmt.Sprintf("%.2g %%", p)
	}
	return fmt.Sprintf("%.0f %%", ratio*100)
}
