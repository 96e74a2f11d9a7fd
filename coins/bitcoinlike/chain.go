package bitcoinlike

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
)

// Limits of what settings may describe.
const (
	versionTop  = 0xe0000000 // says that the version signals (BIP9)
	maxDecimals = 18         // above it no amount fits 64 bits
)

func (d *described) blockTime() time.Duration { return time.Duration(d.BlockTime) }

// chain makes the chain and its network of the settings.
func (d *described) chain(network *family.Network, problems *coins.Problems) family.Chain {
	ch := family.Chain{
		Coin:            d.coin(problems),
		Rules:           d.rules(problems),
		Witness:         gbt.WitnessNever,
		MWEB:            d.MWEB,
		CoinbaseVersion: d.CoinbaseVersion,
		Payload:         d.payload(problems),
	}
	if d.Segwit {
		ch.Witness = gbt.WitnessUnlessRules
	}
	if d.CoinbaseVersion == 0 {
		problems.Addf("coinbase_version", "is 0, expected at least 1")
	}
	network.Address = d.addresses(network.Name, ch.Coin.Name, problems)
	if d.Genesis != "" {
		hash, err := coins.ParseHash(d.Genesis)
		if err != nil {
			problems.Addf("genesis", "%v", err)
		}
		network.Genesis = []coins.Hash{hash}
	}
	ch.Magic = signedmessage.MagicFor(d.Magic, ch.Coin.Name)
	ch.Required = d.required(network.Address, problems)
	return ch
}

// coin is what is fixed for the coin.
func (d *described) coin(problems *coins.Problems) coins.CoinInfo {
	info := coins.CoinInfo{
		Symbol: d.Symbol, Name: d.Name, Algorithm: d.Algorithm, BlockTime: d.blockTime(),
		Maturity: d.Maturity, Decimals: d.Decimals, VersionMask: d.VersionMask,
	}
	if d.Name == "" {
		info.Name = d.Symbol
	}
	if d.Symbol == "" && !mentions(*problems, "symbol") {
		problems.Addf("symbol", "is empty")
	}
	if d.BlockTime <= 0 && !mentions(*problems, "block_time") {
		problems.Addf("block_time", "must be longer than nothing, got %s", d.blockTime())
	}
	if d.Decimals > maxDecimals {
		problems.Addf("decimals", "%d is too many, at most %d", d.Decimals, maxDecimals)
	}
	if d.VersionMask&versionTop != 0 {
		problems.Addf("version_mask", "%#08x has bits of the upper three, which say what the others mean", d.VersionMask)
	}
	if a, err := algos.ByName(d.Algorithm); err != nil {
		problems.Addf("algorithm", "%v", err)
	} else if d.Algorithm != "sha256d" && d.Algorithm != "scrypt" {
		problems.Addf("algorithm", "%q does not hash the headers of Bitcoin's form; expected sha256d or scrypt", d.Algorithm)
	} else {
		info.DifficultyOne = a.DiffOne()
	}
	if d.DifficultyOne != "" {
		one, err := hex.DecodeString(d.DifficultyOne)
		if err != nil || len(one) != 32 || !slices.ContainsFunc(one, func(b byte) bool { return b != 0 }) {
			problems.Addf("difficulty_one", "is no target, expected 64 hex digits that are not all 0")
		} else {
			info.DifficultyOne = [32]byte(one)
		}
	}
	return info
}

// rules are what a request names.
func (d *described) rules(problems *coins.Problems) []string {
	if d.MWEB && !d.Segwit {
		problems.Addf("mweb", "needs segwit, which is false")
	}
	if d.Rules == nil {
		rules := []string{}
		if d.Segwit {
			rules = append(rules, "segwit")
		}
		if d.MWEB {
			rules = append(rules, "mweb")
		}
		return rules
	}
	for i, r := range d.Rules {
		switch path := index("rules", i); {
		case r == "" || strings.HasPrefix(r, "!"):
			problems.Addf(path, "%q is not the name of a rule", r)
		case r == "segwit" && !d.Segwit:
			problems.Addf(path, "is segwit, which the chain does not have: set segwit = true or leave it out")
		case r == "mweb" && !d.MWEB:
			problems.Addf(path, "is mweb, which the chain does not have: set mweb = true or leave it out")
		}
	}
	return d.Rules
}

// payload is where the coinbase's payload stands.
func (d *described) payload(problems *coins.Problems) gbt.Payload {
	switch {
	case d.Payload == "":
		return gbt.Payload{}
	case gbt.Reads(d.Payload):
		problems.Addf("coinbase_payload", "%q is a member that every template may have, and no payload", d.Payload)
	case d.PayloadVersion == 0:
		problems.Addf("coinbase_payload_version", "is 0, expected at least 1")
	}
	return gbt.Payload{Field: d.Payload, Version: d.PayloadVersion}
}

// mentions reports whether a key has a problem already.
func mentions(problems coins.Problems, path string) bool {
	return slices.ContainsFunc(problems, func(p coins.Problem) bool { return p.Path == path })
}
