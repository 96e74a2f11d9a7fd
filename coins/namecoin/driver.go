package namecoin

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/settings"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// driver opens coins of one chain.
type driver struct {
	chain    chain
	log      *slog.Logger
	ids      atomic.Uint64 // work of all its coins, so that ids grow over re-opening
	patience time.Duration // how long to wait for a node; 0 means defaultPatience
}

var _ coins.Driver = (*driver)(nil)

// defaultPatience is how long a stream waits for a first work, and for any
// node to answer, before it leaves the waiting to its caller.
const defaultPatience = 10 * time.Second

// Describe says what the driver is.
func (d *driver) Describe() coins.Info {
	info := coins.Info{
		Driver:  d.chain.driver,
		Version: "1.0.0",
		Summary: d.chain.summary,
		Roles:   d.roles(),
		Coin:    d.chain.coin,
	}
	for _, n := range d.chain.networks {
		info.Networks = append(info.Networks, n.Name)
	}
	info.Coin.Network = info.Networks[0]
	info.Coin.ExampleAddress = address.Example(d.chain.networks[0].Address)
	defaults := d.chain.defaults()
	info.Schema = settings.Schema("settings of the "+d.chain.driver+" driver", d.chain.target(&defaults))
	return info
}

// roles are what all coins of the driver can do.
func (d *driver) roles() []coins.Role {
	if d.chain.elastos {
		return []coins.Role{coins.RoleAux}
	}
	return []coins.Role{coins.RoleAux, coins.RoleWallet, coins.RoleMessageVerifier}
}

// Open makes a coin of settings, or returns coins.Problems.
func (d *driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	ch := d.chain
	network, known := d.network(s.Network)
	if !known {
		problems.Addf("network", "%q is not known, expected one of %s", s.Network, strings.Join(d.Describe().Networks, ", "))
	}
	conf := ch.defaults()
	problems = append(problems, settings.Decode(s.JSON, ch.target(&conf))...)
	if ch.generic && known {
		conf.apply(&ch, &network, &problems)
	}
	var script []byte
	if known {
		script = conf.check(&ch, network, &problems)
	} else {
		conf.Settings.Check(&problems)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}

	log := d.log
	if log == nil {
		log = slog.Default()
	}
	log = log.With("coin", s.Instance)
	patience := d.patience
	if patience == 0 {
		patience = defaultPatience
	}
	var dialect nodes.Dialect = nodes.Core{}
	if ch.elastos {
		dialect = elastosNodes{network: network.Name}
	}
	set, err := nodes.New(nodes.Config{
		Settings: conf.Settings,
		Genesis:  network.Genesis,
		Network:  network.Address.String(),
		Solitary: network.Solitary,
		Dialect:  dialect,
		Log:      log,
		Patience: patience,
	})
	if err != nil {
		problems.Addf("nodes", "%v", err)
		return nil, problems
	}
	decode := func(a string) coins.Payee { return address.Decode(network.Address, a) }
	purse, err := wallet.New(wallet.Config{
		Paying: conf.Paying, Node: conf.Nodes[0], Timeout: time.Duration(conf.Timeout), Decimals: ch.coin.Decimals, Genesis: network.Genesis,
		Decode: decode,
	})
	if err != nil {
		problems.Addf("wallet", "%v", err)
		return nil, errors.Join(problems, set.Close())
	}
	ch.coin.Network = network.Name
	if id, ok := ch.ids[network.Name]; ok {
		ch.coin.ChainID = id
	}
	ch.coin.ExampleAddress = address.Example(network.Address)
	c := &coin{
		Wallet: purse, Verifier: signedmessage.Verifier{Magic: ch.magic, Segwit: network.Address.HRP != "", Decode: decode}, driver: d, chain: ch, log: log, info: ch.coin, rules: ch.rules, network: network,
		conf: conf.common, script: script, set: set, patience: patience,
		pending: newPending(),
	}
	if d.chain.elastos {
		return bare{c}, nil
	}
	return c, nil
}

// network finds a network by name; the empty name is the main network.
func (d *driver) network(name string) (family.Network, bool) {
	for _, n := range d.chain.networks {
		if n.Name == name || name == "" {
			return n, true
		}
	}
	return family.Network{Address: d.chain.networks[0].Address}, false
}
