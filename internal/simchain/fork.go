package simchain

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
)

// Fork is what tells a chain from a plain one of its dialect. The zero value is
// nothing.
type Fork struct {
	// Sorted wants the transactions behind the coinbase in the order of their
	// ids as printed, whatever spends what (Bitcoin Cash).
	Sorted bool

	// Lanes lets blocks be found by either algorithm, which bits 8 to 11 of the
	// version name, at the same target; getblocktemplate takes the algorithm as
	// its second parameter, and means Config.Algorithm without one (DigiByte).
	// Deaf means it always.
	Lanes, Deaf bool

	Fund *Fund // an output that every coinbase must have

	// Payload wants coinbases of type 5 with the payload that the template gives
	// as coinbase_payload (Dash).
	Payload bool
}

// Fund is an output that every coinbase of a chain must have.
type Fund struct {
	Field  string // of the template: a table of value, script (hex) and payee
	Value  int64
	Script []byte
	Payee  string // what the template says that Script is
	OnTop  bool   // coinbasevalue does not contain it
}

// What a fork's node says of a block that breaks its rules.
const (
	BadOrder   Reject = "tx-ordering"
	BadAlgo    Reject = "algo-inactive"
	BadFund    Reject = "bad-cb-payee"
	BadPayload Reject = "bad-cbtx-payload"
)

// Bits of the version that name the algorithm of a chain with lanes.
const (
	laneMask    = 0xf00
	laneScrypt  = 0x000
	laneSHA256d = 0x200
)

// payloadVersion is the transaction version, with the type in its upper half, of
// a coinbase with a payload.
const payloadVersion = 5<<16 | 3

// algorithm is the one that a block of that version is found by.
func (c *Config) algorithm(version uint32) (Algorithm, bool) {
	if !c.Fork.Lanes {
		return c.Algorithm, true
	}
	switch version & laneMask {
	case laneScrypt:
		return Scrypt, true
	case laneSHA256d:
		return SHA256d, true
	}
	return "", false
}

// laneBits are the version bits of an algorithm.
func (c *Config) laneBits(a Algorithm) uint32 {
	if c.Fork.Lanes && a == SHA256d {
		return laneSHA256d
	}
	return 0
}

// lane reads the second parameter of getblocktemplate. As with the real node an
// unknown name means the default.
func (c *Config) lane(a args) (Algorithm, error) {
	if !a.has(1) {
		return c.Algorithm, nil
	}
	if !c.Fork.Lanes {
		return "", a.helpError()
	}
	name, err := a.str(1)
	if err != nil {
		return "", err
	}
	if lane := Algorithm(name); !c.Fork.Deaf && (lane == SHA256d || lane == Scrypt) {
		return lane, nil
	}
	return c.Algorithm, nil
}

// onTop is what a coinbase may pay beyond subsidy and fees.
func (f *Fork) onTop() int64 {
	if f.Fund != nil && f.Fund.OnTop {
		return f.Fund.Value
	}
	return 0
}

// dress adds a fork's members to a template.
func (f *Fork) dress(t template) (any, error) {
	extra := map[string]any{}
	if f.Fund != nil {
		extra[f.Fund.Field] = map[string]any{
			"value": f.Fund.Value, "script": hex.EncodeToString(f.Fund.Script), "payee": f.Fund.Payee,
		}
	}
	if f.Payload {
		extra["coinbase_payload"] = hex.EncodeToString(payloadOf(t.Height))
	}
	if len(extra) == 0 {
		return t, nil
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for name, v := range extra {
		if all[name], err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// payloadOf is the payload of a height: its version, the height, and a root of
// nothing.
func payloadOf(height int) []byte {
	b := binary.LittleEndian.AppendUint16(nil, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(height))
	return append(b, make([]byte, 32)...)
}

// fill makes a coinbase of the node's own follow the fork's rules. Its first
// output has subsidy and fees so far.
func (f *Fork) fill(coinbase *tx, height int) {
	if f.Fund != nil {
		coinbase.out[0].value -= f.Fund.Value - f.onTop()
		coinbase.out = append(coinbase.out, txOut{value: f.Fund.Value, script: f.Fund.Script})
	}
	if f.Payload {
		coinbase.version, coinbase.payload = payloadVersion, payloadOf(height)
	}
}

// check applies the fork's rules on a block at its height.
func (f *Fork) check(b *block, height int) Reject {
	coinbase := b.txs[0]
	if f.Sorted && !slices.IsSortedFunc(b.txs[1:], func(a, b *tx) int { return compareIDs(a.id, b.id) }) {
		return BadOrder
	}
	if f.Fund != nil && !slices.ContainsFunc(coinbase.out, func(o txOut) bool {
		return o.value >= f.Fund.Value && bytes.Equal(o.script, f.Fund.Script)
	}) {
		return BadFund
	}
	if f.Payload && (coinbase.version != payloadVersion || !bytes.Equal(coinbase.payload, payloadOf(height))) {
		return BadPayload
	}
	return ""
}

// compareIDs orders ids as numbers.
func compareIDs(a, b Hash) int {
	slices.Reverse(a[:])
	slices.Reverse(b[:])
	return new(big.Int).SetBytes(a[:]).Cmp(new(big.Int).SetBytes(b[:]))
}
