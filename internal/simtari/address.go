package simtari

import (
	"math/big"
	"strings"
)

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// saying is an error in a real node's words.
type saying string

func (s saying) Error() string { return string(s) }

// spendKey decodes an address with two keys and returns the key that a payment
// goes to.
func spendKey(network byte, address string) ([]byte, error) {
	if len(address) < 89 {
		return nil, saying("Invalid size")
	}
	raw := []byte{byte(strings.IndexByte(alphabet, address[0])), byte(strings.IndexByte(alphabet, address[1]))}
	n := new(big.Int)
	for _, c := range address[2:] {
		digit := strings.IndexRune(alphabet, c)
		if digit < 0 {
			return nil, saying("Cannot recover public key")
		}
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(digit)))
	}
	if n.BitLen() > 65*8 {
		return nil, saying("Invalid size")
	}
	raw = append(raw, n.FillBytes(make([]byte, 65))...)

	// Damm's checksum over GF(2^8) with x^8+x^4+x^3+x+1: r = 2*(r+byte).
	r := 0
	for _, b := range raw {
		if r = (r ^ int(b)) * 2; r > 255 {
			r ^= 0x11b
		}
	}
	switch {
	case r != 0:
		return nil, saying("Invalid checksum")
	case raw[0] != network:
		return nil, saying("Invalid network")
	case raw[1]&1 == 0:
		return nil, saying("One-sided payments are not allowed by the address")
	}
	return raw[34:66], nil
}
