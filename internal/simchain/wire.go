package simchain

import (
	"bytes"
	"encoding/binary"
)

// Malformed is why bytes could not be read. It works with errors.Is.
type Malformed string

// Error implements error.
func (m Malformed) Error() string { return string(m) }

// What the reader refuses, after the texts of Core's deserialiser.
const (
	ErrEndOfData    Malformed = "end of data"
	ErrNonCanonical Malformed = "non-canonical ReadCompactSize()"
	ErrTooLarge     Malformed = "ReadCompactSize(): size too large"
	ErrSuperfluous  Malformed = "Superfluous witness record"
	ErrUnknownFlags Malformed = "Unknown transaction optional data"
)

// maxCompactSize is the largest count or length that Core reads (32 MiB).
const maxCompactSize = 0x02000000

// reader takes values from the front of a byte slice. The first failure sticks:
// later reads return zero values.
type reader struct {
	rest     []byte
	payloads bool // transactions of payloadVersion have a payload
	err      error
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// take returns the next n bytes, or nil once the data has ended.
func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.rest) {
		r.fail(ErrEndOfData)
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) u8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) hash() Hash {
	var h Hash
	copy(h[:], r.take(len(h)))
	return h
}

// size reads a CompactSize and insists on its shortest form.
func (r *reader) size() int {
	var n, least uint64
	switch first := r.u8(); first {
	case 0xfd:
		n, least = uint64(r.u16()), 0xfd
	case 0xfe:
		n, least = uint64(r.u32()), 0x10000
	case 0xff:
		n, least = r.u64(), 0x100000000
	default:
		n = uint64(first)
	}
	switch {
	case r.err != nil:
		return 0
	case n < least:
		r.fail(ErrNonCanonical)
		return 0
	case n > maxCompactSize:
		r.fail(ErrTooLarge)
		return 0
	}
	return int(n)
}

// bytes reads a length and as many bytes.
func (r *reader) bytes() []byte { return r.take(r.size()) }

// hashes reads a count and as many hashes.
func (r *reader) hashes() []Hash {
	n := r.size()
	var out []Hash
	for range n {
		h := r.hash()
		if r.err != nil {
			return nil
		}
		out = append(out, h)
	}
	return out
}

// putSize appends a CompactSize.
func putSize(b []byte, n int) []byte {
	switch {
	case n < 0xfd:
		return append(b, byte(n))
	case n <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(n))
	default:
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(n))
	}
}

// putBytes appends a length and the bytes.
func putBytes(b, data []byte) []byte { return append(putSize(b, len(data)), data...) }

// pushData appends the shortest script push of data of 1 to 75 bytes.
func pushData(script, data []byte) []byte {
	return append(append(script, byte(len(data))), data...)
}

// pushHeight is what BIP34 wants at the front of a coinbase script: the height
// as Core's script builder pushes a number.
func pushHeight(height int) []byte {
	switch {
	case height == 0:
		return []byte{0x00}
	case height <= 16:
		return []byte{byte(0x50 + height)}
	}
	num := binary.LittleEndian.AppendUint64(nil, uint64(height))
	num = bytes.TrimRight(num, "\x00")
	// A set top bit would read as a minus sign.
	if num[len(num)-1]&0x80 != 0 {
		num = append(num, 0)
	}
	return pushData(nil, num)
}
