package tari

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/crypto/blake2b"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/tari/tarirpc"
)

// The bytes that a SHA3x miner hashes.
//
//	offset  size  field
//	0       8     nonce, little-endian
//	8       32    mining hash
//	40      1     algorithm, 1 = SHA3x
//
// The first bytes of the nonce tell sessions apart: SHA3x miners know them as
// "xn", two bytes.
const (
	nonceSize      = 8
	extranonceSize = 2
	hashSize       = 32
	headerSize     = nonceSize + hashSize + 1

	powSHA3x = 1 // number of the algorithm in headers
)

// sha3x is the proof of work.
var sha3x = func() algos.Algorithm {
	a, err := algos.ByName("sha3x")
	if err != nil {
		panic("tari: " + err.Error())
	}
	return a
}()

// powHeader is what is hashed for a mining hash and a nonce.
func powHeader(mining [hashSize]byte, nonce uint64) []byte {
	h := binary.LittleEndian.AppendUint64(make([]byte, 0, headerSize), nonce)
	h = append(h, mining[:]...)
	return append(h, powSHA3x)
}

// miningHash is the hash of a header without nonce and proof of work. The field
// block_output_mr came in 2025: nodes from before it do not send it.
//
// It is Blake2b-256 over a tag and the fields, each as Borsh writes it, without
// lengths but for the two offsets. The tag is the length of the label as 64
// bits and the label, which ends with the network's number.
// Source: tari, base_layer/core/src/blocks/block_header.rs.
func miningHash(h *tarirpc.BlockHeader, id byte) ([hashSize]byte, error) {
	fields := [][]byte{
		h.GetPrevHash(), h.GetInputMr(), h.GetOutputMr(), h.GetKernelMr(),
		h.GetTotalKernelOffset(), h.GetTotalScriptOffset(), h.GetValidatorNodeMr(),
	}
	with := len(h.GetBlockOutputMr()) > 0
	if with {
		fields = append(fields, h.GetBlockOutputMr())
	}
	for _, f := range fields {
		if len(f) != hashSize {
			return [hashSize]byte{}, fmt.Errorf("%w: header with a field of %d bytes, want %d", ErrReply, len(f), hashSize)
		}
	}
	if h.GetVersion() > 0xffff {
		return [hashSize]byte{}, fmt.Errorf("%w: header of version %d", ErrReply, h.GetVersion())
	}

	le := binary.LittleEndian
	label := "com.tari.base_layer.core.blocks.v0.block_header.n" + strconv.Itoa(int(id))
	b := le.AppendUint64(nil, uint64(len(label)))
	b = append(b, label...)
	b = le.AppendUint16(b, uint16(h.GetVersion()))
	b = le.AppendUint64(b, h.GetHeight())
	b = append(b, h.GetPrevHash()...)
	b = le.AppendUint64(b, h.GetTimestamp())
	b = append(b, h.GetInputMr()...)
	b = append(b, h.GetOutputMr()...)
	b = le.AppendUint64(b, h.GetOutputMmrSize())
	if with {
		b = append(b, h.GetBlockOutputMr()...)
	}
	b = append(b, h.GetKernelMr()...)
	b = le.AppendUint64(b, h.GetKernelMmrSize())
	b = append(le.AppendUint32(b, hashSize), h.GetTotalKernelOffset()...)
	b = append(le.AppendUint32(b, hashSize), h.GetTotalScriptOffset()...)
	b = append(b, h.GetValidatorNodeMr()...)
	b = le.AppendUint64(b, h.GetValidatorNodeSize())
	return blake2b.Sum256(b), nil
}

// powHash is the proof-of-work hash of a header as the engine names it: the
// little-endian number. It reports false for a header whose form is not known,
// which shows in a difficulty other than the one that the node counted.
func powHash(h *tarirpc.BlockHeader, difficulty uint64, id byte) (coins.Hash, bool) {
	mining, err := miningHash(h, id)
	if err != nil {
		return coins.Hash{}, false
	}
	var sum [hashSize]byte
	sha3x.Sum(&sum, powHeader(mining, h.GetNonce()), nil)
	got, err := algos.HashDifficulty64(&sum)
	return sum, err == nil && got == difficulty
}

// fromNode turns a hash as nodes send it, and print it, into the order of the
// engine, which prints hashes reversed.
func fromNode(b []byte) (h coins.Hash, err error) {
	if len(b) != len(h) {
		return h, fmt.Errorf("%w: hash of %d bytes, want %d", ErrReply, len(b), len(h))
	}
	copy(h[:], b)
	slices.Reverse(h[:])
	return h, nil
}

// toNode is the inverse of fromNode.
func toNode(h coins.Hash) []byte {
	slices.Reverse(h[:])
	return h[:]
}
