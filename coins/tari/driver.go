package tari

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// Driver opens Tari coins.
type Driver struct {
	log *slog.Logger
	ids atomic.Uint64 // templates of all its coins, so that ids grow over re-opening

	// For tests: how long to wait for a first template and for any node, and
	// how long a node must have been well to be preferred again; 0 means the
	// defaults.
	patience, holdOff time.Duration
}

// Defaults of the driver.
const (
	defaultPatience = 10 * time.Second
	defaultHoldOff  = 10 * time.Second
)

// New makes the driver. A nil log means slog's default.
func New(log *slog.Logger) *Driver { return &Driver{log: log} }

var _ coins.Driver = (*Driver)(nil)

// Describe says what the driver is.
func (d *Driver) Describe() coins.Info {
	defaults := defaultSettings()
	info := coins.Info{
		Driver:  "tari",
		Version: "1.0.0",
		Summary: "Tari, SHA3x, over the base node's gRPC",
		Roles:   []coins.Role{coins.RoleParent},
		Coin:    coinInfo(networks[0], maxMaturity),
		Schema:  settings.Schema("settings of the tari driver", &defaults),
	}
	for _, n := range networks {
		info.Networks = append(info.Networks, n.name)
	}
	return info
}

// coinInfo is what is fixed for a network. The block time is the whole chain's:
// SHA3x has one of several algorithms' share of the blocks.
func coinInfo(n network, maturity uint) coins.CoinInfo {
	return coins.CoinInfo{
		Symbol:         "XTM",
		Name:           "Tari",
		Network:        n.name,
		Algorithm:      sha3x.Name(),
		DifficultyOne:  algos.DiffOneSHA3x,
		BlockTime:      2 * time.Minute,
		Maturity:       uint32(maturity),
		Decimals:       6,
		ExampleAddress: exampleAddress(n),
	}
}

// Open makes a coin of settings, or returns coins.Problems.
func (d *Driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	n, known := networkByName(s.Network)
	if !known {
		problems.Addf("network", "%q is not known, expected one of %s", s.Network, strings.Join(d.Describe().Networks, ", "))
	}
	conf := defaultSettings()
	problems = append(problems, settings.Decode(s.JSON, &conf)...)
	conf.check(n, known, &problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	log := d.log
	if log == nil {
		log = slog.Default()
	}
	c, err := newCoin(d, n, conf, log.With("coin", s.Instance))
	if err != nil {
		problems.Addf("nodes", "%v", err)
		return nil, problems
	}
	return c, nil
}
