package auxpow

import (
	"encoding/binary"
	"fmt"
)

// maxCount is the greatest count or length that nodes read: 32 MiB.
const maxCount = 0x02000000

// Sizes of the fixed parts of a transaction, in bytes.
const (
	versionSize  = 4
	outpointSize = 36
	sequenceSize = 4
	valueSize    = 8
	lockTimeSize = 4
)

// witnessFlag is the only transaction flag that nodes of this family know.
const witnessFlag = 1

// transaction is where the parts of a serialised transaction stand. Two forms
// exist:
//
//	legacy     version 4 | inputs | outputs | lock time 4
//	extended   version 4 | 00 | flag 01 | inputs | outputs | witness | lock time 4
//
// A legacy one without inputs looks like an extended one with flag 0; nodes
// read it as a transaction of neither inputs nor outputs.
type transaction struct {
	raw      []byte // exactly the transaction
	extended bool
	body     []byte // inputs and outputs with their counts
	inputs   uint64
	script   []byte // of the first input
}

// scanTransaction finds the transaction that b starts with, as a node's reader
// would. It keeps slices of b and allocates nothing but an error.
//
// Source: UnserializeTransaction and ReadCompactSize of Bitcoin Core.
func scanTransaction(b []byte) (transaction, error) {
	var tx transaction
	r := reader{data: b}

	r.skip(versionSize)
	bodyStart := r.off
	inputs := r.count()
	if inputs == 0 && r.err == nil {
		switch flag := r.byte(); flag {
		case 0:
			// No inputs and no outputs; the flag was the count of outputs.
		default:
			tx.extended = true
			bodyStart = r.off
			inputs = r.count()
			tx.scanBody(&r, inputs)
			if flag != witnessFlag {
				r.fail(ErrTxFlags)
			}
		}
	} else {
		tx.scanBody(&r, inputs)
	}
	bodyEnd := r.off

	if tx.extended && !scanWitness(&r, inputs) {
		r.fail(ErrNoWitness)
	}
	r.skip(lockTimeSize)
	if r.err != nil {
		return transaction{}, fmt.Errorf("%w at byte %d", r.err, r.off)
	}
	tx.inputs = inputs
	tx.raw = b[:r.off:r.off]
	tx.body = b[bodyStart:bodyEnd]
	return tx, nil
}

// scanBody passes the inputs, whose count has been read, and the outputs.
// Each round consumes bytes or fails, so that a false count ends with the data.
func (tx *transaction) scanBody(r *reader, inputs uint64) {
	for i := uint64(0); i < inputs && r.err == nil; i++ {
		r.skip(outpointSize)
		script := r.skip(r.count())
		if i == 0 {
			tx.script = script
		}
		r.skip(sequenceSize)
	}
	outputs := r.count()
	for i := uint64(0); i < outputs && r.err == nil; i++ {
		r.skip(valueSize)
		r.skip(r.count())
	}
}

// scanWitness passes the witness stacks of all inputs and reports whether any
// of them has an item.
func scanWitness(r *reader, inputs uint64) bool {
	found := false
	for i := uint64(0); i < inputs && r.err == nil; i++ {
		items := r.count()
		found = found || items > 0
		for j := uint64(0); j < items && r.err == nil; j++ {
			r.skip(r.count())
		}
	}
	return found
}

// appendStripped appends the transaction without its witness.
func (tx *transaction) appendStripped(dst []byte) []byte {
	if !tx.extended {
		return append(dst, tx.raw...)
	}
	dst = append(dst, tx.raw[:versionSize]...)
	dst = append(dst, tx.body...)
	return append(dst, tx.raw[len(tx.raw)-lockTimeSize:]...)
}

// id returns the transaction's id, which does not cover the witness.
func (tx *transaction) id() [32]byte {
	if !tx.extended {
		return DoubleHash(tx.raw)
	}
	size := versionSize + len(tx.body) + lockTimeSize
	return DoubleHash(tx.appendStripped(make([]byte, 0, size)))
}

// scanWhole is scanTransaction for bytes that are to hold nothing else.
func scanWhole(b []byte) (transaction, error) {
	tx, err := scanTransaction(b)
	if err != nil {
		return transaction{}, err
	}
	if extra := len(b) - len(tx.raw); extra > 0 {
		return transaction{}, fmt.Errorf("%w: %d", ErrTrailing, extra)
	}
	return tx, nil
}

// Strip returns a copy of a serialised coinbase without witness data: what
// older aux chains can read, and what the transaction's id covers. A coinbase
// without witness is copied as it is.
//
// Errors: ErrTruncated, ErrNotCanonical, ErrTooLarge, ErrNoWitness, ErrTxFlags,
// ErrTrailing.
func Strip(coinbase []byte) ([]byte, error) {
	tx, err := scanWhole(coinbase)
	if err != nil {
		return nil, fmt.Errorf("strip coinbase: %w", err)
	}
	return tx.appendStripped(make([]byte, 0, len(coinbase))), nil
}

// TxID returns the id of a serialised transaction, with or without witness
// data, in internal byte order. Its errors are those of Strip.
func TxID(raw []byte) ([32]byte, error) {
	tx, err := scanWhole(raw)
	if err != nil {
		return [32]byte{}, fmt.Errorf("transaction id: %w", err)
	}
	return tx.id(), nil
}

// reader passes over serialised data. The first failure sticks, and everything
// after it reads as zero.
type reader struct {
	data []byte
	off  int
	err  error
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// skip returns the next n bytes, or nil if there are fewer.
func (r *reader) skip(n uint64) []byte {
	if r.err != nil {
		return nil
	}
	if n > uint64(len(r.data)-r.off) {
		r.fail(ErrTruncated)
		return nil
	}
	part := r.data[r.off : r.off+int(n)]
	r.off += int(n)
	return part
}

// byte returns the next byte.
func (r *reader) byte() byte {
	if b := r.skip(1); b != nil {
		return b[0]
	}
	return 0
}

// uint32 returns the next four bytes, little-endian.
func (r *reader) uint32() uint32 {
	if b := r.skip(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// count returns the next compact size. Like a node it refuses one that is
// longer than needed, and one above maxCount.
//
//	below fd   the byte itself
//	fd         2 bytes follow, little-endian
//	fe         4 bytes follow
//	ff         8 bytes follow
func (r *reader) count() uint64 {
	var n, least uint64
	switch first := r.byte(); first {
	case 0xfd:
		if b := r.skip(2); b != nil {
			n, least = uint64(binary.LittleEndian.Uint16(b)), 0xfd
		}
	case 0xfe:
		n, least = uint64(r.uint32()), 0x10000
	case 0xff:
		if b := r.skip(8); b != nil {
			n, least = binary.LittleEndian.Uint64(b), 1<<32
		}
	default:
		n = uint64(first)
	}
	if n < least {
		r.fail(ErrNotCanonical)
	} else if n > maxCount {
		r.fail(ErrTooLarge)
	}
	if r.err != nil {
		return 0
	}
	return n
}

// appendCount appends n as a compact size.
func appendCount(dst []byte, n int) []byte {
	switch {
	case n < 0xfd:
		return append(dst, byte(n))
	case n <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(dst, 0xfd), uint16(n))
	default:
		return binary.LittleEndian.AppendUint32(append(dst, 0xfe), uint32(n))
	}
}
