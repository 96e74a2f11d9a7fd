package block

import (
	"encoding/binary"

	"github.com/motherlode-pool/motherlode/coins"
)

// HeightPush is the push of the block height that a coinbase's script starts
// with (BIP34), in the only form that nodes accept: heights 0 to 16 as single
// opcodes, others as the shortest signed little-endian number. A script of one
// opcode is too short for a coinbase, which must have 2 bytes.
func HeightPush(height uint64) []byte {
	if height == 0 {
		return []byte{0x00}
	}
	if height <= 16 {
		return []byte{0x50 + byte(height)}
	}
	num := make([]byte, 0, 9)
	for n := height; n > 0; n >>= 8 {
		num = append(num, byte(n))
	}
	// The top bit of the last byte is the sign.
	if num[len(num)-1]&0x80 != 0 {
		num = append(num, 0)
	}
	return append([]byte{byte(len(num))}, num...)
}

// Coinbase is a coinbase transaction.
type Coinbase struct {
	Version  uint32
	Script   []byte // scriptSig, 2 to 100 bytes
	Outputs  []coins.Output
	LockTime uint32
	Payload  []byte // bytes after the lock time; nil for nearly every coin
	Witness  []byte // the one witness item, 32 bytes; nil for no witness
}

// Append appends the transaction as a block carries it, with its witness.
func (c *Coinbase) Append(dst []byte) []byte { return c.append(dst, c.Witness != nil) }

// AppendStripped appends the transaction without its witness, the bytes whose
// double SHA-256 is its txid.
func (c *Coinbase) AppendStripped(dst []byte) []byte { return c.append(dst, false) }

// TxID is the transaction's id, the first leaf of the block's merkle tree.
func (c *Coinbase) TxID() coins.Hash { return Sum(c.AppendStripped(nil)) }

func (c *Coinbase) append(dst []byte, witness bool) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, c.Version)
	if witness {
		dst = append(dst, 0x00, 0x01) // marker and flag
	}

	// One input, of no previous output.
	dst = append(dst, 1)
	dst = append(dst, make([]byte, 32)...)
	dst = append(dst, 0xff, 0xff, 0xff, 0xff)
	dst = appendBytes(dst, c.Script)
	dst = append(dst, 0xff, 0xff, 0xff, 0xff)

	dst = AppendVarInt(dst, uint64(len(c.Outputs)))
	for _, o := range c.Outputs {
		dst = binary.LittleEndian.AppendUint64(dst, o.Value)
		dst = appendBytes(dst, o.Script)
	}
	if witness {
		dst = appendBytes(append(dst, 1), c.Witness)
	}
	dst = binary.LittleEndian.AppendUint32(dst, c.LockTime)
	return append(dst, c.Payload...)
}

func appendBytes(dst, b []byte) []byte {
	return append(AppendVarInt(dst, uint64(len(b))), b...)
}

// NewCoinbase makes the coinbase of a template: its script prefix followed by
// extra, what is left of the reward to payee, then the required outputs. The
// required outputs must not ask for more than the reward.
func NewCoinbase(t *coins.Template, extra, payee []byte) *Coinbase {
	tree := t.Tree
	script := append(append([]byte(nil), tree.ScriptPrefix...), extra...)
	if len(script) < 2 {
		script = append(script, 0x00)
	}
	rest := t.Reward
	for _, o := range tree.Outputs {
		rest -= o.Value
	}
	return &Coinbase{
		Version:  tree.CoinbaseVersion,
		Script:   script,
		Outputs:  append([]coins.Output{{Value: rest, Script: payee}}, tree.Outputs...),
		LockTime: tree.LockTime,
		Payload:  tree.Payload,
		Witness:  tree.WitnessReserved,
	}
}
