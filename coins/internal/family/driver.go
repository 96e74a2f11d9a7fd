package family

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
)

// Chain is one coin of the family.
type Chain struct {
	Driver   string
	Version  string
	Summary  string
	Coin     coins.CoinInfo // Network is set from Networks
	Networks []Network      // main network first
	Witness  gbt.Witness
	MWEB     bool // blocks may end with an MWEB block
}

// Network is one network of a chain.
type Network struct {
	Name     string
	Address  address.Network
	Genesis  []coins.Hash
	Solitary bool     // a node without peers is fine
	Rules    []string // rules to name in requests, beyond nodes.Rules
}

// Genesis parses the hashes of first blocks, for tables: it panics on a
// mistyped one.
func Genesis(printed ...string) []coins.Hash {
	out := make([]coins.Hash, len(printed))
	for i, p := range printed {
		h, err := coins.ParseHash(p)
		if err != nil {
			panic("family: " + err.Error())
		}
		out[i] = h
	}
	return out
}

// Driver opens coins of one chain.
type Driver struct {
	chain Chain
	log   *slog.Logger
	ids   atomic.Uint64 // templates of all its coins, so that ids grow over re-opening
}

// New makes a driver. A nil log means slog's default.
func New(chain Chain, log *slog.Logger) *Driver {
	return &Driver{chain: chain, log: log}
}

var _ coins.Driver = (*Driver)(nil)

// Describe says what the driver is.
func (d *Driver) Describe() coins.Info {
	info := coins.Info{
		Driver:  d.chain.Driver,
		Version: d.chain.Version,
		Summary: d.chain.Summary,
		Roles:   []coins.Role{coins.RoleParent},
		Coin:    d.chain.Coin,
	}
	for _, n := range d.chain.Networks {
		info.Networks = append(info.Networks, n.Name)
	}
	info.Coin.Network = info.Networks[0]
	defaults := nodes.DefaultSettings()
	info.Schema = settings.Schema("settings of the "+d.chain.Driver+" driver", &defaults)
	return info
}

// Open makes a coin of settings, or returns coins.Problems.
func (d *Driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	network, ok := d.network(s.Network)
	if !ok {
		problems.Addf("", "network %q is not known, expected one of %s", s.Network, strings.Join(d.Describe().Networks, ", "))
	}
	conf := nodes.DefaultSettings()
	problems = append(problems, settings.Decode(s.JSON, &conf)...)
	conf.Check(&problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}

	log := d.log
	if log == nil {
		log = slog.Default()
	}
	set, err := nodes.New(nodes.Config{
		Settings: conf,
		Genesis:  network.Genesis,
		Network:  network.Address.String(),
		Solitary: network.Solitary,
		Log:      log.With("coin", s.Instance),
	})
	if err != nil {
		problems.Addf("nodes", "%v", err)
		return nil, problems
	}
	info := d.chain.Coin
	info.Network = network.Name
	return &coin{driver: d, info: info, network: network, propose: conf.Propose, set: set}, nil
}

// network finds a network by name; the empty name is the main network.
func (d *Driver) network(name string) (Network, bool) {
	for _, n := range d.chain.Networks {
		if n.Name == name || name == "" {
			return n, true
		}
	}
	return Network{}, false
}
