package auxpow

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// HeaderSize is the size of a parent's block header, in bytes.
const HeaderSize = 80

// Offsets in a parent's block header.
const (
	headerMerkleRoot    = 36
	headerMerkleRootEnd = 68
)

// Proof shows that a parent's work covers an aux block. All hashes are in
// internal byte order. On the wire:
//
//	coinbase transaction
//	parent hash     32
//	coinbase branch count, 32 each
//	coinbase index   4  little-endian
//	chain branch    count, 32 each
//	chain index      4  little-endian
//	parent header   80
type Proof struct {
	// Coinbase is the parent's serialised coinbase. Nodes of today read it
	// with its witness too, older ones only stripped: send it stripped.
	Coinbase []byte

	// ParentHash is the hash of the parent block. No node checks it.
	ParentHash [32]byte

	// CoinbaseBranch leads from the coinbase to the parent's merkle root.
	CoinbaseBranch [][32]byte

	// CoinbaseIndex is 0: the coinbase is the first transaction.
	CoinbaseIndex uint32

	// ChainBranch leads from the aux block's hash to the root of the tree.
	ChainBranch [][32]byte

	// ChainIndex is the aux chain's slot in the tree.
	ChainIndex uint32

	// ParentHeader is the parent's block header, as mined.
	ParentHeader [HeaderSize]byte
}

// ParentVersion returns the version of the parent header.
func (p *Proof) ParentVersion() uint32 {
	return binary.LittleEndian.Uint32(p.ParentHeader[:4])
}

// Append appends the proof as nodes read it and returns the longer slice.
func (p *Proof) Append(dst []byte) []byte {
	const counts = 2 * 5 // the longest that occurs
	size := len(p.Coinbase) + 32*(1+len(p.CoinbaseBranch)+len(p.ChainBranch)) + counts + 8 + HeaderSize
	dst = slices.Grow(dst, size)

	dst = append(dst, p.Coinbase...)
	dst = append(dst, p.ParentHash[:]...)
	dst = appendBranch(dst, p.CoinbaseBranch, p.CoinbaseIndex)
	dst = appendBranch(dst, p.ChainBranch, p.ChainIndex)
	return append(dst, p.ParentHeader[:]...)
}

// appendBranch appends the count, the hashes and the index of a branch.
func appendBranch(dst []byte, branch [][32]byte, index uint32) []byte {
	dst = appendCount(dst, len(branch))
	for i := range branch {
		dst = append(dst, branch[i][:]...)
	}
	return binary.LittleEndian.AppendUint32(dst, index)
}

// Parse reads the proof that b starts with and returns what follows it. Nodes
// ignore what follows in submitauxblock; in a block the transactions do. The
// proof keeps no part of b. What is allocated never exceeds the size of b.
//
// A proof that Parse takes is written by Append with the same bytes.
//
// Errors: ErrTruncated, ErrNotCanonical, ErrTooLarge, ErrNoWitness, ErrTxFlags.
func Parse(b []byte) (p Proof, rest []byte, err error) {
	tx, err := scanTransaction(b)
	if err != nil {
		return Proof{}, nil, fmt.Errorf("proof: coinbase: %w", err)
	}

	r := reader{data: b, off: len(tx.raw)}
	copy(p.ParentHash[:], r.skip(32))
	p.CoinbaseBranch, p.CoinbaseIndex = r.branch()
	p.ChainBranch, p.ChainIndex = r.branch()
	copy(p.ParentHeader[:], r.skip(HeaderSize))
	if r.err != nil {
		return Proof{}, nil, fmt.Errorf("proof: %w at byte %d", r.err, r.off)
	}
	p.Coinbase = slices.Clone(tx.raw)
	return p, b[r.off:], nil
}

// branch returns the hashes and the index of a branch. The hashes are all
// there before room is made for them.
func (r *reader) branch() ([][32]byte, uint32) {
	raw := r.skip(32 * r.count())
	var branch [][32]byte
	if len(raw) > 0 {
		branch = make([][32]byte, len(raw)/32)
		for i := range branch {
			copy(branch[i][:], raw[32*i:])
		}
	}
	return branch, r.uint32()
}
