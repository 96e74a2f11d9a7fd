package main

import (
	"crypto/sha256"
	"sync"
	"time"

	pb "github.com/motherlode-pool/motherlode/plugins/compat/v1_0/coinv1"
)

// bits and target are those of regtest chains: every second hash is a block.
const bits = 0x207fffff

var target = append([]byte{0x7f, 0xff, 0xff}, make([]byte, 29)...)

// coin is a chain in memory.
type coin struct {
	mu     sync.Mutex
	open   bool
	tip    [32]byte
	height uint64
	blocks map[[32]byte]uint64 // heights
	moved  chan struct{}       // closed when the tip moves
	lastID uint64
}

func newCoin() *coin {
	return &coin{height: 100, tip: [32]byte{1}, blocks: map[[32]byte]uint64{}, moved: make(chan struct{})}
}

func info(network string) *pb.CoinInfo {
	return &pb.CoinInfo{
		Symbol: "OLD", Name: "Oldcoin", Network: network, Algorithm: "sha256d", DifficultyOne: append([]byte{0, 0, 0, 0, 0xff, 0xff}, make([]byte, 26)...),
		BlockTimeNs: uint64(time.Minute), Maturity: 10, Decimals: 8, VersionMask: 0x1fffe000, AuxChainId: 77, HasAuxChainId: true,
	}
}

// extend makes a block of the hash and tells the streams.
func (c *coin) extend(hash [32]byte) pb.VerdictCode {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.blocks[hash]; ok {
		return pb.VerdictCode_VERDICT_CODE_DUPLICATE
	}
	c.height++
	c.tip, c.blocks[hash] = hash, c.height
	close(c.moved)
	c.moved = make(chan struct{})
	return pb.VerdictCode_VERDICT_CODE_RECEIVED
}

// state is the tip, a new id, and what is closed when the tip moves.
func (c *coin) state() (tip [32]byte, height, id uint64, moved <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	return c.tip, c.height, c.lastID, c.moved
}

func sha256d(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}
