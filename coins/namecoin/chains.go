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

// chain is what tells one AuxPoW chain from another.
type chain struct {
	driver   string
	summary  string
	generic  bool           // the settings describe the coin
	coin     coins.CoinInfo // Network is set from networks
	magic    string         // what signed messages begin with, of package signedmessage
	rules    coins.AuxRules
	networks []family.Network // main network first

	modes     []string // ways to get work that serve, the best first; nil for all
	parentTip bool     // createauxblock is told the parent's tip
	elastos   bool     // its node is Elastos's, which is no Bitcoin Core

	ids map[string]uint32 // chain ids of networks that have another than the main one
}

// ways are the modes of a chain, the best first.
func (ch *chain) ways() []string {
	if ch.modes != nil {
		return ch.modes
	}
	return []string{modeTemplate, modeCreate, modeGet}
}

// New makes the driver of Namecoin. A nil log means slog's default.
func New(log *slog.Logger) coins.Driver {
	return &driver{log: log, chain: chain{
		driver:  "namecoin",
		summary: "Namecoin, merge-mined, by Namecoin Core",
		coin: coins.CoinInfo{
			Symbol:        "NMC",
			Name:          "Namecoin",
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     10 * time.Minute,
			Maturity:      100,
			Decimals:      8,
			ChainID:       1,
			HasChainID:    true,
		},
		magic: signedmessage.Namecoin,
		rules: coins.AuxRules{StrictID: true, NoAuxParent: true},
		networks: []family.Network{
			{
				Name:    "main",
				Address: address.NamecoinMain,
				Genesis: family.Genesis("000000000062b72c5e2ceb45fbc8587e807c155b0da735e6483dfba2f0a9c770"),
			},
			{
				Name:    "test",
				Address: address.NamecoinTest,
				Genesis: family.Genesis("00000007199508e34a9ff81e6ec0c477a4cccff2a4767a8eee39c11db367b008"),
			},
			{Name: "regtest", Address: address.NamecoinRegtest, Solitary: true},
		},
	}}
}

// NewDogecoin makes the driver of Dogecoin. A nil log means slog's default.
func NewDogecoin(log *slog.Logger) coins.Driver {
	return &driver{log: log, chain: chain{
		driver:  "dogecoin",
		summary: "Dogecoin, merge-mined, by Dogecoin Core",
		coin: coins.CoinInfo{
			Symbol:        "DOGE",
			Name:          "Dogecoin",
			Algorithm:     "scrypt",
			DifficultyOne: algos.DiffOneScrypt,
			BlockTime:     time.Minute,
			Maturity:      240,
			Decimals:      8,
			ChainID:       98,
			HasChainID:    true,
		},
		magic: signedmessage.Dogecoin,
		rules: coins.AuxRules{StrictID: true, IndexZero: true},
		networks: []family.Network{
			{
				Name:    "main",
				Address: address.DogecoinMain,
				Genesis: family.Genesis("1a91e3dace36e2be3bf030a65679fe821aa1d6ef92e7c9902eb318182c355691"),
			},
			{
				Name:    "test",
				Address: address.DogecoinTest,
				Genesis: family.Genesis("bb0a78264637406b6360aad926284d544d7049f45189db5664f3c4d07350559e"),
			},
			{Name: "regtest", Address: address.DogecoinRegtest, Solitary: true},
		},
	}}
}

// NewGeneric makes the driver of any chain of the kind, described by its
// settings. A nil log means slog's default.
//
// On its networks test and regtest the address versions are by default those
// that nearly all chains share; on main they must be given.
func NewGeneric(log *slog.Logger) coins.Driver {
	return &driver{log: log, chain: chain{
		driver:  "auxpow",
		summary: "any merge-mined chain of Namecoin's kind, described by its settings",
		generic: true,
		coin: coins.CoinInfo{
			Symbol:        "AUX",
			Name:          "AuxPoW chain",
			Algorithm:     "sha256d",
			DifficultyOne: algos.DiffOneBitcoin,
			BlockTime:     10 * time.Minute,
			Maturity:      100,
			Decimals:      8,
		},
		rules: coins.AuxRules{StrictID: true, NoAuxParent: true},
		networks: []family.Network{
			{Name: "main"},
			{Name: "test", Address: address.Network{P2PKH: testP2PKH, P2SH: []byte{testP2SH}}},
			{Name: "regtest", Address: address.Network{P2PKH: testP2PKH, P2SH: []byte{testP2SH}}, Solitary: true},
		},
	}}
}

// Version bytes of addresses that nearly all test networks share.
const (
	testP2PKH = 0x6f
	testP2SH  = 0xc4
)
