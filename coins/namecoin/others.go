package namecoin

import (
	"log/slog"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
)

// NewSyscoin makes the driver of Syscoin. A nil log means slog's default.
//
// Its blocks pay masternodes and commit to much that no template tells, so that
// only the node's own aux blocks serve. The parent's coinbase must carry an
// output, and at some heights the block commits to the block that the parent is
// built on: Syscoin can only be mined beside Bitcoin then. Of a parent's version
// it reads a chain id only where bit 8 is set, which Bitcoin's never have; that
// is no strict id.
func NewSyscoin(log *slog.Logger) coins.Driver {
	return &driver{log: log, chain: chain{
		driver:  "syscoin",
		summary: "Syscoin, merge-mined, by Syscoin Core",
		coin: coins.CoinInfo{
			Symbol:        "SYS",
			Name:          "Syscoin",
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     150 * time.Second,
			Maturity:      100,
			Decimals:      8,
			ChainID:       16,
			HasChainID:    true,
		},
		magic:     signedmessage.Syscoin,
		rules:     coins.AuxRules{MagicRequired: true},
		modes:     []string{modeCreate},
		parentTip: true,
		ids:       map[string]uint32{"test": 8},
		networks: []family.Network{
			{
				Name:    "main",
				Address: address.SyscoinMain,
				Genesis: family.Genesis("0000022642db0346b6e01c2a397471f4f12e65d4f4251ec96c1f85367a61a7ab"),
			},
			{
				Name:    "test",
				Address: address.SyscoinTest,
				Genesis: family.Genesis("0000066e1a6b9cfeac8295dce0cc8d9170690a74bc4878cf8a0b412554f5c222"),
			},
			{Name: "regtest", Address: address.SyscoinRegtest, Solitary: true},
		},
	}}
}

// NewElastos makes the driver of Elastos's main chain. A nil log means slog's
// default.
//
// The node gives one aux block at a time to whoever asks: two pools that pay
// different addresses must not share it. A block that it has taken is in the
// chain only once its arbiters have confirmed it. Payee.Script is a stand-in:
// this chain's outputs have no scripts. It neither pays nor verifies messages: its
// keys are of another curve.
func NewElastos(log *slog.Logger) coins.Driver {
	return &driver{log: log, chain: chain{
		driver:  "elastos",
		summary: "Elastos, merge-mined, by Elastos.ELA",
		coin: coins.CoinInfo{
			Symbol:        "ELA",
			Name:          "Elastos",
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     2 * time.Minute,
			Maturity:      100,
			Decimals:      8,
			ChainID:       1224,
			HasChainID:    true,
		},
		rules:   coins.AuxRules{IndexZero: true, MagicRequired: true},
		modes:   []string{modeCreate},
		elastos: true,
		networks: []family.Network{
			{Name: "main", Address: address.ElastosMain},
			{Name: "test", Address: address.ElastosTest},
			{Name: "regtest", Address: address.ElastosRegtest, Solitary: true},
		},
	}}
}
