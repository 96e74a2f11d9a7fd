package payout

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
)

// Flags behind the marker of a transaction that has more than inputs and outputs.
const (
	flagWitness  = 1 // BIP 144
	witnessStack = 0 // marker: no input
)

// errRaw says that bytes are no transaction of the kind that is read here: that of
// Bitcoin and of the coins that have it from there, without hidden parts.
var errRaw = errors.New("this is no transaction as Bitcoin has them")

// rawTx is what is read of a transaction.
//
//	version 4, [marker 0, flag 1], inputs, outputs, [witness of each input], lock time 4
//	input:  outpoint 36, script, sequence 4
//	output: amount 8, script
//
// Counts and lengths are Bitcoin's variable integers, all else is little-endian.
type rawTx struct {
	id      string     // as the chain's people print it
	inputs  [][36]byte // outpoints
	outputs []rawOutput
}

type rawOutput struct {
	amount uint64 // base units
	script []byte
}

// parseRaw reads a transaction to its last byte.
func parseRaw(raw []byte) (tx rawTx, err error) {
	r := rawReader{rest: raw}
	version := r.take(4)
	witness := false
	if len(r.rest) > 1 && r.rest[0] == witnessStack {
		if r.rest[1] != flagWitness {
			return tx, errRaw
		}
		witness = true
		r.take(2)
	}
	body := r.rest
	for range r.count(41) {
		tx.inputs = append(tx.inputs, [36]byte(r.fixed(36)))
		r.take(r.count(1))
		r.take(4)
	}
	for range r.count(9) {
		amount := binary.LittleEndian.Uint64(r.fixed(8))
		tx.outputs = append(tx.outputs, rawOutput{amount, r.take(r.count(1))})
	}
	body = body[:len(body)-len(r.rest)]
	if witness {
		for range tx.inputs {
			for range r.count(1) {
				r.take(r.count(1))
			}
		}
	}
	lock := r.take(4)
	if r.bad || len(r.rest) > 0 || len(tx.inputs) == 0 || len(tx.outputs) == 0 {
		return rawTx{}, errRaw
	}
	first := sha256.Sum256(slices.Concat(version, body, lock))
	sum := sha256.Sum256(first[:])
	slices.Reverse(sum[:])
	tx.id = hex.EncodeToString(sum[:])
	return tx, nil
}

// spendsWith reports whether two transactions have an input in common.
func (tx *rawTx) spendsWith(other *rawTx) bool {
	return slices.ContainsFunc(tx.inputs, func(o [36]byte) bool { return slices.Contains(other.inputs, o) })
}

// rawReader takes bytes from the front; what is not there is bad, and read as zeros.
type rawReader struct {
	rest []byte
	bad  bool
}

func (r *rawReader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.bad, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// fixed is take for a few bytes, which are there in any case.
func (r *rawReader) fixed(n int) []byte {
	if b := r.take(n); b != nil {
		return b
	}
	return make([]byte, n)
}

// count reads how many things of at least so many bytes follow: never more than the
// rest can hold.
func (r *rawReader) count(size int) int {
	n := uint64(r.fixed(1)[0])
	switch n {
	case 0xfd:
		n = uint64(binary.LittleEndian.Uint16(r.fixed(2)))
	case 0xfe:
		n = uint64(binary.LittleEndian.Uint32(r.fixed(4)))
	case 0xff:
		n = binary.LittleEndian.Uint64(r.fixed(8))
	}
	if n > uint64(len(r.rest)/size) {
		r.bad, r.rest = true, nil
		return 0
	}
	return int(n)
}
