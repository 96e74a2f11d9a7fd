package bitcoinlike

import (
	"fmt"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
)

// Version bytes of addresses that nearly all test networks share.
const (
	testP2PKH = 0x6f
	testP2SH  = 0xc4
)

// maxPrefix is the longest prefix of an address of letters: with it no address
// is longer than bech32 allows.
const maxPrefix = 20

// addresses makes the network's address forms of the settings.
func (d *described) addresses(network, coin string, problems *coins.Problems) address.Network {
	out := address.Network{Coin: coin, Name: network, HRP: d.HRP, CashAddr: d.CashAddr}
	if len(d.P2PKH) == 0 && len(d.P2SH) == 0 && d.HRP == "" && d.CashAddr == "" {
		if network == "main" {
			problems.Addf("p2pkh", "is missing: no form of address is described; give p2pkh and p2sh, hrp or cashaddr")
			return out
		}
		out.P2PKH, out.P2SH = testP2PKH, []byte{testP2SH}
		return out
	}

	keys := versions("p2pkh", d.P2PKH, problems)
	if out.NoP2PKH = len(keys) == 0; !out.NoP2PKH {
		out.P2PKH, out.OldP2PKH = keys[0], keys[1:]
	}
	out.P2SH = versions("p2sh", d.P2SH, problems)
	for i, v := range out.P2SH {
		if slices.Contains(keys, v) {
			problems.Addf(index("p2sh", i), "%d is also a version byte of p2pkh", v)
		}
	}
	checkPrefix("hrp", d.HRP, problems)
	checkPrefix("cashaddr", d.CashAddr, problems)
	return out
}

// versions reads version bytes.
func versions(key string, list []int64, problems *coins.Problems) []byte {
	var out []byte
	for i, v := range list {
		switch {
		case v < 0 || v > 0xff:
			problems.Addf(index(key, i), "%d is out of range, expected 0 to 255", v)
		case slices.Contains(out, byte(v)):
			problems.Addf(index(key, i), "%d stands there twice", v)
		default:
			out = append(out, byte(v))
		}
	}
	return out
}

// checkPrefix wants lower case letters and digits.
func checkPrefix(key, prefix string, problems *coins.Problems) {
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if len(prefix) > maxPrefix || strings.ContainsFunc(prefix, strange) {
		problems.Addf(key, "%q is no prefix of addresses, expected at most %d lower case letters and digits", prefix, maxPrefix)
	}
}

// index is the path of a list's element.
func index(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
