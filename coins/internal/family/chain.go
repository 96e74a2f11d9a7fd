package family

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
)

// Chain is one coin of the family.
type Chain struct {
	Driver   string
	Version  string
	Summary  string
	Coin     coins.CoinInfo // Network and ExampleAddress are set from Networks
	Networks []Network      // main network first
	Lanes    []Lane         // algorithms of a chain that has several, the default first

	Magic string // what signed messages begin with, of package signedmessage

	// What a template is asked for, and how it is read.
	Rules           []string // rules to name in requests; nil means nodes.Rules
	Witness         gbt.Witness
	MWEB            bool   // blocks may end with an MWEB block
	CoinbaseVersion uint32 // transaction version of coinbases; 0 means 2
	Required        []gbt.Required
	Payload         gbt.Payload
	VersionBits     gbt.Bits
	Params          []any // parameters of getblocktemplate after the request
}

// Network is one network of a chain.
type Network struct {
	Name     string
	Address  address.Network
	Genesis  []coins.Hash // the first block, any of them; empty for no check
	Fork     nodes.Fork   // tells it from networks with the same first block
	Solitary bool         // a node without peers is fine
	Rules    []string     // rules to name in requests, beyond the chain's

	// Schedule says when bits and subsidy change, where it is certain; then an
	// empty template may go ahead of the full one. The zero value is never.
	Schedule gbt.Schedule
}

// Lane is one algorithm of a chain whose blocks are found by several, each with
// a difficulty of its own. A coin mines one of them.
type Lane struct {
	Algorithm     string
	DifficultyOne [32]byte
	BlockTime     time.Duration // between blocks of this algorithm
	VersionBits   gbt.Bits      // tell the algorithm in a block's version
	Param         string        // asks the node for its templates
}

// on is the chain as mined by one of its algorithms.
func (c Chain) on(l Lane) Chain {
	c.Coin.Algorithm, c.Coin.DifficultyOne, c.Coin.BlockTime = l.Algorithm, l.DifficultyOne, l.BlockTime
	c.VersionBits = l.VersionBits
	c.Params = []any{l.Param}
	return c
}

// info is what the chain's coin is on a network.
func (c *Chain) info(n Network) coins.CoinInfo {
	info := c.Coin
	info.Network = n.Name
	info.ExampleAddress = address.Example(n.Address)
	return info
}

// Genesis parses the hashes of first blocks, for tables: it panics on a
// mistyped one.
func Genesis(printed ...string) []coins.Hash {
	out := make([]coins.Hash, len(printed))
	for i, p := range printed {
		out[i] = mustHash(p)
	}
	return out
}

// Fork parses the hash of a block that tells networks apart, for tables: it
// panics on a mistyped one.
func Fork(height uint64, printed string) nodes.Fork {
	return nodes.Fork{Height: height, Hash: mustHash(printed)}
}

func mustHash(printed string) coins.Hash {
	h, err := coins.ParseHash(printed)
	if err != nil {
		panic("family: " + err.Error())
	}
	return h
}
