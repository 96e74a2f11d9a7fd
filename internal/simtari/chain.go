package simtari

import (
	"math/big"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// Config describes a chain. The zero value is a MainNet chain of difficulty 1.
type Config struct {
	Network    byte   // number of the network: 0 is MainNet
	Difficulty uint64 // target difficulty of SHA3x blocks; 0 means 1
	Reward     uint64 // of a block, without fees; 0 means 13,000 XTM
	OldHeader  bool   // headers without block_output_mr

	// FutureField adds a field to the header that the messages do not have, and
	// to what is hashed. A block that comes back without it is refused.
	FutureField bool
}

// Constants of the chain.
const (
	defaultReward = 13_000_000_000 // µT
	blockVersion  = 2
	maturity      = 180
	futureLimit   = 540 // seconds
	medianBlocks  = 11
	futureField   = 30 // number of the header's field of Config.FutureField

	// quickDifficulty is the most for which blocks of other miners get real
	// work; beyond, they are taken on trust.
	quickDifficulty = 1 << 16
)

// block is a block that the chain knows.
type block struct {
	msg      *tarirpc.Block
	id       Hash
	parent   *block
	height   uint64
	achieved uint64   // difficulty that its hash has
	next     uint64   // difficulty that its children have to reach
	work     *big.Int // accumulated difficulty
	body     body
}

// Chain is a tree of blocks in memory. Its methods may be called concurrently.
type Chain struct {
	cfg Config

	mu         sync.Mutex
	difficulty uint64
	blocks     map[Hash]*block
	orphans    map[Hash][]*tarirpc.Block // by the previous block that is not known
	bad        map[Hash]string           // why a block was refused
	genesis    *block
	tip        *block
	fees       []uint64 // of the transactions that wait for a block
}

// NewChain makes a chain of one block.
func NewChain(cfg Config) *Chain {
	if cfg.Difficulty == 0 {
		cfg.Difficulty = 1
	}
	if cfg.Reward == 0 {
		cfg.Reward = defaultReward
	}
	c := &Chain{cfg: cfg, difficulty: cfg.Difficulty, blocks: map[Hash]*block{}, orphans: map[Hash][]*tarirpc.Block{}, bad: map[Hash]string{}}
	msg := &tarirpc.Block{Header: &tarirpc.BlockHeader{
		PrevHash: make([]byte, 32), Timestamp: uint64(time.Now().Add(-time.Hour).Unix()), Pow: &tarirpc.ProofOfWork{PowAlgo: 1},
		InputMr: random(), OutputMr: make([]byte, 32), KernelMr: make([]byte, 32), BlockOutputMr: make([]byte, 32),
		TotalKernelOffset: make([]byte, 32), TotalScriptOffset: make([]byte, 32), ValidatorNodeMr: make([]byte, 32),
	}}
	c.finish(msg.Header, c.future(msg.Header))
	c.genesis = &block{msg: msg, id: Hash(msg.Header.Hash), work: new(big.Int), next: cfg.Difficulty}
	c.blocks[c.genesis.id], c.tip = c.genesis, c.genesis
	return c
}

// Tip is the best block's id and height.
func (c *Chain) Tip() (Hash, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tip.id, c.tip.height
}

// At is the id of the block at a height of the best chain.
func (c *Chain) At(height uint64) (Hash, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := at(c.tip, height); b != nil {
		return b.id, true
	}
	return Hash{}, false
}

// Outputs are those of the block at a height of the best chain.
func (c *Chain) Outputs(height uint64) []Output {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := at(c.tip, height); b != nil {
		return b.body.outputs
	}
	return nil
}

// SetDifficulty changes the difficulty that the children of later blocks have
// to reach.
func (c *Chain) SetDifficulty(d uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.difficulty = d
}

// AddTx puts a transaction into the mempool.
func (c *Chain) AddTx(fee uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fees = append(c.fees, fee)
}

// Mine extends the best chain by n blocks of other miners.
func (c *Chain) Mine(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range n {
		c.extend(c.tip)
	}
}

// Reorg replaces the last depth blocks of the best chain by depth+1 others.
func (c *Chain) Reorg(depth int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, want := c.tip, c.tip.height+1
	for range depth {
		if b.parent != nil {
			b = b.parent
		}
	}
	for b.height < want {
		b = c.extend(b)
	}
}

// Fork makes a chain of its own that shares all blocks but the last depth.
func (c *Chain) Fork(depth int) *Chain {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := &Chain{cfg: c.cfg, difficulty: c.difficulty, blocks: map[Hash]*block{}, orphans: map[Hash][]*tarirpc.Block{}, bad: map[Hash]string{}, genesis: c.genesis, tip: c.tip}
	for range depth {
		if f.tip.parent != nil {
			f.tip = f.tip.parent
		}
	}
	for b := f.tip; b != nil; b = b.parent {
		f.blocks[b.id] = b
	}
	return f
}

// extend adds a block of another miner. The caller holds mu.
func (c *Chain) extend(parent *block) *block {
	msg := c.newBlock(parent, []share{{script: append([]byte{0x7e}, random()...), weight: 1}}, nil)
	h := msg.Header
	target := parent.next
	future := c.future(h)
	mining := miningHash(c.cfg.Network, h, form{c.cfg.OldHeader, future})
	for target <= quickDifficulty && achieved(pow(mining, h.Nonce, 1)) < target {
		h.Nonce++
	}
	c.finish(h, future)
	b := c.link(parent, msg, Hash(h.Hash), achieved(pow(mining, h.Nonce, 1)))
	b.body, _ = readBody(rawBody(msg.Body))
	return b
}

// link puts a block into the tree, and makes it the tip where it has more work.
func (c *Chain) link(parent *block, msg *tarirpc.Block, id Hash, got uint64) *block {
	b := &block{
		msg: msg, id: id, parent: parent, height: parent.height + 1, achieved: got, next: c.difficulty,
		work: new(big.Int).Add(parent.work, new(big.Int).SetUint64(parent.next)),
	}
	c.blocks[id] = b
	if b.work.Cmp(c.tip.work) > 0 {
		if parent == c.tip {
			c.fees = nil // all that waited went into the block
		}
		c.tip = b
	}
	return b
}

// future is the field of the header that nobody knows; nil where there is none.
func (c *Chain) future(h *tarirpc.BlockHeader) []byte {
	if !c.cfg.FutureField {
		return nil
	}
	return append([]byte("of the future"), h.PrevHash...)
}

// finish puts the id, and the field of the future, into a header.
func (c *Chain) finish(h *tarirpc.BlockHeader, future []byte) {
	mining := miningHash(c.cfg.Network, h, form{c.cfg.OldHeader, future})
	id := blockID(c.cfg.Network, mining, h)
	h.Hash = id[:]
	if future != nil {
		h.ProtoReflect().SetUnknown(appendBytes(nil, futureField, future))
	}
	if c.cfg.OldHeader {
		h.BlockOutputMr = nil
	}
}

// at is the block at a height of the chain that ends with tip; nil beyond it.
func at(tip *block, height uint64) *block {
	if height > tip.height {
		return nil
	}
	for tip.height > height {
		tip = tip.parent
	}
	return tip
}

// descends reports whether b stands on a.
func descends(b, a *block) bool { return at(b, a.height) == a }

// minTime is the earliest time that the child of a block may have.
func (b *block) minTime() uint64 {
	var times []uint64
	for n := b; n != nil && len(times) < medianBlocks; n = n.parent {
		times = append(times, n.msg.Header.Timestamp)
	}
	return median(times) + 1
}

// clone is a copy of a block's message that the caller may change.
func (b *block) clone() *tarirpc.Block { return proto.CloneOf(b.msg) }
