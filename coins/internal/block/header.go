package block

import (
	"encoding/binary"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// HeaderSize is the length of a serialised header.
const HeaderSize = 80

// Header is a block header.
//
//	0   version   4, little-endian
//	4   previous  32, internal order
//	36  root      32, internal order
//	68  time      4, little-endian
//	72  bits      4, little-endian
//	76  nonce     4, little-endian
type Header struct {
	Version uint32
	Prev    coins.Hash
	Root    coins.Hash
	Time    uint32
	Bits    uint32
	Nonce   uint32
}

// Append appends the 80 bytes of h to dst.
func (h Header) Append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, h.Version)
	dst = append(dst, h.Prev[:]...)
	dst = append(dst, h.Root[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, h.Time)
	dst = binary.LittleEndian.AppendUint32(dst, h.Bits)
	return binary.LittleEndian.AppendUint32(dst, h.Nonce)
}

// Hash is the block's id: the double SHA-256 of the header, whatever the
// chain's proof of work is.
func (h Header) Hash() coins.Hash {
	return Sum(h.Append(make([]byte, 0, HeaderSize)))
}

// Sum is the double SHA-256 of data.
func Sum(data []byte) coins.Hash {
	var h [32]byte
	algos.DoubleSHA256(&h, data)
	return h
}

// AppendVarInt appends n in Bitcoin's variable-length form.
func AppendVarInt(dst []byte, n uint64) []byte {
	switch {
	case n < 0xfd:
		return append(dst, byte(n))
	case n <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(dst, 0xfd), uint16(n))
	case n <= 0xffffffff:
		return binary.LittleEndian.AppendUint32(append(dst, 0xfe), uint32(n))
	}
	return binary.LittleEndian.AppendUint64(append(dst, 0xff), n)
}
