package address

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/btcsuite/btcd/address/v2/bech32"

	"github.com/motherlode-pool/motherlode/coins"
)

// maxLength is above the longest address of any kind; decoding base58 takes
// time that grows with the square of the length.
const maxLength = 160

// Sizes of what an address holds.
const (
	hash160 = 20 // key or script hash of P2PKH, P2SH and P2WPKH
	hash256 = 32 // script hash of P2WSH, key of P2TR
)

// Decode decodes an address of network n. A Payee that is not Valid has the
// reason, for the person who typed the address.
func Decode(n Network, address string) coins.Payee {
	p, err := decode(n, address)
	if err != nil {
		return coins.Payee{Reason: err.Error(), Address: address}
	}
	p.Valid = true
	return p
}

func decode(n Network, address string) (coins.Payee, error) {
	switch {
	case address == "":
		return coins.Payee{}, fmt.Errorf("address is empty")
	case strings.TrimSpace(address) != address:
		return coins.Payee{}, fmt.Errorf("address has white space around it")
	case len(address) > maxLength:
		return coins.Payee{}, fmt.Errorf("address is too long: %d characters", len(address))
	}
	lower := strings.ToLower(address)
	if i := strings.LastIndexByte(lower, '1'); i > 0 && isPrefix(n, lower[:i]) {
		return decodeSegwit(n, address, lower[:i])
	}
	if prefix, text, ok := cashText(n, address); ok {
		return decodeCashAddr(n, prefix, text)
	}
	return decodeBase58(n, address)
}

// isPrefix reports whether an address with this in front of its last 1 is
// meant to be bech32.
func isPrefix(n Network, prefix string) bool {
	if prefix == n.HRP || prefix == n.MWEB {
		return true
	}
	return slices.ContainsFunc(known, func(k Network) bool { return prefix == k.HRP || prefix == k.MWEB })
}

func decodeSegwit(n Network, address, prefix string) (coins.Payee, error) {
	if prefix == n.MWEB {
		return coins.Payee{}, fmt.Errorf("an MWEB address cannot be paid by a coinbase: use an ordinary %s address", n.Coin)
	}
	if prefix != n.HRP {
		return coins.Payee{}, elsewhere(n, func(k Network) bool { return prefix == k.HRP || prefix == k.MWEB })
	}
	_, data, variant, err := bech32.DecodeGeneric(address)
	if err != nil {
		return coins.Payee{}, fmt.Errorf("bech32 address is mistyped: %w", err)
	}
	if len(data) == 0 {
		return coins.Payee{}, fmt.Errorf("bech32 address holds no witness program")
	}
	program, err := bech32.ConvertBits(data[1:], 5, 8, false)
	if err != nil {
		return coins.Payee{}, fmt.Errorf("bech32 address: witness program: %w", err)
	}
	if err := checkProgram(data[0], len(program), variant); err != nil {
		return coins.Payee{}, err
	}

	// OP_0 is 00, OP_1 is 51.
	opcode := data[0]
	if opcode > 0 {
		opcode += 0x50
	}
	script := append([]byte{opcode, byte(len(program))}, program...)
	return coins.Payee{Address: strings.ToLower(address), Script: script}, nil
}

// checkProgram applies BIP141, BIP341 and BIP350.
func checkProgram(version byte, size int, variant bech32.Version) error {
	switch {
	case version == 0 && variant != bech32.Version0:
		return fmt.Errorf("bech32 address is mistyped: witness version 0 with the checksum of later versions")
	case version > 0 && variant != bech32.VersionM:
		return fmt.Errorf("bech32 address is mistyped: witness version %d with the checksum of version 0", version)
	case version == 0 && size != hash160 && size != hash256:
		return fmt.Errorf("witness program of version 0 has %d bytes, expected 20 or 32", size)
	case version == 1 && size != hash256:
		return fmt.Errorf("taproot address has %d bytes, expected 32", size)
	case version > 1:
		return fmt.Errorf("witness version %d has no meaning yet: anyone could spend what is paid to it", version)
	}
	return nil
}

func decodeBase58(n Network, address string) (coins.Payee, error) {
	hash, version, err := base58.CheckDecode(address)
	switch {
	case err == base58.ErrChecksum:
		return coins.Payee{}, fmt.Errorf("address is mistyped: its checksum is wrong")
	case err != nil:
		return coins.Payee{}, fmt.Errorf("not an address of %s: expected %s", n, forms(n))
	case len(hash) != hash160:
		return coins.Payee{}, fmt.Errorf("not an address: it holds %d bytes, expected 20", len(hash))
	}
	if version == n.P2PKH && !n.NoP2PKH || slices.Contains(n.OldP2PKH, version) {
		canonical := base58.CheckEncode(hash, n.P2PKH)
		if n.CashAddr != "" {
			canonical = encodeCash(n.CashAddr, cashKey, hash)
		}
		return coins.Payee{Address: canonical, Script: keyScript(hash)}, nil
	}
	if slices.Contains(n.P2SH, version) {
		canonical := base58.CheckEncode(hash, n.P2SH[0])
		if n.CashAddr != "" {
			canonical = encodeCash(n.CashAddr, cashScript, hash)
		}
		return coins.Payee{Address: canonical, Script: scriptScript(hash)}, nil
	}
	return coins.Payee{}, elsewhere(n, func(k Network) bool {
		return !k.Borrowed && (version == k.P2PKH || slices.Contains(k.P2SH, version))
	})
}

// forms names the forms of a network's addresses, for a refusal.
func forms(n Network) string {
	out := "base58"
	if n.HRP != "" {
		out = "bech32 starting with " + n.HRP + "1, or " + out
	}
	if n.CashAddr != "" {
		out = "CashAddr starting with " + n.CashAddr + ":, or " + out
	}
	return out
}

// elsewhere is the refusal of an address that is sound but not of network n.
func elsewhere(n Network, match func(Network) bool) error {
	var names []string
	for _, k := range known {
		if match(k) {
			names = append(names, k.String())
		}
	}
	if names == nil {
		return fmt.Errorf("address is of another coin or network, expected %s", n)
	}
	return fmt.Errorf("address belongs to %s, expected %s", strings.Join(names, " or "), n)
}
