package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// An address is toy1, a name, and four bytes of a checksum over both as hex
// digits: whoever mistypes one is told so, and nothing is paid to nobody.
const (
	addressPrefix  = "toy1"
	checksumDigits = 8
)

// address is that of a name.
func address(name string) string {
	sum := sha256.Sum256([]byte(addressPrefix + name))
	return addressPrefix + name + hex.EncodeToString(sum[:])[:checksumDigits]
}

// parseAddress decides about an address. A bad one is no error but an answer,
// with the reason for the person who typed it.
func parseAddress(text string) coins.Payee {
	rest, ok := strings.CutPrefix(text, addressPrefix)
	if !ok || len(rest) <= checksumDigits {
		return coins.Payee{Reason: "an address of this chain looks like " + address("example")}
	}
	name := rest[:len(rest)-checksumDigits]
	if address(name) != text {
		return coins.Payee{Reason: "the checksum does not fit: the address was mistyped or cut"}
	}
	return coins.Payee{Valid: true, Address: text, Script: []byte(name)}
}
