package bitcoinlike

import (
	"context"
	"log/slog"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// driver opens coins that their settings describe.
type driver struct {
	opener family.Opener
}

var _ coins.Driver = (*driver)(nil)

// New makes the driver. A nil log means slog's default.
func New(log *slog.Logger) coins.Driver {
	return &driver{opener: family.Opener{Log: log}}
}

// networks are the networks that settings may describe. On test and regtest the
// address versions are by default those that nearly all chains share; on main
// they must be given.
func networks() []family.Network {
	return []family.Network{{Name: "main"}, {Name: "test"}, {Name: "regtest", Solitary: true}}
}

// Describe says what the driver is.
func (d *driver) Describe() coins.Info {
	def := defaults()
	return coins.Info{
		Driver:  "bitcoinlike",
		Version: "1.0.0",
		Summary: "any coin of Bitcoin's family, described by its settings",
		Roles:   family.Roles(),
		Coin: coins.CoinInfo{
			Symbol:        "COIN",
			Name:          "Bitcoin-like chain",
			Network:       "main",
			Algorithm:     def.Algorithm,
			DifficultyOne: algos.DiffOneBitcoin,
			VersionMask:   def.VersionMask,
			BlockTime:     def.blockTime(),
			Maturity:      def.Maturity,
			Decimals:      def.Decimals,
		},
		Networks: family.Names(networks()),
		Schema:   settings.Schema("settings of the bitcoinlike driver", def),
	}
}

// Open makes a coin of settings, or returns coins.Problems.
func (d *driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	network := family.FindNetwork(networks(), s.Network, &problems)
	conf := decode(s.JSON, &problems)
	chain := conf.chain(&network, &problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return d.opener.Open(chain, network, conf.Settings, conf.Paying, s.Instance)
}
