package bitcoincash

import (
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
)

// versionMask is what BIP320 leaves to miners.
const versionMask = 0x1fffe000

// New makes the driver. A nil log means slog's default.
func New(log *slog.Logger) coins.Driver {
	return family.New(family.Chain{
		Driver:  "bitcoincash",
		Version: "1.0.0",
		Summary: "Bitcoin Cash, by Bitcoin Cash Node",
		Coin: coins.CoinInfo{
			Symbol:        "BCH",
			Name:          "Bitcoin Cash",
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     10 * time.Minute,
			Maturity:      100,
			Decimals:      8,
			VersionMask:   versionMask,
		},
		Networks: networks(),
		Magic:    signedmessage.Bitcoin,
		Rules:    []string{},
		Witness:  gbt.WitnessNever,
	}, log)
}

// networks lists the networks. The hashes are those of Bitcoin Cash Node's chain
// parameters: first blocks, and its checkpoints of the blocks at which the main
// network and test3 left Bitcoin and chipnet left test4.
func networks() []family.Network {
	test := func(name string) address.Network {
		a := address.BitcoinCashTest
		a.Name = name
		return a
	}
	return []family.Network{
		{
			Name:    "main",
			Address: address.BitcoinCashMain,
			Genesis: family.Genesis("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"),
			Fork:    family.Fork(478559, "000000000000000000651ef99cb9fcbe0dadde1d424bd9f15ff20136191a5eec"),
		},
		{
			Name:    "test3",
			Address: test("test3"),
			Genesis: family.Genesis("000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"),
			Fork:    family.Fork(1155876, "00000000000e38fef93ed9582a7df43815d5c2ba9fd37ef70c9a0ea4a285b8f5"),
		},
		{
			Name:    "test4",
			Address: test("test4"),
			Genesis: family.Genesis("000000001dd410c49a788668ce26751718cc797474d3152a5fc073dd44fd9f7b"),
		},
		{
			Name:    "chipnet",
			Address: test("chipnet"),
			Genesis: family.Genesis("000000001dd410c49a788668ce26751718cc797474d3152a5fc073dd44fd9f7b"),
			Fork:    family.Fork(115252, "00000000040ba9641ba98a37b2e5ceead38e4e2930ac8f145c8094f94c708727"),
		},
		{
			Name:    "scalenet",
			Address: test("scalenet"),
			Genesis: family.Genesis("00000000e6453dc2dfe1ffa19023f86002eb11dbb8e87d0291a4599f0430be52"),
		},
		{
			// No first block is demanded: a test chain may be of any make.
			Name:     "regtest",
			Address:  address.BitcoinCashRegtest,
			Solitary: true,
		},
	}
}
