package family

import (
	"log/slog"
	"sync/atomic"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
)

// Opener opens the coins of a driver. Its zero value is ready and logs to
// slog's default.
type Opener struct {
	Log *slog.Logger

	ids atomic.Uint64 // templates of all its coins, so that ids grow over re-opening
}

// Open makes a coin of settings that nodes.Settings.Check found nothing wrong
// with. The error is a coins.Problems value.
func (o *Opener) Open(chain Chain, network Network, conf nodes.Settings, instance string) (coins.Coin, error) {
	log := o.Log
	if log == nil {
		log = slog.Default()
	}
	set, err := nodes.New(nodes.Config{
		Settings: conf,
		Genesis:  network.Genesis,
		Fork:     network.Fork,
		Network:  network.Address.String(),
		Solitary: network.Solitary,
		Log:      log.With("coin", instance),
	})
	if err != nil {
		var problems coins.Problems
		problems.Addf("nodes", "%v", err)
		return nil, problems
	}
	return &coin{
		chain: chain, network: network, info: chain.info(network), propose: conf.Propose, set: set,
		nextID: func() uint64 { return o.ids.Add(1) },
	}, nil
}
