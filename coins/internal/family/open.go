package family

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// Opener opens the coins of a driver. Its zero value is ready and logs to
// slog's default.
type Opener struct {
	Log *slog.Logger

	ids atomic.Uint64 // templates of all its coins, so that ids grow over re-opening
}

// Open makes a coin of settings that nodes.Settings.Check and
// wallet.Paying.CheckWallet found nothing wrong with. The error is a coins.Problems value.
func (o *Opener) Open(chain Chain, network Network, conf nodes.Settings, pay wallet.Paying, instance string) (coins.Coin, error) {
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
	info := chain.info(network)
	decode := func(a string) coins.Payee { return address.Decode(network.Address, a) }
	purse, err := wallet.New(wallet.Config{
		Paying: pay, Node: conf.Nodes[0], Timeout: time.Duration(conf.Timeout), Decimals: info.Decimals, Genesis: network.Genesis,
		Decode: decode,
	})
	if err != nil {
		var problems coins.Problems
		problems.Addf("wallet", "%v", err)
		return nil, errors.Join(problems, set.Close())
	}
	return &coin{
		Wallet: purse, Verifier: signedmessage.Verifier{Magic: chain.Magic, Segwit: network.Address.HRP != "", Decode: decode},
		chain: chain, network: network, info: info, propose: conf.Propose, set: set,
		nextID: func() uint64 { return o.ids.Add(1) },
	}, nil
}
