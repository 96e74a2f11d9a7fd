package namecoin

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/coins/internal/family"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/signedmessage"
	"github.com/motherlode-pool/motherlode/coins/internal/wallet"
)

// coin is an open coin.
type coin struct {
	*wallet.Wallet
	signedmessage.Verifier

	driver   *driver
	chain    chain
	log      *slog.Logger
	info     coins.CoinInfo
	rules    coins.AuxRules
	network  family.Network
	conf     common
	script   []byte // what address stands for
	set      *nodes.Set
	patience time.Duration
	pending  *pending

	refused atomic.Pointer[coins.Hash] // the last block of our own that a node refused
}

var (
	_ coins.Aux    = (*coin)(nil)
	_ coins.Wallet = (*coin)(nil)

	_ coins.MessageVerifier = (*coin)(nil)
)

// bare is a coin that can neither pay nor verify messages, and does not look as if
// it could.
type bare struct{ coins.Aux }

func (c *coin) Info() coins.CoinInfo { return c.info }

func (c *coin) Close() error {
	c.CloseWallet()
	return c.set.Close()
}

func (c *coin) Health(ctx context.Context, out chan<- coins.Health) error {
	return c.set.Health(ctx, out)
}

func (c *coin) ValidateAddress(_ context.Context, a string) (coins.Payee, error) {
	return address.Decode(c.network.Address, a), nil
}

func (c *coin) BlockStatus(ctx context.Context, hash coins.Hash, _ uint64) (coins.BlockStatus, error) {
	return c.set.BlockStatus(ctx, hash)
}

// AuxWork streams work in the way that the settings or the nodes decide. Only
// chains with parentTip look at the parent's tip.
func (c *coin) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	ctx, release, err := c.set.Open(ctx)
	if err != nil {
		return err
	}
	defer release()
	mode := c.conf.Mode
	switch ways := c.chain.ways(); {
	case mode != modeAuto:
	case len(ways) == 1:
		mode = ways[0]
	default:
		if mode, err = c.probe(ctx); err != nil {
			return err
		}
	}
	c.log.Info("aux work", "mode", mode)
	send := func(ctx context.Context, w *coins.AuxWork) error {
		select {
		case out <- w:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if mode == modeTemplate {
		return c.templates(ctx, send)
	}
	if mode == modeGet {
		c.log.Warn("getauxblock pays the node's own wallet, not the configured address")
	}
	p := &pinned{coin: c, mode: mode, send: send}
	if c.chain.parentTip {
		p.parents = parents
	}
	return p.run(ctx)
}

// checkID compares the chain id that a node names with the expected one.
func (c *coin) checkID(node string, id uint32) error {
	if c.info.HasChainID && id != c.info.ChainID {
		return fmt.Errorf("%w: %s says %d, %s has %d: the node is of another chain, or the settings are wrong",
			ErrChainID, node, id, c.info.Name, c.info.ChainID)
	}
	return nil
}
