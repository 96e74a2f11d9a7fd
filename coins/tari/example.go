package tari

import "encoding/hex"

// exampleKeys are a view and a spend key that nobody has the secret keys of:
// Blake2b-256 of "motherlode example address, view key N" and of "..., spend
// key N", with the first N from 0 that makes a point of the curve, 3 and 0.
const exampleKeys = "a6fac3c81bb81b776215f985dc9a6f9b403ab7949c6e79f4b35c3830049c7069" +
	"68419adc124ca819aad114700855ef8e1e74f571467a500e2397c3a64006a257"

// exampleAddress is a well-formed one-sided address of a network; what is paid
// to it is lost.
func exampleAddress(n network) string {
	keys, err := hex.DecodeString(exampleKeys)
	if err != nil {
		panic("tari: " + err.Error())
	}
	b := append([]byte{n.id, featureOneSided}, keys...)
	return encodeAddress(append(b, dammSum(b)))
}
