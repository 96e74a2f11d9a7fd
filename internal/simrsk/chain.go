package simrsk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"
)

// Sizes that rskj names in RskMiningConstants and MinerServerImpl.
const (
	keptWorks  = 20
	uncleDepth = 7
	uncleLimit = 10
)

// Config is how a chain is.
type Config struct {
	Target  [32]byte // big-endian, of every block
	Network string   // what net_version says; empty means "33", regtest
	Peers   int
}

// Block is one block of the chain.
type Block struct {
	Number uint64
	Hash   [32]byte // as printed
	Parent [32]byte
	Mined  [32]byte   // what was mined for
	Uncles [][32]byte // hashes of blocks off the chain
}

// work is a block that waits for its proof.
type work struct {
	block  Block
	fees   uint64
	notify bool
}

// Node is a simulated node. Its methods may be called concurrently.
type Node struct {
	cfg Config

	mu      sync.Mutex
	blocks  map[[32]byte]*Block // all, also off the chain
	chain   []*Block            // the best, by number
	loose   []*Block            // off the chain and not yet an uncle
	works   map[[32]byte]*work
	order   [][32]byte // of works, oldest first
	current *work
	counter uint64
	fault   string
	slow    time.Duration
	calls   map[string]int
	results []string // of submissions

	server *server
}

// New starts a node on loopback, with ten blocks. Close ends it.
func New(cfg Config) (*Node, error) {
	if cfg.Network == "" {
		cfg.Network = "33"
	}
	n := &Node{cfg: cfg, blocks: map[[32]byte]*Block{}, works: map[[32]byte]*work{}, calls: map[string]int{}}
	genesis := &Block{Hash: sha256.Sum256([]byte("genesis of a simulated Rootstock"))}
	n.blocks[genesis.Hash], n.chain = genesis, []*Block{genesis}
	n.build(0)
	for range 10 {
		n.Mine()
	}
	var err error
	n.server, err = serve(n)
	return n, err
}

// Mine puts a foreign block on the chain.
func (n *Node) Mine() Block {
	n.mu.Lock()
	defer n.mu.Unlock()
	b := n.child(n.best())
	n.connect(b)
	return *b
}

// Refresh rebuilds the work at the same parent, as rskj does once a minute.
func (n *Node) Refresh(fees uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.build(fees)
}

// Best is the tip.
func (n *Node) Best() Block {
	n.mu.Lock()
	defer n.mu.Unlock()
	return *n.best()
}

// Results are the words that submissions were answered with, in order.
func (n *Node) Results() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.results...)
}

// Calls is how often a method was called.
func (n *Node) Calls(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

func (n *Node) best() *Block { return n.chain[len(n.chain)-1] }

// child makes a block on a parent; nobody knows it yet.
func (n *Node) child(parent *Block) *Block {
	n.counter++
	b := &Block{Number: parent.Number + 1, Parent: parent.Hash}
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], n.counter)
	b.Mined = sha256.Sum256(append(append([]byte("mined for"), seed[:]...), parent.Hash[:]...))
	b.Hash = sha256.Sum256(append([]byte("block"), b.Mined[:]...))
	return b
}

// connect adds a block, to the chain where it is the tip's child, otherwise
// beside it, and builds the next work.
func (n *Node) connect(b *Block) (result string) {
	if n.blocks[b.Hash] != nil {
		return "EXIST"
	}
	n.blocks[b.Hash] = b
	if b.Parent != n.best().Hash {
		n.loose = append(n.loose, b)
		n.build(0)
		return "IMPORTED_NOT_BEST"
	}
	n.chain = append(n.chain, b)
	n.build(0)
	return "IMPORTED_BEST"
}

// build makes the work on the tip, which names late blocks as its uncles.
func (n *Node) build(fees uint64) {
	w := &work{block: *n.child(n.best()), fees: fees}
	for _, b := range n.loose {
		if named := n.named(b.Hash); !named && b.Number+uncleDepth > n.best().Number && len(w.block.Uncles) < uncleLimit {
			w.block.Uncles = append(w.block.Uncles, b.Hash)
		}
	}
	w.notify = n.current == nil || n.current.block.Parent != w.block.Parent || fees*10 > n.current.fees*11
	n.current = w
	n.works[w.block.Mined] = w
	n.order = append(n.order, w.block.Mined)
	if len(n.order) > keptWorks {
		delete(n.works, n.order[0])
		n.order = n.order[1:]
	}
}

// named reports whether a block of the chain has an uncle already.
func (n *Node) named(uncle [32]byte) bool {
	for _, b := range n.chain {
		for _, u := range b.Uncles {
			if u == uncle {
				return true
			}
		}
	}
	return false
}

// accept takes a proof for a work. What is wrong with it is said in rskj's words.
func (n *Node) accept(header, coinbase []byte, branch [][32]byte) (b Block, result, refusal string) {
	mined, ok := tagged(coinbase)
	w := n.works[mined]
	if !ok || w == nil {
		return b, "", fmt.Sprintf("Cannot publish block, could not find hash 0x%x in the cache", mined)
	}
	if err := check(header, coinbase, branch, n.cfg.Target); err != nil || n.fault == Refuse {
		return b, "", fmt.Sprintf("Invalid block supplied by miner: %x at height %d (%v)", mined[:4], w.block.Number, err)
	}
	b = w.block
	b.Hash = sha256.Sum256(append(append([]byte("block"), header...), mined[:]...))
	return b, n.connect(&b), ""
}
