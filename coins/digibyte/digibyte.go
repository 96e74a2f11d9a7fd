package digibyte

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

// versionMask is what BIP320 leaves to miners, which is above the bits of the
// algorithm and the one that the chain keeps for further ones.
const versionMask = 0x1fffe000

// The bits of a block's version that name its algorithm.
const (
	algoMask    = 0xf00
	algoScrypt  = 0x000
	algoSHA256d = 0x200
)

// laneTime is the time between blocks of one algorithm: five share 15 seconds.
const laneTime = 5 * 15 * time.Second

// New makes the driver. A nil log means slog's default.
func New(log *slog.Logger) coins.Driver {
	return family.New(family.Chain{
		Driver:  "digibyte",
		Version: "1.0.0",
		Summary: "DigiByte, its sha256d or scrypt blocks, by DigiByte Core",
		Coin: coins.CoinInfo{
			Symbol:      "DGB",
			Name:        "DigiByte",
			Maturity:    100,
			Decimals:    8,
			VersionMask: versionMask,
		},
		Lanes:    lanes(),
		Networks: networks(),
		Magic:    signedmessage.DigiByte,
		Rules:    []string{"segwit"},
		Witness:  gbt.WitnessByRules,
	}, log)
}

// lanes lists the algorithms; the names are also DigiByte Core's.
func lanes() []family.Lane {
	return []family.Lane{
		{
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     laneTime,
			VersionBits:   gbt.Bits{Mask: algoMask, Value: algoSHA256d},
			Param:         "sha256d",
		},
		{
			Algorithm:     "scrypt",
			DifficultyOne: algos.DiffOneScrypt,
			BlockTime:     laneTime,
			VersionBits:   gbt.Bits{Mask: algoMask, Value: algoScrypt},
			Param:         "scrypt",
		},
	}
}

// networks lists the networks; the hashes of the first blocks are those of
// DigiByte Core's chain parameters.
func networks() []family.Network {
	return []family.Network{
		{
			Name:    "main",
			Address: address.DigiByteMain,
			Genesis: family.Genesis("7497ea1b465eb39f1c8f507bc877078fe016d6fcb6dfad3a64c98dcc6e1e8496"),
		},
		{
			Name:    "test",
			Address: address.DigiByteTest,
			Genesis: family.Genesis("308ea0711d5763be2995670dd9ca9872753561285a84da1d58be58acaa822252"),
		},
		{
			// No first block is demanded: a test chain may be of any make.
			Name:     "regtest",
			Address:  address.DigiByteRegtest,
			Solitary: true,
		},
	}
}
