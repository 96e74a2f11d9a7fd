package bitcoin

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
		Driver:  "bitcoin",
		Version: "1.0.0",
		Summary: "Bitcoin, by btcd, Bitcoin Core or Knots",
		Coin: coins.CoinInfo{
			Symbol:        "BTC",
			Name:          "Bitcoin",
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     10 * time.Minute,
			Maturity:      100,
			Decimals:      8,
			VersionMask:   versionMask,
		},
		Networks: networks(),
		Magic:    signedmessage.Bitcoin,
		Witness:  gbt.WitnessUnlessRules,
	}, log)
}

// schedule is that of the main network: half the subsidy each 210000 blocks, new
// bits each 2016.
var schedule = gbt.Schedule{Subsidy: 50 * 100_000_000, Halving: 210_000, Retarget: 2016}

// networks lists the networks; "test" is testnet3 or testnet4. The hashes of
// the first blocks are those of the chain parameters of btcd and Bitcoin Core.
// The main network is told from Bitcoin Cash by its block 478559.
func networks() []family.Network {
	return []family.Network{
		{
			Name:    "main",
			Address: address.BitcoinMain,
			Genesis: family.Genesis("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"),
			Fork:    family.Fork(478559, "00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148"),

			Schedule: schedule,
		},
		{
			Name:    "test",
			Address: address.BitcoinTest,
			Genesis: family.Genesis(
				"000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
				"00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
			),
		},
		{
			Name:    "signet",
			Address: address.BitcoinSignet,
			Genesis: family.Genesis("00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"),
			Rules:   []string{"signet"},
		},
		{
			// No first block is demanded: a test chain may be of any make, such as
			// the demo's simulated one, and has nothing to lose.
			Name:     "regtest",
			Address:  address.BitcoinRegtest,
			Solitary: true,
		},
		{
			Name:     "simnet",
			Address:  address.BitcoinSimnet,
			Genesis:  family.Genesis("683e86bd5c6d110d91b94b97137ba6bfe02dbbdb8e3dff722a669b5d69d77af6"),
			Solitary: true,
		},
	}
}
