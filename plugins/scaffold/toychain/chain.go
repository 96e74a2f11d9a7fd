package main

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// Replace this file and block.go by your node.
//
// What the rest of the plugin asks of it is small: the newest template and the
// newest state of health, which others follow; submit; find. With a node, template
// comes of getblocktemplate, submit of submitblock, find of getblockheader, and
// health is down for as long as the node does not answer.

// nodeName stands where a coin with a node has the address of that.
const nodeName = "memory"

// The kinds of refusal that are verdicts of their own.
var (
	errDuplicate = errors.New("the chain has this block")
	errStale     = errors.New("the chain has grown since: the block does not build on the tip")
)

// Constants of the chain.
const (
	subsidy      = 50_0000_0000 // base units of each block
	fee          = 1000         // of each transaction
	blockVersion = 0x2000_0000
	versionMask  = 0x1fff_e000 // bits of it that miners may roll
	genesisTime  = 1_700_000_000
	maxAhead     = 2 * 60 * 60 // seconds that a block's time may be ahead of the clock
)

// rules are what settings change about the chain.
type rules struct {
	bits         uint32
	target       algos.Target
	transactions int // most that wait for a block at a time
}

// chain is a chain in memory. It forgets everything when the process ends, knows
// no side branches, and pays nobody. Its difficulty never changes. Its methods may
// be called at the same time.
type chain struct {
	rules rules
	now   func() time.Time

	template *latest[*coins.Template]
	health   *latest[coins.Health]

	mu      sync.Mutex
	heights map[coins.Hash]uint64
	tip     coins.Hash
	tipTime int64 // in its header
	heard   int64 // when it came, Unix nanoseconds
	height  uint64
	waiting map[coins.Hash]bool // transactions that may be in the next block, by id
	lastID  uint64
}

func newChain(r rules, now func() time.Time) *chain {
	c := &chain{
		rules: r, now: now, heights: map[coins.Hash]uint64{},
		template: newLatest[*coins.Template](nil), health: newLatest(coins.Health{}),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	genesis := header{version: blockVersion, time: genesisTime, bits: r.bits}
	c.grow(genesis.hash(), genesisTime, 0)
	return c
}

// grow makes a block the tip and tells everybody. C.mu is held.
func (c *chain) grow(tip coins.Hash, at int64, height uint64) {
	c.tip, c.tipTime, c.height, c.heights[tip] = tip, at, height, height
	c.heard = c.now().UnixNano()
	c.publish(coins.NewTip)
	c.health.set(coins.Health{
		State: coins.HealthReady, Height: height, Tip: tip,
		Nodes: []coins.NodeHealth{{Node: nodeName, State: coins.HealthReady, Height: height, Version: "toychain " + version, News: nodeName}},
	})
}

// refresh makes the present template anew.
func (c *chain) refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.publish(coins.Refresh)
}

// publish makes the template of the block that the chain wants next. It is ready
// to be mined: the branch is computed, the transactions stand one after the
// other. C.mu is held.
func (c *chain) publish(why coins.Reason) {
	height := c.height + 1
	txs := c.payments(height)
	ids, blob := make([]coins.Hash, len(txs)), []byte{}
	c.waiting = map[coins.Hash]bool{}
	for i, tx := range txs {
		ids[i] = doubleHash(tx)
		blob = append(blob, tx...)
		c.waiting[ids[i]] = true
	}
	fees := uint64(len(txs)) * fee

	c.lastID++
	now := c.now().Unix()
	c.template.set(&coins.Template{
		ID: c.lastID, Reason: why, Height: height, PrevHash: c.tip, Target: c.rules.target,
		Reward: subsidy + fees, Fees: fees, Time: max(now, c.tipTime), MinTime: c.tipTime, MaxTime: now + maxAhead,
		Node: nodeName, Source: nodeName, Heard: c.heard,
		Tree: &coins.CoinbaseTree{
			Version: blockVersion, VersionMask: versionMask, Bits: c.rules.bits,
			Branch: merkleBranch(ids), CoinbaseVersion: 1, ScriptPrefix: heightPush(height), ScriptLimit: maxScript,
			TxCount: len(txs), TxBlob: blob,
		},
	})
}

// payments are the transactions that wait for the block at height: none at first,
// one more with each block, and from as many as there may be none again. They
// spend what nobody has, and pay to anybody.
func (c *chain) payments(height uint64) (txs [][]byte) {
	for i := range height % uint64(c.rules.transactions+1) {
		spent := doubleHash(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, height), i))
		tx := []byte{1, 0, 0, 0, 1}
		tx = append(tx, spent[:]...)
		tx = append(tx, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)
		tx = binary.LittleEndian.AppendUint64(append(tx, 1), 5000)
		txs = append(txs, append(tx, 1, 0x51, 0, 0, 0, 0))
	}
	return txs
}

// find is the height of a block and the number of blocks from it to the tip,
// itself included; 0 when the chain does not know it.
func (c *chain) find(hash coins.Hash) (height, confirmations uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	height, ok := c.heights[hash]
	if !ok {
		return 0, 0
	}
	return height, c.height - height + 1
}

// submit appends a block to the chain and returns its height. The error is
// errDuplicate, errStale, or names the rule that the block breaks.
func (c *chain) submit(raw []byte) (uint64, error) {
	b, err := parseBlock(raw)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.heights[b.id]; ok {
		return 0, errDuplicate
	}
	if err := c.check(b); err != nil {
		return 0, err
	}
	c.grow(b.id, int64(b.time), c.height+1)
	return c.height, nil
}

// check holds a block against the rules. C.mu is held.
func (c *chain) check(b *block) error {
	_, known := c.heights[b.prev]
	id := [32]byte(b.id)
	switch {
	case b.bits != c.rules.bits:
		return errors.New("bad bits")
	case !c.rules.target.Meets(&id):
		return errors.New("the work was not done: the hash is above the target")
	case merkleRoot(b.ids()) != b.root:
		return errors.New("the merkle root is not that of the transactions")
	case !known:
		return errors.New("the previous block is not known")
	case b.prev != c.tip:
		return errStale
	case b.version&^versionMask != blockVersion:
		return errors.New("bad version")
	case int64(b.time) < c.tipTime:
		return errors.New("the time is before that of the previous block")
	case int64(b.time) > c.now().Unix()+maxAhead:
		return errors.New("the time is too far ahead")
	}
	return c.checkTransactions(b)
}

// checkTransactions demands one coinbase, which says the height and takes no more
// than it may, and behind it what waits, each at most once. C.mu is held.
func (c *chain) checkTransactions(b *block) error {
	if err := b.txs[0].checkCoinbase(heightPush(c.height + 1)); err != nil {
		return err
	}
	others := b.txs[1:]
	seen := map[coins.Hash]bool{}
	for _, tx := range others {
		if !c.waiting[tx.id] || seen[tx.id] {
			return errors.New("a transaction is none that waits, or is there twice")
		}
		seen[tx.id] = true
	}
	if most := subsidy + fee*uint64(len(others)); b.txs[0].paid > most {
		return errors.New("the coinbase pays more than subsidy and fees")
	}
	return nil
}
