package simchain

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// errAddress is the one thing that nodes say of any address they do not like.
const errAddress Malformed = "Invalid or unsupported Segwit (Bech32) or Base58 encoding."

// decodeAddress turns an address of this chain into its output script.
func (c *Config) decodeAddress(s string) ([]byte, error) {
	if c.HRP != "" {
		if script, err := decodeSegwit(c.HRP, s); err == nil {
			return script, nil
		}
	}
	payload, err := decodeBase58Check(s)
	if err != nil {
		return nil, err
	}
	if len(payload) != 21 {
		return nil, fmt.Errorf("%w (payload of %d bytes)", errAddress, len(payload))
	}
	switch payload[0] {
	case c.PubKeyVersion: // OP_DUP OP_HASH160 <20> OP_EQUALVERIFY OP_CHECKSIG
		return slices.Concat([]byte{0x76, 0xa9, 0x14}, payload[1:], []byte{0x88, 0xac}), nil
	case c.ScriptVersion: // OP_HASH160 <20> OP_EQUAL
		return slices.Concat([]byte{0xa9, 0x14}, payload[1:], []byte{0x87}), nil
	}
	return nil, fmt.Errorf("%w (version byte %d is of another chain)", errAddress, payload[0])
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxBase58 bounds the text: no address of any chain is longer.
const maxBase58 = 64

// decodeBase58Check returns version byte and payload.
func decodeBase58Check(s string) ([]byte, error) {
	if len(s) > maxBase58 {
		return nil, errAddress
	}
	n, base := new(big.Int), big.NewInt(58)
	for _, c := range []byte(s) {
		digit := strings.IndexByte(base58Digits, c)
		if digit < 0 {
			return nil, errAddress
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(digit)))
	}
	zeros := len(s) - len(strings.TrimLeft(s, "1"))
	raw := append(make([]byte, zeros), n.Bytes()...)
	if len(raw) < 5 {
		return nil, errAddress
	}
	body, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	if want := doubleSHA256(body); !bytes.Equal(sum, want[:4]) {
		return nil, errAddress
	}
	return body, nil
}

// Address is the address of this chain that pays to a public key's hash.
func (n *Node) Address(keyHash [20]byte) string {
	return encodeBase58Check(n.cfg.PubKeyVersion, keyHash[:])
}

// encodeBase58Check is the other way round, for a version byte and a hash.
func encodeBase58Check(version byte, payload []byte) string {
	raw := append([]byte{version}, payload...)
	sum := doubleSHA256(raw)
	raw = append(raw, sum[:4]...)
	n, base, digit := new(big.Int).SetBytes(raw), big.NewInt(58), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		out = append(out, base58Digits[digit.Int64()])
	}
	for i := 0; i < len(raw) && raw[i] == 0; i++ {
		out = append(out, '1')
	}
	slices.Reverse(out)
	return string(out)
}

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// Checksum constants of BIP173 (version 0) and BIP350 (later versions).
const (
	bech32Sum  = 1
	bech32mSum = 0x2bc830a3
)

func bech32Polymod(values []byte) uint32 {
	generator := [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range generator {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}

// decodeSegwit turns a segwit address with the given prefix into its script.
func decodeSegwit(prefix, s string) ([]byte, error) {
	lower := strings.ToLower(s)
	if len(s) > 90 || s != lower && s != strings.ToUpper(s) {
		return nil, errAddress
	}
	text, ok := strings.CutPrefix(lower, prefix+"1")
	if !ok || len(text) < 8 {
		return nil, errAddress
	}
	values := make([]byte, 0, 2*len(prefix)+1+len(text))
	for _, c := range []byte(prefix) {
		values = append(values, c>>5)
	}
	values = append(values, 0)
	for _, c := range []byte(prefix) {
		values = append(values, c&31)
	}
	start := len(values)
	for _, c := range []byte(text) {
		digit := strings.IndexByte(bech32Digits, c)
		if digit < 0 {
			return nil, errAddress
		}
		values = append(values, byte(digit))
	}
	version, want := values[start], uint32(bech32mSum)
	if version == 0 {
		want = bech32Sum
	}
	if bech32Polymod(values) != want {
		return nil, errAddress
	}
	program, ok := regroup(values[start+1 : len(values)-6])
	switch {
	case !ok, version > 16, len(program) < 2, len(program) > 40,
		version == 0 && len(program) != 20 && len(program) != 32:
		return nil, errAddress
	}
	op := version
	if op > 0 {
		op += 0x50
	}
	return pushData([]byte{op}, program), nil
}

// regroup turns groups of five bits into bytes; the padding must be short and
// zero.
func regroup(groups []byte) ([]byte, bool) {
	var out []byte
	acc, bits := uint32(0), 0
	for _, g := range groups {
		acc = acc<<5 | uint32(g)
		if bits += 5; bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	return out, bits < 5 && acc == 0
}
