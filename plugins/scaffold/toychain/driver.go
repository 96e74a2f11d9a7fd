package main

import (
	"context"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

const (
	symbol  = "TOY"
	version = "0.1.0"
)

// The networks, each with an address format of its own in a real coin. The first
// is what an empty network means.
const (
	mainNetwork    = "main"
	regtestNetwork = "regtest"
)

// driver opens coins. It has no state: each coin has its own.
type driver struct{}

var _ coins.Driver = driver{}

// Describe says what the plugin is. The pool asks before it knows any settings,
// and gets the same answer each time.
func (driver) Describe() coins.Info {
	return coins.Info{
		Driver:   "toychain",
		Version:  version,
		Summary:  "Toychain, a chain in the memory of its plugin",
		Roles:    []coins.Role{coins.RoleParent},
		Coin:     coinInfo(mainNetwork),
		Networks: []string{mainNetwork, regtestNetwork},
		Schema:   []byte(schema),
	}
}

func coinInfo(network string) coins.CoinInfo {
	return coins.CoinInfo{
		Symbol:         symbol,
		Name:           "Toychain",
		Network:        network,
		Algorithm:      "sha256d",            // sha256d, scrypt and sha3x are the pool's own
		DifficultyOne:  algos.DiffOneBitcoin, // what difficulty 1 means to this coin's miners
		BlockTime:      10 * time.Second,
		Maturity:       10,
		Decimals:       8,
		VersionMask:    versionMask,
		ExampleAddress: address(network, exampleHash),
	}
}

// Open checks the settings and makes a coin of them. All that is wrong is told at
// once, each with its key; the pool adds file and line. No node is asked here:
// one that is down is no fault of the settings, and Health tells of it.
func (driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	set, problems := readSettings(s.JSON)
	network := s.Network
	switch network {
	case "":
		network = mainNetwork
	case mainNetwork, regtestNetwork:
	default:
		problems.Addf("network", "%q is not known; expected %s or %s", network, mainNetwork, regtestNetwork)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return newCoin(coinInfo(network), newChain(set.rules(), time.Now)), nil
}
