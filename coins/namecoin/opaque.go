package namecoin

import (
	"encoding/binary"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// kind says how kept work is submitted.
type kind byte

// The kinds. They are written to journals: never renumber them.
const (
	kindBlock  kind = 1 // a block of our own, by submitblock
	kindCreate kind = 2 // by submitauxblock
	kindGet    kind = 3 // by getauxblock with two parameters
	kindBound  kind = 4 // by submitauxblock, with what must be known of the work
)

// Front of kept work. The version changes when the layout does.
const (
	opaqueMagic   = "mA"
	opaqueVersion = 1
	opaqueFront   = len(opaqueMagic) + 2
)

// kept is what is needed to submit work in a process that never saw it made:
//
//	0    magic      2  "mA"
//	2    version    1  1
//	3    kind       1
//
// and for kindBound
//
//	4    bits       4  little-endian
//	8    parent     32 the block that the parent must be built on; 0 for any
//
// and for kindBlock, where all numbers are little-endian,
//
//	4    header     80
//	84   length     4  of the coinbase
//	88   coinbase      with its witness
//	.    count      4  transactions without the coinbase
//	.    rest          their serialisations, to the end
type kept struct {
	kind     kind
	header   [block.HeaderSize]byte
	coinbase []byte
	count    uint32
	txs      []byte

	bits   uint32
	parent coins.Hash
}

// boundSize is the size of what kindBound has behind the front.
const boundSize = 4 + len(coins.Hash{})

func (k *kept) encode() []byte {
	out := make([]byte, 0, opaqueFront+block.HeaderSize+8+len(k.coinbase)+len(k.txs))
	out = append(out, opaqueMagic...)
	out = append(out, opaqueVersion, byte(k.kind))
	switch k.kind {
	case kindBound:
		out = binary.LittleEndian.AppendUint32(out, k.bits)
		return append(out, k.parent[:]...)
	case kindCreate, kindGet:
		return out
	}
	out = append(out, k.header[:]...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(k.coinbase)))
	out = append(out, k.coinbase...)
	out = binary.LittleEndian.AppendUint32(out, k.count)
	return append(out, k.txs...)
}

// decodeKept reads what encode wrote; the result points into b. Errors are of
// kind ErrOpaque.
func decodeKept(b []byte) (*kept, error) {
	if len(b) < opaqueFront || string(b[:len(opaqueMagic)]) != opaqueMagic {
		return nil, fmt.Errorf("%w: it is not of this driver", ErrOpaque)
	}
	if v := b[2]; v != opaqueVersion {
		return nil, fmt.Errorf("%w: version %d, expected %d", ErrOpaque, v, opaqueVersion)
	}
	k := &kept{kind: kind(b[3])}
	rest := b[opaqueFront:]
	switch k.kind {
	case kindCreate, kindGet:
		if len(rest) > 0 {
			return nil, fmt.Errorf("%w: %d bytes too many", ErrOpaque, len(rest))
		}
		return k, nil
	case kindBound:
		if len(rest) != boundSize {
			return nil, fmt.Errorf("%w: %d bytes, expected %d", ErrOpaque, len(rest), boundSize)
		}
		k.bits, k.parent = binary.LittleEndian.Uint32(rest), coins.Hash(rest[4:])
		return k, nil
	case kindBlock:
	default:
		return nil, fmt.Errorf("%w: kind %d", ErrOpaque, k.kind)
	}

	short := fmt.Errorf("%w: it ends early", ErrOpaque)
	if len(rest) < len(k.header)+4 {
		return nil, short
	}
	rest = rest[copy(k.header[:], rest):]
	size := uint64(binary.LittleEndian.Uint32(rest))
	rest = rest[4:]
	if uint64(len(rest)) < size+4 {
		return nil, short
	}
	k.coinbase, rest = rest[:size:size], rest[size:]
	k.count, k.txs = binary.LittleEndian.Uint32(rest), rest[4:]
	return k, nil
}

// hash is the hash of the block.
func (k *kept) hash() coins.Hash { return block.Sum(k.header[:]) }

// assemble is the block with its proof.
func (k *kept) assemble(proof []byte) []byte {
	out := make([]byte, 0, len(k.header)+len(proof)+9+len(k.coinbase)+len(k.txs))
	out = append(out, k.header[:]...)
	out = append(out, proof...)
	out = block.AppendVarInt(out, uint64(k.count)+1)
	out = append(out, k.coinbase...)
	return append(out, k.txs...)
}
