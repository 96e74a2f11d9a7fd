package family

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/gbt"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// Driver opens coins of one chain.
type Driver struct {
	chain  Chain
	opener Opener
}

// New makes a driver. A nil log means slog's default.
func New(chain Chain, log *slog.Logger) *Driver {
	return &Driver{chain: chain, opener: Opener{Log: log}}
}

var _ coins.Driver = (*Driver)(nil)

// common are the settings of every chain.
type common struct {
	nodes.Settings
	wallet.Paying
	EmptyFirst bool `json:"empty_first" doc:"on a new block hand out work without transactions at once, where bits and subsidy are certain; the full template follows"`
}

// config adds those of one with lanes.
type config struct {
	common
	Algorithm string `json:"algorithm" doc:"the algorithm that is mined, one of the chain's"`
}

// defaults are the settings of an operator who gives none, and the part of them
// that this chain has.
func (d *Driver) defaults() (conf *config, target any) {
	conf = &config{common: common{Settings: nodes.DefaultSettings(), EmptyFirst: true}}
	if len(d.chain.Lanes) == 0 {
		return conf, &conf.common
	}
	conf.Algorithm = d.chain.Lanes[0].Algorithm
	return conf, conf
}

// Describe says what the driver is.
func (d *Driver) Describe() coins.Info {
	chain := d.chain
	if len(chain.Lanes) > 0 {
		chain = chain.on(chain.Lanes[0])
	}
	_, target := d.defaults()
	return coins.Info{
		Driver:   chain.Driver,
		Version:  chain.Version,
		Summary:  chain.Summary,
		Roles:    Roles(),
		Coin:     chain.info(chain.Networks[0]),
		Networks: Names(chain.Networks),
		Schema:   settings.Schema("settings of the "+chain.Driver+" driver", target),
	}
}

// Roles are the powers of the coins that Opener opens.
func Roles() []coins.Role {
	return []coins.Role{coins.RoleParent, coins.RoleWallet, coins.RoleMessageVerifier}
}

// Open makes a coin of settings, or returns coins.Problems.
func (d *Driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	network := FindNetwork(d.chain.Networks, s.Network, &problems)
	conf, target := d.defaults()
	problems = append(problems, settings.Decode(s.JSON, target)...)
	conf.Check(&problems)
	conf.CheckWallet(&problems)
	chain := d.lane(conf.Algorithm, &problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if !conf.EmptyFirst {
		network.Schedule = gbt.Schedule{}
	}
	return d.opener.Open(chain, network, conf.Settings, conf.Paying, s.Instance)
}

// lane is the chain as mined by the algorithm of the settings.
func (d *Driver) lane(algorithm string, problems *coins.Problems) Chain {
	if len(d.chain.Lanes) == 0 {
		return d.chain
	}
	var names []string
	for _, l := range d.chain.Lanes {
		if l.Algorithm == algorithm {
			return d.chain.on(l)
		}
		names = append(names, l.Algorithm)
	}
	problems.Addf("algorithm", "%q is not mined here, expected one of %s", algorithm, strings.Join(names, ", "))
	return d.chain
}

// Names lists the names of networks.
func Names(networks []Network) []string {
	var names []string
	for _, n := range networks {
		names = append(names, n.Name)
	}
	return names
}

// FindNetwork finds a network by name; the empty name is the main network, the
// first. An unknown name is a problem.
func FindNetwork(networks []Network, name string, problems *coins.Problems) Network {
	i := slices.IndexFunc(networks, func(n Network) bool { return n.Name == name || name == "" })
	if i < 0 {
		problems.Addf("", "network %q is not known, expected one of %s", name, strings.Join(Names(networks), ", "))
		return Network{}
	}
	return networks[i]
}
