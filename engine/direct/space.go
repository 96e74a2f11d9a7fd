package direct

import (
	"encoding/binary"

	"github.com/motherlode-pool/motherlode/coins"
)

// What a block may have, and what a node at least leaves of it for the coinbase of each
// template by default: Bitcoin Core and its kin keep 4,000 units of weight or more, and
// a signature cost of 400 back.
const (
	reservedWeight = 4000
	reservedSigops = 400
	blockWeight    = 4_000_000 // of chains with witness; without, a million bytes
	blockSigops    = 80_000
	headerSize     = 80 + 9 // header and the number of transactions, at most
)

// SpaceOf is what a template leaves for the coinbase: its weight and the cost of its
// signature operations. The weight is exact, as far as the block is concerned: what the
// transactions and the header do not weigh. An operator whose node keeps more back
// (Bitcoin Core's blockreservedweight, or a lower blockmaxweight) has larger coinbases
// by that. Where the transactions have another form, or weigh more than is known to fit
// into a block, it is what nodes keep back by default, unless their size says that there
// is more. Litecoin's MWEB block, which follows them, has no weight.
func SpaceOf(t *coins.CoinbaseTree) (weight, sigops int) {
	weight, sigops = reservedWeight, reservedSigops
	if t.TxCount == 0 {
		sigops = blockSigops
	}
	used, ok := weightOf(t.TxBlob, t.TxCount)
	if !ok {
		used = 4 * len(t.TxBlob) // no transaction weighs more than four times its size
	}
	left := blockWeight - used - 4*headerSize
	if ok && left >= 0 {
		return left, sigops
	}
	return max(weight, left), sigops
}

// weightOf is the weight of n concatenated transactions: three times their size
// without witness and once with it. False means that they have another form.
func weightOf(blob []byte, n int) (weight int, ok bool) {
	r := reader{rest: blob}
	for range n {
		start, witness := len(r.rest), 0
		r.skip(4)
		inputs := r.varInt()
		flags := byte(0)
		if inputs == 0 {
			flags = r.byte()
			inputs = r.varInt()
		}
		for i := uint64(0); i < inputs && !r.bad; i++ {
			r.skip(36)
			r.skip(r.varInt())
			r.skip(4)
		}
		for outputs := r.varInt(); outputs > 0 && !r.bad; outputs-- {
			r.skip(8)
			r.skip(r.varInt())
		}
		if flags != 0 {
			witness = 2
			before := len(r.rest)
			if flags&1 != 0 {
				for i := uint64(0); i < inputs && !r.bad; i++ {
					for items := r.varInt(); items > 0 && !r.bad; items-- {
						r.skip(r.varInt())
					}
				}
			}
			if flags&8 != 0 {
				r.skip(1)
			}
			witness += before - len(r.rest)
		}
		r.skip(4)
		if r.bad {
			return 0, false
		}
		size := start - len(r.rest)
		weight += 4*(size-witness) + witness
	}
	return weight, len(r.rest) == 0
}

// reader walks over transactions.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) skip(n uint64) {
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return
	}
	r.rest = r.rest[n:]
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) varInt() uint64 {
	b := r.byte()
	size := 0
	switch b {
	case 0xfd:
		size = 2
	case 0xfe:
		size = 4
	case 0xff:
		size = 8
	default:
		return uint64(b)
	}
	if size > len(r.rest) {
		r.bad, r.rest = true, nil
		return 0
	}
	var v [8]byte
	copy(v[:], r.rest[:size])
	r.rest = r.rest[size:]
	return binary.LittleEndian.Uint64(v[:])
}

// SigopsOf is the cost of outputs' signature operations.
func SigopsOf(outs []coins.Output) (cost int) {
	for _, o := range outs {
		cost += sigops(o.Script)
	}
	return cost
}

// sigops is the cost of a script's signature operations, as it is counted without
// being run: 4 for each of a plain script, and 80 for a check of many signatures.
func sigops(script []byte) (cost int) {
	for at := 0; at < len(script); {
		op := script[at]
		at++
		switch {
		case op < 0x4c:
			at += int(op)
		case op == 0x4c && at < len(script):
			at += 1 + int(script[at])
		case op == 0x4d && at+1 < len(script):
			at += 2 + int(binary.LittleEndian.Uint16(script[at:]))
		case op >= 0x4c && op <= 0x4e:
			return cost // cut short, or longer than a script can be
		case op == 0xac || op == 0xad:
			cost += 4
		case op == 0xae || op == 0xaf:
			cost += 80
		}
	}
	return cost
}
