package address

import (
	"fmt"
	"strings"
)

// cashDigits are the characters of a CashAddr after its prefix, by value.
const cashDigits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// cashChecksum is the number of characters of the checksum.
const cashChecksum = 8

// Kinds of CashAddr, from its version byte.
const (
	cashKey         = 0
	cashScript      = 1
	cashTokenKey    = 2 // as cashKey, for a wallet that knows tokens
	cashTokenScript = 3
)

// Kinds of a text that is no CashAddr.
const (
	errCashForm     = errorKind("CashAddr address is mistyped")
	errCashChecksum = errorKind("CashAddr address is mistyped: its checksum is wrong")
)

type errorKind string

func (k errorKind) Error() string { return string(k) }

// cashPolymod is the checksum of the CashAddr specification, a BCH code over
// GF(2^5), of the prefix and the characters' values; 0 for a sound address.
func cashPolymod(prefix string, values []byte) uint64 {
	sum := uint64(1)
	add := func(v byte) {
		top := sum >> 35
		sum = (sum&0x07ffffffff)<<5 ^ uint64(v)
		for i, g := range [5]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, c := range []byte(prefix) {
		add(c & 0x1f)
	}
	add(0)
	for _, v := range values {
		add(v)
	}
	return sum ^ 1
}

// decodeCash reads a CashAddr. The address is given in lower case without its
// prefix.
//
//	version  1 byte: 0, four bits of kind, three bits of size
//	hash     20 to 64 bytes
//	padding  zero bits to a multiple of five
//	checksum 8 characters
func decodeCash(prefix, text string) (kind byte, hash []byte, err error) {
	values := make([]byte, len(text))
	for i := range len(text) {
		v := strings.IndexByte(cashDigits, text[i])
		if v < 0 {
			return 0, nil, fmt.Errorf("%w: it cannot contain %q", errCashForm, text[i])
		}
		values[i] = byte(v)
	}
	if len(values) < cashChecksum || cashPolymod(prefix, values) != 0 {
		return 0, nil, errCashChecksum
	}
	payload, ok := fiveToEight(values[:len(values)-cashChecksum])
	if !ok || len(payload) == 0 {
		return 0, nil, fmt.Errorf("%w: it does not hold whole bytes", errCashForm)
	}
	version := payload[0]
	size := hash160 + 4*int(version&3)
	if version&4 != 0 {
		size *= 2
	}
	if version&0x80 != 0 || len(payload)-1 != size {
		return 0, nil, fmt.Errorf("%w: its version byte %02x does not fit its %d bytes", errCashForm, version, len(payload)-1)
	}
	return version >> 3, payload[1:], nil
}

// encodeCash writes a CashAddr of a hash of 20 or 32 bytes, with its prefix.
func encodeCash(prefix string, kind byte, hash []byte) string {
	version := kind << 3
	if len(hash) == hash256 {
		version |= 3
	}
	values := eightToFive(append([]byte{version}, hash...))
	sum := cashPolymod(prefix, append(values, make([]byte, cashChecksum)...))
	out := []byte(prefix + ":")
	for _, v := range values {
		out = append(out, cashDigits[v])
	}
	for i := range cashChecksum {
		out = append(out, cashDigits[sum>>(5*(cashChecksum-1-i))&31])
	}
	return string(out)
}

// fiveToEight joins groups of five bits to bytes. It reports false unless what
// is left over is less than a group, and zero.
func fiveToEight(groups []byte) ([]byte, bool) {
	out := make([]byte, 0, len(groups)*5/8)
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

// eightToFive splits bytes into groups of five bits, the last filled with zeros.
func eightToFive(data []byte) []byte {
	out := make([]byte, 0, (len(data)*8+4)/5)
	acc, bits := uint32(0), 0
	for _, b := range data {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, byte(acc>>bits)&31)
		}
		acc &= 1<<bits - 1
	}
	if bits > 0 {
		out = append(out, byte(acc<<(5-bits))&31)
	}
	return out
}
