package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"

	"github.com/motherlode-pool/motherlode/coins"
)

// Limits of blocks.
const (
	headerSize = 80
	maxBlock   = 4_000_000
	minScript  = 2
	maxScript  = 100 // of a coinbase's input
)

var errCut = errors.New("the block ends in the middle")

// header is a block's header, all numbers little-endian:
//
//	version        4
//	previous hash 32
//	merkle root   32
//	time           4
//	bits           4
//	nonce          4
type header struct {
	version    uint32
	prev, root coins.Hash
	time       uint32
	bits       uint32
	nonce      uint32
}

func (h header) bytes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, h.version)
	b = append(append(b, h.prev[:]...), h.root[:]...)
	b = binary.LittleEndian.AppendUint32(b, h.time)
	b = binary.LittleEndian.AppendUint32(b, h.bits)
	return binary.LittleEndian.AppendUint32(b, h.nonce)
}

func (h header) hash() coins.Hash { return doubleHash(h.bytes()) }

// block is a block: its header, then the number of its transactions, then these.
type block struct {
	header
	id  coins.Hash
	txs []transaction // at least one
}

func (b *block) ids() []coins.Hash {
	ids := make([]coins.Hash, len(b.txs))
	for i, tx := range b.txs {
		ids[i] = tx.id
	}
	return ids
}

// transaction is what the rules want to know of one.
type transaction struct {
	id     coins.Hash
	inputs uint64
	spends []byte // the 36 bytes that name the first input
	script []byte // of the first input
	paid   uint64 // sum of the outputs
}

// checkCoinbase demands one input that spends nothing, with a script that begins
// with push.
func (t transaction) checkCoinbase(push []byte) error {
	nothing := append(make([]byte, 32), 0xff, 0xff, 0xff, 0xff)
	switch {
	case t.inputs != 1 || !bytes.Equal(t.spends, nothing):
		return errors.New("the first transaction is no coinbase")
	case len(t.script) < minScript || len(t.script) > maxScript:
		return errors.New("the coinbase's script is too short or too long")
	case !bytes.HasPrefix(t.script, push):
		return errors.New("the coinbase does not begin with the height")
	}
	return nil
}

// parseBlock reads a block. What is behind it is a fault too.
func parseBlock(raw []byte) (*block, error) {
	if len(raw) > maxBlock {
		return nil, errors.New("the block is too big")
	}
	r := &reader{rest: raw}
	b := &block{header: header{version: r.u32(), prev: r.hash(), root: r.hash(), time: r.u32(), bits: r.u32(), nonce: r.u32()}}
	for range r.count() {
		start := r.rest
		tx := r.transaction()
		if r.err != nil {
			return nil, r.err
		}
		tx.id = doubleHash(start[:len(start)-len(r.rest)])
		b.txs = append(b.txs, tx)
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(b.txs) == 0:
		return nil, errors.New("the block has no transactions")
	case len(r.rest) > 0:
		return nil, errors.New("something follows the block")
	}
	b.id = doubleHash(raw[:headerSize])
	return b, nil
}

// reader takes a serialisation apart. After the first fault it reads zeros.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.rest)) {
		r.err = errCut
	}
	if r.err != nil {
		return make([]byte, min(n, 32))
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) u32() uint32      { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64      { return binary.LittleEndian.Uint64(r.take(8)) }
func (r *reader) hash() coins.Hash { return coins.Hash(r.take(32)) }

// count reads a number of things that follow.
func (r *reader) count() uint64 {
	switch n := r.take(1)[0]; n {
	case 0xfd:
		return uint64(binary.LittleEndian.Uint16(r.take(2)))
	case 0xfe:
		return uint64(r.u32())
	case 0xff:
		return r.u64()
	default:
		return uint64(n)
	}
}

func (r *reader) transaction() (tx transaction) {
	r.take(4) // version
	tx.inputs = r.count()
	for i := range tx.inputs {
		if r.err != nil {
			return tx
		}
		spends, script := r.take(36), r.take(r.count())
		r.take(4) // sequence
		if i == 0 {
			tx.spends, tx.script = spends, script
		}
	}
	for range r.count() {
		value := r.u64()
		if r.err == nil && value > math.MaxUint64-tx.paid {
			r.err = errors.New("the outputs of a transaction overflow")
		}
		if r.err != nil {
			return tx
		}
		tx.paid += value
		r.take(r.count())
	}
	r.take(4) // lock time
	return tx
}
