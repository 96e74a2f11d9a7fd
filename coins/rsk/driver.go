package rsk

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

// network is one of Rootstock's networks. The id is what net_version says and
// what the checksum of an address covers (EIP-1191).
type network struct {
	name     string
	id       uint64
	solitary bool // a node without peers is fine
}

var networks = []network{
	{name: "main", id: 30},
	{name: "test", id: 31},
	{name: "regtest", id: 33, solitary: true},
}

// example is the account of EIP-1191's test vectors.
var example = [20]byte{
	0x5a, 0xae, 0xb6, 0x05, 0x3f, 0x3e, 0x94, 0xc9, 0xb9, 0xa0, 0x9f, 0x33, 0x66, 0x94, 0x35, 0xe7, 0xef, 0x1b, 0xea, 0xed,
}

// maturity is how many blocks later rskj's remasc contract pays a block's miner.
const maturity = 4000

// Driver opens Rootstock.
type Driver struct {
	log *slog.Logger
	ids atomic.Uint64 // work of all its coins, so that ids grow over re-opening
}

var _ coins.Driver = (*Driver)(nil)

// New makes a driver. A nil log means slog's default.
func New(log *slog.Logger) *Driver { return &Driver{log: log} }

// Describe says what the driver is.
func (d *Driver) Describe() coins.Info {
	base := defaults()
	info := coins.Info{
		Driver:  "rsk",
		Version: "1.0.0",
		Summary: "Rootstock, merge-mined with Bitcoin by an output of its coinbase",
		Roles:   []coins.Role{coins.RoleAux},
		Coin:    coinInfo(networks[0]),
		Schema:  settings.Schema("settings of the rsk driver", &base),
	}
	for _, n := range networks {
		info.Networks = append(info.Networks, n.name)
	}
	return info
}

func coinInfo(n network) coins.CoinInfo {
	return coins.CoinInfo{
		Symbol: "RBTC", Name: "Rootstock", Network: n.name, Algorithm: "sha256d", DifficultyOne: algos.DiffOneBitcoin,
		BlockTime: 30 * time.Second, Maturity: maturity, Decimals: decimals, ExampleAddress: format(example, n.id),
	}
}

// Open makes a coin of settings, or returns coins.Problems.
func (d *Driver) Open(_ context.Context, s coins.Settings) (coins.Coin, error) {
	var problems coins.Problems
	net, known := networks[0], s.Network == ""
	for _, n := range networks {
		if n.name == s.Network {
			net, known = n, true
		}
	}
	if !known {
		problems.Addf("", "network %q is not known, expected one of %s", s.Network, strings.Join(d.Describe().Networks, ", "))
	}
	c := defaults()
	problems = append(problems, settings.Decode(s.JSON, &c)...)
	c.check(&problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	log := d.log
	if log == nil {
		log = slog.Default()
	}
	return newCoin(d, net, c, log.With("coin", s.Instance))
}
