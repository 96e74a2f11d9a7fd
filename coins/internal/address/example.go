package address

import (
	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/btcsuite/btcd/address/v2/bech32"
)

// Example is an address of network n that Decode accepts and nobody owns: of 20
// zero bytes, in the form that the network's wallets show. It is empty for a
// network that has no address form.
func Example(n Network) string {
	hash := make([]byte, hash160)
	switch {
	case n.CashAddr != "":
		return encodeCash(n.CashAddr, cashKey, hash)
	case n.HRP != "":
		// Witness version 0, and 20 bytes in groups of five bits.
		s, err := bech32.Encode(n.HRP, append([]byte{0}, eightToFive(hash)...))
		if err != nil {
			return ""
		}
		return s
	case n.NoP2PKH && n.P2SH != nil:
		return base58.CheckEncode(hash, n.P2SH[0])
	case n.NoP2PKH, n.P2PKH == 0 && n.P2SH == nil:
		return "" // nothing is known of it
	}
	return base58.CheckEncode(hash, n.P2PKH)
}
