package tari

import (
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// The bytes of a Tari address with two keys.
//
//	offset  size  field
//	0       1     network
//	1       1     features
//	2       32    view key
//	34      32    spend key
//	66      n     payment id, only with its feature
//	66+n    1     checksum
//
// In text, network and features are a base58 character each, and the rest is
// base58 of its own. Source: tari, base_layer/common_types/src/tari_address.
const (
	viewAt       = 2
	spendAt      = viewAt + 32
	dualSize     = spendAt + 32 + 1
	singleSize   = 35  // the older form, without a view key
	maxPaymentID = 256 // bytes

	featureOneSided  = 1 // can be paid without the payee's help, as a coinbase does
	featureInteract  = 2
	featurePaymentID = 4
	knownFeatures    = featureOneSided | featureInteract | featurePaymentID

	// maxAddress bounds the text that is decoded: 324 bytes take 443 characters.
	maxAddress = 480
)

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// decodeAddress decodes the base58 form of an address, of which there is one
// for each. The error is for the person who typed it.
func decodeAddress(n network, text string) ([]byte, error) {
	if text == "" {
		return nil, fmt.Errorf("is empty")
	}
	if len(text) > maxAddress {
		return nil, fmt.Errorf("has %d characters, an address has 89 to 91", len(text))
	}
	for i, r := range text {
		if !strings.ContainsRune(base58, r) {
			return nil, fmt.Errorf("character %d, %q, is not of the base58 alphabet; emoji and hex forms are not taken here", i+1, r)
		}
	}
	if len(text) < 3 {
		return nil, fmt.Errorf("is too short")
	}
	b := []byte{byte(strings.IndexByte(base58, text[0])), byte(strings.IndexByte(base58, text[1]))}
	b = append(b, decode58(text[2:])...)
	if err := checkAddress(n, b); err != nil {
		return nil, err
	}
	return b, nil
}

// checkAddress looks at the parts of an address.
func checkAddress(n network, b []byte) error {
	if len(b) < dualSize && len(b) != singleSize || len(b) > dualSize+maxPaymentID {
		return fmt.Errorf("has %d bytes, an address has %d", len(b), dualSize)
	}
	if dammSum(b) != 0 {
		return fmt.Errorf("has a wrong checksum: it is mistyped")
	}
	features := b[1]
	switch {
	case b[0] != n.id:
		if other, ok := networkByID(b[0]); ok {
			return fmt.Errorf("is of network %s, expected %s", other.name, n.name)
		}
		return fmt.Errorf("is of network number %d, expected %s", b[0], n.name)
	case len(b) == singleSize:
		return fmt.Errorf("has no view key; give the long form of the address, which begins like %s", encodeAddress([]byte{n.id, featureOneSided}))
	case features&^knownFeatures != 0:
		return fmt.Errorf("has unknown features %#x", features)
	case features&featureOneSided == 0:
		return fmt.Errorf("can only be paid interactively; a pool needs one that takes one-sided payments")
	case len(b) > dualSize && features&featurePaymentID == 0:
		return fmt.Errorf("has %d bytes, an address without payment id has %d", len(b), dualSize)
	case !isPoint(b[viewAt:spendAt]):
		return fmt.Errorf("has a view key that is no point of the curve")
	case !isPoint(b[spendAt : spendAt+32]):
		return fmt.Errorf("has a spend key that is no point of the curve")
	}
	return nil
}

// encodeAddress is the base58 form of an address.
func encodeAddress(b []byte) string {
	return base58[b[0]:b[0]+1] + base58[b[1]:b[1]+1] + encode58(b[2:])
}

// validate decides about an address. Its script is the address itself: what
// pays it is an output whose keys the node makes fresh for each block.
func validate(n network, text string) coins.Payee {
	b, err := decodeAddress(n, text)
	if err != nil {
		return coins.Payee{Reason: "the address " + err.Error()}
	}
	return coins.Payee{Valid: true, Address: text, Script: b}
}

// dammSum is the checksum of b: zero over bytes that end with their checksum.
// Source: tari, base_layer/common_types/src/dammsum.rs.
func dammSum(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
		carry := sum & 0x80
		sum <<= 1
		if carry != 0 {
			sum ^= 0x1b
		}
	}
	return sum
}

// decode58 decodes text that has only characters of the alphabet.
func decode58(text string) []byte {
	var little []byte
	for i := range len(text) {
		carry := strings.IndexByte(base58, text[i])
		for j := range little {
			carry += int(little[j]) * 58
			little[j], carry = byte(carry), carry>>8
		}
		for carry > 0 {
			little, carry = append(little, byte(carry)), carry>>8
		}
	}
	for i := 0; i < len(text) && text[i] == '1'; i++ {
		little = append(little, 0)
	}
	return reversed(little)
}

func encode58(b []byte) string {
	var little []byte
	for _, c := range b {
		carry := int(c)
		for j := range little {
			carry += int(little[j]) << 8
			little[j], carry = byte(carry%58), carry/58
		}
		for carry > 0 {
			little, carry = append(little, byte(carry%58)), carry/58
		}
	}
	for i := 0; i < len(b) && b[i] == 0; i++ {
		little = append(little, 0)
	}
	text := reversed(little)
	for i := range text {
		text[i] = base58[text[i]]
	}
	return string(text)
}

func reversed(in []byte) []byte {
	out := make([]byte, len(in))
	for i, c := range in {
		out[len(in)-1-i] = c
	}
	return out
}
