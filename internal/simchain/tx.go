package simchain

import (
	"bytes"
	"encoding/binary"
	"math"
)

// txIn is one input of a transaction.
type txIn struct {
	prev     Hash
	index    uint32
	script   []byte
	sequence uint32
	witness  [][]byte
}

// txOut is one output of a transaction.
type txOut struct {
	value  int64
	script []byte
}

// tx is a transaction as read, with its two hashes.
type tx struct {
	version  uint32
	in       []txIn
	out      []txOut
	lockTime uint32
	payload  []byte // behind the lock time; nil on nearly every chain
	// id is the hash without, wid the hash with witness data.
	id, wid Hash
}

// readTx reads a transaction with or without witness data, as Core does: an
// empty list of inputs is the witness marker.
func readTx(r *reader) *tx {
	t := &tx{version: r.u32()}
	t.in = readInputs(r)
	flags := byte(0)
	if len(t.in) == 0 {
		if flags = r.u8(); flags != 0 {
			t.in = readInputs(r)
			t.out = readOutputs(r)
		}
	} else {
		t.out = readOutputs(r)
	}
	if flags&1 != 0 {
		flags ^= 1
		for i := range t.in {
			t.in[i].witness = readStack(r)
		}
		if !t.hasWitness() {
			r.fail(ErrSuperfluous)
		}
	}
	if flags != 0 {
		r.fail(ErrUnknownFlags)
	}
	t.lockTime = r.u32()
	if r.payloads && t.version == payloadVersion {
		t.payload = r.bytes()
	}
	if r.err == nil {
		t.rehash()
	}
	return t
}

func readInputs(r *reader) []txIn {
	n := r.size()
	var out []txIn
	for range n {
		in := txIn{prev: r.hash(), index: r.u32(), script: r.bytes(), sequence: r.u32()}
		if r.err != nil {
			return nil
		}
		out = append(out, in)
	}
	return out
}

func readOutputs(r *reader) []txOut {
	n := r.size()
	var out []txOut
	for range n {
		o := txOut{value: int64(r.u64()), script: r.bytes()}
		if r.err != nil {
			return nil
		}
		out = append(out, o)
	}
	return out
}

func readStack(r *reader) [][]byte {
	n := r.size()
	var out [][]byte
	for range n {
		item := r.bytes()
		if r.err != nil {
			return nil
		}
		out = append(out, item)
	}
	return out
}

// hasWitness reports whether any input carries witness data.
func (t *tx) hasWitness() bool {
	for _, in := range t.in {
		if len(in.witness) > 0 {
			return true
		}
	}
	return false
}

// isCoinbase reports whether the transaction has the shape of a coinbase: one
// input which spends nothing.
func (t *tx) isCoinbase() bool {
	return len(t.in) == 1 && t.in[0].prev == Hash{} && t.in[0].index == math.MaxUint32
}

// rehash computes both hashes after a change.
func (t *tx) rehash() {
	t.id = doubleSHA256(t.encode(false))
	t.wid = t.id
	if t.hasWitness() {
		t.wid = doubleSHA256(t.encode(true))
	}
}

// encode writes the transaction, with its witness data if it has any and they
// are wanted.
func (t *tx) encode(witness bool) []byte {
	witness = witness && t.hasWitness()
	b := binary.LittleEndian.AppendUint32(nil, t.version)
	if witness {
		b = append(b, 0, 1)
	}
	b = putSize(b, len(t.in))
	for _, in := range t.in {
		b = append(b, in.prev[:]...)
		b = binary.LittleEndian.AppendUint32(b, in.index)
		b = putBytes(b, in.script)
		b = binary.LittleEndian.AppendUint32(b, in.sequence)
	}
	b = putSize(b, len(t.out))
	for _, o := range t.out {
		b = binary.LittleEndian.AppendUint64(b, uint64(o.value))
		b = putBytes(b, o.script)
	}
	if witness {
		for _, in := range t.in {
			b = putSize(b, len(in.witness))
			for _, item := range in.witness {
				b = putBytes(b, item)
			}
		}
	}
	b = binary.LittleEndian.AppendUint32(b, t.lockTime)
	if t.payload != nil {
		b = putBytes(b, t.payload)
	}
	return b
}

// weight is three times the stripped size plus the full one (BIP141).
func (t *tx) weight() int { return 3*len(t.encode(false)) + len(t.encode(true)) }

// maxMoney bounds an output's value. Dogecoin has more coins than Bitcoin, so
// the bound is the largest that keeps sums inside 63 bits with room.
const maxMoney = int64(1) << 60

// check applies the rules which need no context and returns the node's word for
// the broken one, or "".
func (t *tx) check() Reject {
	switch {
	case len(t.in) == 0:
		return "bad-txns-vin-empty"
	case len(t.out) == 0:
		return "bad-txns-vout-empty"
	}
	total := int64(0)
	for _, o := range t.out {
		switch {
		case o.value < 0:
			return "bad-txns-vout-negative"
		case o.value > maxMoney:
			return "bad-txns-vout-toolarge"
		}
		if total += o.value; total > maxMoney {
			return "bad-txns-txouttotal-toolarge"
		}
	}
	type outpoint struct {
		id    Hash
		index uint32
	}
	seen := make(map[outpoint]bool, len(t.in))
	for _, in := range t.in {
		p := outpoint{in.prev, in.index}
		if seen[p] {
			return "bad-txns-inputs-duplicate"
		}
		seen[p] = true
	}
	if t.isCoinbase() {
		if n := len(t.in[0].script); n < 2 || n > 100 {
			return "bad-cb-length"
		}
		return ""
	}
	for _, in := range t.in {
		if in.prev == (Hash{}) && in.index == math.MaxUint32 {
			return "bad-txns-prevout-null"
		}
	}
	return ""
}

// lockTimeThreshold divides lock times into heights and times.
const lockTimeThreshold = 500000000

// final reports whether the transaction may stand in a block of that height
// whose previous blocks have that median time.
func (t *tx) final(height int, medianTime int64) bool {
	if t.lockTime == 0 {
		return true
	}
	limit := int64(height)
	if t.lockTime >= lockTimeThreshold {
		limit = medianTime
	}
	if int64(t.lockTime) < limit {
		return true
	}
	for _, in := range t.in {
		if in.sequence != math.MaxUint32 {
			return false
		}
	}
	return true
}

// commitmentPrefix opens the output which commits to the witness data:
// OP_RETURN, a push of 36 bytes, and BIP141's four.
var commitmentPrefix = []byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}

// commitment returns the 32 bytes of the last witness commitment in a coinbase,
// or nil.
func (t *tx) commitment() []byte {
	var found []byte
	for _, o := range t.out {
		if len(o.script) >= 38 && bytes.HasPrefix(o.script, commitmentPrefix) {
			found = o.script[6:38]
		}
	}
	return found
}
