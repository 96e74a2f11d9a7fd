package simchain

import (
	"encoding/binary"
	"fmt"
)

// Version bits of a chain with merged mining.
//
//	bits  0-7   base version
//	bit   8     the block carries a proof of a parent's work
//	bits 16-31  chain id
const (
	auxVersionBit = 0x100
	baseMask      = 0xff
	baseVersion   = 4
	chainShift    = 16
)

// header is a decoded 80-byte block header.
type header struct {
	version uint32
	prev    Hash
	root    Hash
	time    uint32
	bits    uint32
	nonce   uint32
}

func readHeader(r *reader) header {
	return header{version: r.u32(), prev: r.hash(), root: r.hash(), time: r.u32(), bits: r.u32(), nonce: r.u32()}
}

// encode writes the 80 bytes.
func (h *header) encode() []byte {
	b := make([]byte, 0, 80)
	b = binary.LittleEndian.AppendUint32(b, h.version)
	b = append(b, h.prev[:]...)
	b = append(b, h.root[:]...)
	b = binary.LittleEndian.AppendUint32(b, h.time)
	b = binary.LittleEndian.AppendUint32(b, h.bits)
	return binary.LittleEndian.AppendUint32(b, h.nonce)
}

func (h *header) hash() Hash { return doubleSHA256(h.encode()) }

// chainID is what nodes read as chain id: the signed version shifted right.
func (h *header) chainID() int32 { return int32(h.version) >> chainShift }

// saysAux reports the bit that announces a proof.
func (h *header) saysAux() bool { return h.version&auxVersionBit != 0 }

// proof is a parent's work for an auxiliary block.
//
//	coinbase tx | parent hash 32 | tx branch | index 4 | chain branch | index 4 | parent header 80
type proof struct {
	coinbase    *tx
	parentHash  Hash // checked by nobody
	branch      []Hash
	index       int32
	chainBranch []Hash
	chainIndex  int32
	parent      header
}

func readProof(r *reader) *proof {
	return &proof{
		coinbase:    readTx(r),
		parentHash:  r.hash(),
		branch:      r.hashes(),
		index:       int32(r.u32()),
		chainBranch: r.hashes(),
		chainIndex:  int32(r.u32()),
		parent:      readHeader(r),
	}
}

// parseProof reads a proof; as with the real nodes bytes behind it do not count.
func parseProof(raw []byte) (*proof, error) {
	r := &reader{rest: raw}
	p := readProof(r)
	if r.err != nil {
		return nil, fmt.Errorf("auxpow: %w", r.err)
	}
	return p, nil
}

// encode writes the proof with a stripped coinbase.
func (p *proof) encode() []byte {
	b := p.coinbase.encode(false)
	b = append(b, p.parentHash[:]...)
	b = putHashes(b, p.branch)
	b = binary.LittleEndian.AppendUint32(b, uint32(p.index))
	b = putHashes(b, p.chainBranch)
	b = binary.LittleEndian.AppendUint32(b, uint32(p.chainIndex))
	return append(b, p.parent.encode()...)
}

func putHashes(b []byte, list []Hash) []byte {
	b = putSize(b, len(list))
	for _, h := range list {
		b = append(b, h[:]...)
	}
	return b
}

// block is a whole block. It is not changed once the chain has it.
type block struct {
	header
	id  Hash   // the header's hash, set by seal
	aux *proof // nil where the block has its own work
	txs []*tx
}

// seal computes the hash after the last change to the header.
func (b *block) seal() { b.id = b.header.hash() }

// readBlockHeader reads the header and, on a chain with merged mining, the
// proof that its version announces.
func readBlockHeader(r *reader, merged bool) *block {
	b := &block{header: readHeader(r)}
	if merged && r.err == nil && b.saysAux() {
		b.aux = readProof(r)
	}
	b.seal()
	return b
}

// parseBlock reads a block. Bytes behind it do not count, as with the real nodes.
func parseBlock(raw []byte, merged bool) (*block, error) {
	return parseForkBlock(raw, merged, false)
}

// parseForkBlock is parseBlock of a chain whose coinbases may have payloads.
func parseForkBlock(raw []byte, merged, payloads bool) (*block, error) {
	r := &reader{rest: raw, payloads: payloads}
	b := readBlockHeader(r, merged)
	for n := r.size(); n > 0 && r.err == nil; n-- {
		b.txs = append(b.txs, readTx(r))
	}
	if r.err != nil {
		return nil, fmt.Errorf("block: %w", r.err)
	}
	return b, nil
}

// encodeHeader writes the header and the proof, if there is one.
func (b *block) encodeHeader() []byte {
	out := b.header.encode()
	if b.aux != nil {
		out = append(out, b.aux.encode()...)
	}
	return out
}

// encode writes the whole block with its witness data.
func (b *block) encode() []byte {
	out := putSize(b.encodeHeader(), len(b.txs))
	for _, t := range b.txs {
		out = append(out, t.encode(true)...)
	}
	return out
}

// txRoot is the merkle root over the transaction ids.
func (b *block) txRoot() (Hash, bool) {
	ids := make([]Hash, len(b.txs))
	for i, t := range b.txs {
		ids[i] = t.id
	}
	return merkleRoot(ids)
}

// witnessRoot is the merkle root over the hashes with witness data, in which
// the coinbase counts as zero.
func witnessRoot(txs []*tx) Hash {
	ids := make([]Hash, len(txs))
	for i, t := range txs[1:] {
		ids[i+1] = t.wid
	}
	root, _ := merkleRoot(ids)
	return root
}

// weight is the block's weight without its proof, which the limit ignores.
func (b *block) weight() int {
	n := 4 * (80 + len(putSize(nil, len(b.txs))))
	for _, t := range b.txs {
		n += t.weight()
	}
	return n
}
