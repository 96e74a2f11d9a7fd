package simtari

import (
	"encoding/binary"
	"fmt"
	"hash"
	"math/big"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/sha3"

	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// Hash is a hash in the order in which it is computed, sent and printed.
type Hash [32]byte

func (h Hash) String() string { return fmt.Sprintf("%x", h[:]) }

// newHasher is Tari's consensus hasher for block headers: Blake2b-256, fed with
// the label behind its length.
func newHasher(network byte) hash.Hash {
	h, err := blake2b.New256(nil)
	if err != nil {
		panic("simtari: " + err.Error()) // only a key could be wrong
	}
	label := fmt.Sprintf("com.tari.base_layer.core.blocks.v0.block_header.n%d", network)
	write(h, uint64(len(label)))
	h.Write([]byte(label))
	return h
}

// write feeds a value as Borsh does.
func write(h hash.Hash, values ...any) {
	for _, v := range values {
		if b, ok := v.([]byte); ok {
			h.Write(b)
			continue
		}
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			panic("simtari: " + err.Error()) // only a type could be wrong
		}
	}
}

func sum(h hash.Hash) (out Hash) {
	h.Sum(out[:0])
	return out
}

// form says what a header consists of.
type form struct {
	old    bool   // no block_output_mr, as before 2025
	future []byte // a field that nobody knows yet; nil for none
}

// miningHash is the hash of a header without its proof of work.
func miningHash(network byte, h *tarirpc.BlockHeader, f form) Hash {
	w := newHasher(network)
	write(w, uint16(h.Version), h.Height, h.PrevHash, h.Timestamp, h.InputMr, h.OutputMr, h.OutputMmrSize)
	if !f.old {
		write(w, h.BlockOutputMr)
	}
	write(w, h.KernelMr, h.KernelMmrSize)
	for _, offset := range [][]byte{h.TotalKernelOffset, h.TotalScriptOffset} {
		write(w, uint32(len(offset)), offset)
	}
	write(w, h.ValidatorNodeMr, h.ValidatorNodeSize)
	write(w, f.future)
	return sum(w)
}

// blockID is the hash by which a block is known.
func blockID(network byte, mining Hash, h *tarirpc.BlockHeader) Hash {
	w := newHasher(network)
	write(w, mining[:], uint8(h.GetPow().GetPowAlgo()), uint32(len(h.GetPow().GetPowData())), h.GetPow().GetPowData(), h.Nonce)
	return sum(w)
}

// pow is the SHA3x hash, to be read big-endian.
func pow(mining Hash, nonce uint64, algorithm byte) Hash {
	in := binary.LittleEndian.AppendUint64(nil, nonce)
	in = append(append(in, mining[:]...), algorithm)
	h := sha3.Sum256(in)
	for range 2 {
		h = sha3.Sum256(h[:])
	}
	return h
}

// achieved is the difficulty of a SHA3x hash: floor((2^256-1)/hash), at most
// what fits 64 bits.
func achieved(h Hash) uint64 {
	n := new(big.Int).SetBytes(h[:])
	if n.Sign() == 0 {
		return 0
	}
	most := new(big.Int).Lsh(big.NewInt(1), 256)
	most.Sub(most, big.NewInt(1))
	if q := most.Div(most, n); q.IsUint64() {
		return q.Uint64()
	}
	return ^uint64(0)
}
