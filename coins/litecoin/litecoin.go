package litecoin

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

// versionMask is what BIP320 leaves to miners; Litecoin takes it over.
const versionMask = 0x1fffe000

// New makes the driver. A nil log means slog's default.
func New(log *slog.Logger) coins.Driver {
	return family.New(family.Chain{
		Driver:  "litecoin",
		Version: "1.0.0",
		Summary: "Litecoin, by Litecoin Core",
		Coin: coins.CoinInfo{
			Symbol:        "LTC",
			Name:          "Litecoin",
			Algorithm:     "scrypt",
			DifficultyOne: algos.DiffOneScrypt,
			BlockTime:     150 * time.Second,
			Maturity:      100,
			Decimals:      8,
			VersionMask:   versionMask,
		},
		Networks: networks(),
		Magic:    signedmessage.Litecoin,
		Witness:  gbt.WitnessByRules,
		MWEB:     true,
	}, log)
}

// networks lists the networks; the hashes of the first blocks are those of
// Litecoin Core's chain parameters.
func networks() []family.Network {
	return []family.Network{
		{
			Name:    "main",
			Address: address.LitecoinMain,
			Genesis: family.Genesis("12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2"),
		},
		{
			Name:    "test",
			Address: address.LitecoinTest,
			Genesis: family.Genesis("4966625a4b2851d9fdee139e56211a0d88575f59ed816ff5e6a63deb4e3e29a0"),
		},
		{
			// No first block is demanded: a test chain may be of any make, such as
			// a simulated one, and has nothing to lose.
			Name:     "regtest",
			Address:  address.LitecoinRegtest,
			Solitary: true,
		},
	}
}
