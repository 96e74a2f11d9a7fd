package address

import (
	"fmt"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// cashText splits an address into CashAddr prefix and rest, in lower case.
// Without a prefix it looks for the network under whose prefix the checksum is
// right, n before all others. It reports false for what is not meant to be a
// CashAddr.
func cashText(n Network, address string) (prefix, text string, ok bool) {
	if address != strings.ToLower(address) && address != strings.ToUpper(address) {
		// Mixed case is base58, unless the prefix says otherwise.
		prefix, text, ok = strings.Cut(address, ":")
		return strings.ToLower(prefix), text, ok
	}
	lower := strings.ToLower(address)
	if prefix, text, ok = strings.Cut(lower, ":"); ok {
		return prefix, text, true
	}
	for _, k := range append([]Network{n}, known...) {
		if k.CashAddr == "" {
			continue
		}
		if _, _, err := decodeCash(k.CashAddr, lower); err == nil {
			return k.CashAddr, lower, true
		}
	}
	// A mistyped one: of the right length and characters for nothing else.
	mistyped := n.CashAddr != "" && len(lower) >= minCashText && !strings.ContainsAny(lower, "1bio")
	return n.CashAddr, lower, mistyped
}

// minCashText is the length of a CashAddr of 20 bytes without its prefix; base58
// addresses are shorter.
const minCashText = 42

// decodeCashAddr decodes a CashAddr for network n.
func decodeCashAddr(n Network, prefix, text string) (coins.Payee, error) {
	if n.CashAddr == "" || prefix != n.CashAddr {
		return coins.Payee{}, elsewhere(n, func(k Network) bool { return k.CashAddr != "" && prefix == k.CashAddr })
	}
	kind, hash, err := decodeCash(prefix, text)
	if err != nil {
		return coins.Payee{}, err
	}
	switch {
	case kind > cashTokenScript:
		return coins.Payee{}, fmt.Errorf("CashAddr address is of kind %d, which has no meaning yet", kind)
	case kind >= cashTokenKey && !n.CashTokens:
		return coins.Payee{}, fmt.Errorf("CashAddr address is of kind %d, which %s does not have", kind, n)
	case len(hash) == hash160:
	case len(hash) == hash256 && kind&1 == cashScript && n.CashTokens:
	default:
		return coins.Payee{}, fmt.Errorf("CashAddr address holds %d bytes, which no output of %s can be paid to", len(hash), n)
	}

	// The forms for wallets that know tokens mean the same to a coinbase.
	kind &= 1
	canonical := encodeCash(n.CashAddr, kind, hash)
	switch {
	case kind == cashKey:
		return coins.Payee{Address: canonical, Script: keyScript(hash)}, nil
	case len(hash) == hash160:
		return coins.Payee{Address: canonical, Script: scriptScript(hash)}, nil
	}
	// OP_HASH256, push of 32 bytes, OP_EQUAL
	return coins.Payee{Address: canonical, Script: slices.Concat([]byte{0xaa, hash256}, hash, []byte{0x87})}, nil
}

// keyScript pays to a key's hash: OP_DUP OP_HASH160 <20> OP_EQUALVERIFY
// OP_CHECKSIG.
func keyScript(hash []byte) []byte {
	return slices.Concat([]byte{0x76, 0xa9, hash160}, hash, []byte{0x88, 0xac})
}

// scriptScript pays to a script's hash: OP_HASH160 <20> OP_EQUAL.
func scriptScript(hash []byte) []byte {
	return slices.Concat([]byte{0xa9, hash160}, hash, []byte{0x87})
}
