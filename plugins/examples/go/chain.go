package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// The kinds of refusal, which become verdicts.
var (
	errDuplicate = errors.New("duplicate")
	errStale     = errors.New("the block does not build on the tip")
)

// chain is the toy chain. A block is its 80-byte header, laid out as Bitcoin's:
//
//	version       4  little-endian: chain id, bit 8 for "merge-mined", 4
//	previous hash 32
//	merkle root   32 here: the height, little-endian, and zeros
//	time          4  little-endian
//	bits          4  little-endian
//	nonce         4  0: the work is the parent's
//
// and its hash is the double SHA-256 of that. Its methods may be called
// concurrently.
type chain struct {
	id     uint32
	bits   uint32
	target algos.Target
	rules  auxpow.Rules
	now    func() time.Time

	mu      sync.Mutex
	heights map[coins.Hash]uint64
	tip     coins.Hash
	height  uint64
	next    *coins.AuxWork
	changed chan struct{} // closed when the tip moves
}

func newChain(id, bits uint32, target algos.Target, now func() time.Time) *chain {
	c := &chain{
		id: id, bits: bits, target: target, now: now, heights: map[coins.Hash]uint64{},
		rules: auxpow.Rules{ChainID: id, StrictID: true, NoAuxParent: true},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	genesis := c.header(coins.Hash{}, 0, 0)
	c.moveTo(auxpow.DoubleHash(genesis), 0)
	return c
}

// header serialises a block.
func (c *chain) header(prev coins.Hash, height uint64, at uint32) []byte {
	h := make([]byte, 0, auxpow.HeaderSize)
	h = binary.LittleEndian.AppendUint32(h, c.id<<16|auxpow.AuxFlag|4)
	h = append(h, prev[:]...)
	h = binary.LittleEndian.AppendUint64(h, height)
	h = append(h, make([]byte, 24)...)
	h = binary.LittleEndian.AppendUint32(h, at)
	h = binary.LittleEndian.AppendUint32(h, c.bits)
	return append(h, 0, 0, 0, 0)
}

// moveTo makes a block the tip and prepares the work that builds on it. C.mu is
// held.
func (c *chain) moveTo(hash coins.Hash, height uint64) {
	c.tip, c.height, c.heights[hash] = hash, height, height
	header := c.header(hash, height+1, uint32(c.now().Unix()))
	c.next = &coins.AuxWork{
		ID:       height + 1,
		Hash:     auxpow.DoubleHash(header),
		PrevHash: hash,
		Height:   height + 1,
		Bits:     c.bits,
		Target:   c.target,
		Reward:   50_0000_0000,
		Node:     nodeName,
		Source:   "memory",
		Opaque:   header, // all that it takes to rebuild the block
		Slot:     &coins.Slot{ChainID: c.id},
		Rules:    coins.AuxRules{StrictID: c.rules.StrictID, NoAuxParent: c.rules.NoAuxParent},
	}
	if c.changed != nil {
		close(c.changed)
	}
	c.changed = make(chan struct{})
}

// state is the tip, the work on top of it, and a channel that is closed when
// both are history. The work is not to be changed.
func (c *chain) state() (tip coins.Hash, height uint64, work *coins.AuxWork, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tip, c.height, c.next, c.changed
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

// accept appends the block that header is when the proof is good, and returns
// its height. The error is errDuplicate, errStale, or names the broken rule.
func (c *chain) accept(header []byte, proof *auxpow.Proof) (uint64, error) {
	if len(header) != auxpow.HeaderSize {
		return 0, fmt.Errorf("the header has %d bytes, want %d", len(header), auxpow.HeaderSize)
	}
	hash := coins.Hash(auxpow.DoubleHash(header))
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.heights[hash]; ok {
		return 0, errDuplicate
	}
	if [32]byte(header[4:36]) != [32]byte(c.tip) {
		return 0, errStale
	}
	at := binary.LittleEndian.Uint32(header[68:])
	if string(header) != string(c.header(c.tip, c.height+1, at)) {
		return 0, errors.New("the header is not one of this chain")
	}
	if err := auxpow.Verify(proof, hash, c.rules); err != nil {
		return 0, err
	}
	if err := proof.VerifyWork(c.bits, sha256d); err != nil {
		return 0, err
	}
	c.moveTo(hash, c.height+1)
	return c.height, nil
}

func sha256d(header *[auxpow.HeaderSize]byte) [32]byte { return auxpow.DoubleHash(header[:]) }
