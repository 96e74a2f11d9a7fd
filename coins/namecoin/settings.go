package namecoin

import (
	"slices"
	"strings"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// The ways to get work, as the setting mode names them.
const (
	modeAuto     = "auto"
	modeTemplate = "template"
	modeCreate   = "createauxblock"
	modeGet      = "getauxblock"
)

// The dialects of nodes, as the setting dialect names them.
const (
	dialectCore    = "core"
	dialectElastos = "elastos"
)

// maxTag leaves room for the height in a coinbase script of 100 bytes.
const maxTag = 80

// maxChainID is the largest id that the upper half of a signed version holds.
const maxChainID = 0x7fff

// common are the settings of every chain.
type common struct {
	nodes.Settings
	wallet.Paying
	Address string `json:"address" doc:"what this chain's blocks pay to; needed unless mode is getauxblock"`
	Mode    string `json:"mode" doc:"how to get work: auto, template, createauxblock or getauxblock"`
	Tag     string `json:"tag" doc:"text in the coinbase of this chain's blocks, in template mode"`
}

// described are the settings that describe a chain to the generic driver.
type described struct {
	common
	Symbol        string            `json:"symbol" required:"true" doc:"the coin's ticker, like NMC"`
	Name          string            `json:"name" doc:"the coin's name; by default its symbol"`
	Algorithm     string            `json:"algorithm" doc:"proof of work of the chain and its parent"`
	ChainID       *int64            `json:"chain_id" doc:"the chain's id in merged mining; by default what the node says"`
	P2PKH         *int64            `json:"p2pkh" doc:"version byte of addresses that pay to a key's hash"`
	P2SH          *int64            `json:"p2sh" doc:"version byte of addresses that pay to a script's hash"`
	HRP           string            `json:"hrp" doc:"prefix of bech32 addresses; empty where there are none"`
	Magic         string            `json:"message_magic" doc:"what the coin's wallets put before a message that they sign; by default the name, followed by Signed Message:"`
	StrictID      bool              `json:"strict_id" doc:"the chain refuses a parent whose version carries the chain's id"`
	IndexZero     bool              `json:"index_zero" doc:"the chain checks that the proof's coinbase index is 0"`
	NoAuxParent   bool              `json:"no_aux_parent" doc:"the chain refuses a parent that is merge-mined itself"`
	MagicRequired bool              `json:"magic_required" doc:"the chain refuses a commitment without its magic"`
	Dialect       string            `json:"dialect" doc:"whose calls the node has: core for Bitcoin Core's, or elastos"`
	ParentTip     bool              `json:"parent_tip" doc:"the node is told the parent's tip, as a second parameter of createauxblock"`
	BlockTime     settings.Duration `json:"block_time" doc:"expected time between blocks"`
	Maturity      uint32            `json:"maturity" doc:"confirmations after which a block reward may be spent"`
	Decimals      uint8             `json:"decimals" doc:"digits behind the decimal point of an amount"`
}

// defaults are the settings of an operator who gives none.
func (ch *chain) defaults() described {
	return described{
		common:        common{Settings: nodes.DefaultSettings(), Mode: modeAuto, Tag: "/motherlode/"},
		Algorithm:     ch.coin.Algorithm,
		StrictID:      ch.rules.StrictID,
		IndexZero:     ch.rules.IndexZero,
		NoAuxParent:   ch.rules.NoAuxParent,
		MagicRequired: ch.rules.MagicRequired,
		Dialect:       dialectCore,
		BlockTime:     settings.Duration(ch.coin.BlockTime),
		Maturity:      ch.coin.Maturity,
		Decimals:      ch.coin.Decimals,
	}
}

// target is the part of the settings that the operator of this chain may set.
func (ch *chain) target(d *described) any {
	if ch.generic {
		return d
	}
	return &d.common
}

// apply makes the coin, its rules and its network of the settings that
// describe a chain.
func (d *described) apply(ch *chain, network *family.Network, problems *coins.Problems) {
	ch.coin.Symbol, ch.coin.Name = d.Symbol, d.Name
	if d.Name == "" {
		ch.coin.Name = d.Symbol
	}
	ch.coin.Maturity, ch.coin.Decimals, ch.coin.BlockTime = d.Maturity, d.Decimals, time.Duration(d.BlockTime)
	ch.rules = coins.AuxRules{StrictID: d.StrictID, IndexZero: d.IndexZero, NoAuxParent: d.NoAuxParent, MagicRequired: d.MagicRequired}
	switch ch.parentTip, ch.elastos = d.ParentTip, d.Dialect == dialectElastos; {
	case d.Dialect != dialectCore && d.Dialect != dialectElastos:
		problems.Addf("dialect", "%q is not known, expected %s or %s", d.Dialect, dialectCore, dialectElastos)
	case ch.parentTip && ch.elastos:
		problems.Addf("parent_tip", "nodes of the dialect %s cannot be told the parent's tip", dialectElastos)
	case ch.parentTip || ch.elastos:
		ch.modes = []string{modeCreate}
	}
	if d.BlockTime <= 0 {
		problems.Addf("block_time", "must be longer than nothing, got %s", time.Duration(d.BlockTime))
	}

	if a, err := algos.ByName(d.Algorithm); err != nil {
		problems.Addf("algorithm", "%v", err)
	} else {
		ch.coin.Algorithm, ch.coin.DifficultyOne = d.Algorithm, a.DiffOne()
	}
	if id := d.ChainID; id != nil {
		if *id < 0 || *id > maxChainID {
			problems.Addf("chain_id", "%d is out of range, expected 0 to %d", *id, maxChainID)
		}
		ch.coin.ChainID, ch.coin.HasChainID = uint32(*id), true
	}
	network.Address = d.addresses(network, ch.coin.Name, problems)
	if !ch.elastos {
		ch.magic = signedmessage.MagicFor(d.Magic, ch.coin.Name)
	} else if d.Magic != "" {
		problems.Addf("message_magic", "means nothing at nodes of the dialect %s", dialectElastos)
	}
}

func (d *described) addresses(network *family.Network, name string, problems *coins.Problems) address.Network {
	out := network.Address
	out.Coin, out.Name, out.HRP = name, network.Name, strings.ToLower(d.HRP)
	byteOf := func(key string, v *int64, def []byte) byte {
		switch {
		case v != nil && (*v < 0 || *v > 0xff):
			problems.Addf(key, "%d is out of range, expected 0 to 255", *v)
		case v != nil:
			return byte(*v)
		case def == nil:
			problems.Addf(key, "is missing: network %q has no usual version byte for addresses", network.Name)
		default:
			return def[0]
		}
		return 0
	}
	var p2pkh []byte
	if out.P2SH != nil {
		p2pkh = []byte{out.P2PKH}
	}
	out.P2PKH = byteOf("p2pkh", d.P2PKH, p2pkh)
	out.P2SH = []byte{byteOf("p2sh", d.P2SH, out.P2SH)}
	return out
}

// check adds what is wrong with the settings of every chain and returns the
// script that the address stands for.
func (c *common) check(ch *chain, network family.Network, problems *coins.Problems) []byte {
	c.Settings.Check(problems)
	c.CheckWallet(problems)
	if c.Wallet != "" && ch.elastos {
		problems.Addf("wallet", "cannot be used at nodes of the dialect %s", dialectElastos)
	}
	switch c.Mode {
	case modeAuto:
	case modeTemplate, modeCreate, modeGet:
		if ways := ch.ways(); !slices.Contains(ways, c.Mode) {
			problems.Addf("mode", "%s does not serve this chain, expected %s", c.Mode, strings.Join(append([]string{modeAuto}, ways...), " or "))
		}
	default:
		problems.Addf("mode", "%q is not known, expected %s, %s, %s or %s", c.Mode, modeAuto, modeTemplate, modeCreate, modeGet)
	}
	if len(c.Tag) > maxTag {
		problems.Addf("tag", "has %d bytes, at most %d", len(c.Tag), maxTag)
	}
	switch {
	case c.Address == "" && c.Mode == modeGet:
		return nil
	case c.Address == "":
		problems.Addf("address", "is missing: this chain's blocks need an address of %s to pay to", network.Address)
		return nil
	}
	payee := address.Decode(network.Address, c.Address)
	if !payee.Valid {
		problems.Addf("address", "%q cannot be paid: %s", c.Address, payee.Reason)
	}
	return payee.Script
}
