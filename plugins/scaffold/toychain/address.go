package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// An address is made of the coin's symbol, what it pays to, and a checksum:
//
//	TOY 1   40 hex digits   8 hex digits   on the main network
//	TOY r1  40 hex digits   8 hex digits   on regtest
//
// The forty digits are the hash of a public key; the eight begin the double
// SHA-256 of the network's name and that hash. Whoever mistypes an address, or
// takes one of the other network, is told so, and nothing is paid to nobody.
var addressPrefixes = map[string]string{mainNetwork: symbol + "1", regtestNetwork: symbol + "r1"}

const (
	hashSize     = 20
	checksumSize = 4
)

// exampleHash is one to which nobody has the key.
var exampleHash = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}

// address is that of a key's hash.
func address(network string, hash []byte) string {
	sum := doubleHash([]byte(network), hash)
	return addressPrefixes[network] + hex.EncodeToString(hash) + hex.EncodeToString(sum[:checksumSize])
}

// parseAddress decides about an address. A bad one is an answer and no error,
// with the reason for the person who typed it. Digits may be of either case; the
// canonical form has small ones, so that one payee has one name.
func parseAddress(network, text string) coins.Payee {
	prefix := addressPrefixes[network]
	for other, wrong := range addressPrefixes {
		if other != network && strings.HasPrefix(text, wrong) {
			return coins.Payee{Reason: fmt.Sprintf("this is an address of the network %s; those of %s begin with %s", other, network, prefix)}
		}
	}
	digits, ok := strings.CutPrefix(text, prefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != hashSize+checksumSize {
		return coins.Payee{Reason: fmt.Sprintf("an address looks like %s", address(network, exampleHash))}
	}
	hash := raw[:hashSize]
	canonical := address(network, hash)
	if canonical != prefix+strings.ToLower(digits) {
		return coins.Payee{Reason: "the checksum does not fit: the address was mistyped"}
	}
	return coins.Payee{Valid: true, Address: canonical, Script: payToHash(hash)}
}

// payToHash is the output script that pays to a key's hash, as Bitcoin writes it:
// OP_DUP OP_HASH160 <hash> OP_EQUALVERIFY OP_CHECKSIG.
func payToHash(hash []byte) []byte {
	script := append([]byte{0x76, 0xa9, byte(len(hash))}, hash...)
	return append(script, 0x88, 0xac)
}
