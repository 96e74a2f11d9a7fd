package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// refreshEvery is how often a template is made anew while nothing happens, so
// that block times move and the pool sees that the coin is alive.
const refreshEvery = 30 * time.Second

var errClosed = errors.New("the coin is closed")

// coin is an open coin. The pool calls its methods at the same time.
type coin struct {
	info  coins.CoinInfo
	chain *chain

	closing    sync.Once
	closed     chan struct{}
	background sync.WaitGroup
}

var _ coins.Parent = (*coin)(nil)

func newCoin(info coins.CoinInfo, chain *chain) *coin {
	c := &coin{info: info, chain: chain, closed: make(chan struct{})}
	c.background.Go(c.refresh)
	return c
}

// refresh runs until the coin is closed.
func (c *coin) refresh() {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.chain.refresh()
		case <-c.closed:
			return
		}
	}
}

// Close ends the streams and what runs in the background.
func (c *coin) Close() error {
	c.closing.Do(func() { close(c.closed) })
	c.background.Wait()
	return nil
}

// Info says what the settings made of the coin.
func (c *coin) Info() coins.CoinInfo { return c.info }

// ValidateAddress decides whether address can be paid.
func (c *coin) ValidateAddress(_ context.Context, address string) (coins.Payee, error) {
	return parseAddress(c.info.Network, address), nil
}

// Health streams the state of the coin's nodes: at once, and then every change.
func (c *coin) Health(ctx context.Context, out chan<- coins.Health) error {
	return follow(ctx, c.closed, c.chain.health, out)
}

// Templates streams block templates: the present one at once, and then every
// change.
func (c *coin) Templates(ctx context.Context, out chan<- *coins.Template) error {
	return follow(ctx, c.closed, c.chain.template, out)
}

// SubmitBlock hands a solved block to the node. A refusal is a verdict. An error
// means that the outcome is unknown, and the pool asks again: a coin with a node
// returns one when the node cannot be reached.
func (c *coin) SubmitBlock(_ context.Context, b *coins.Block) (coins.Verdict, error) {
	height, err := c.chain.submit(b.Raw)
	verdict := coins.Verdict{Code: coins.Received, Node: nodeName}
	switch {
	case errors.Is(err, errDuplicate):
		verdict.Code = coins.Duplicate
	case errors.Is(err, errStale):
		verdict.Code, verdict.Reason = coins.Stale, err.Error()
	case err != nil:
		verdict.Code, verdict.Reason = coins.Rejected, err.Error()
	default:
		sdk.Logger().Info("the chain has a new block", "height", height, "hash", b.Hash)
	}
	return verdict, nil
}

// BlockStatus looks a block up. The pool counts a block only when it is found on
// the best chain here. There are no side branches in this chain.
func (c *coin) BlockStatus(_ context.Context, hash coins.Hash, _ uint64) (coins.BlockStatus, error) {
	height, confirmations := c.chain.find(hash)
	if confirmations == 0 {
		return coins.BlockStatus{State: coins.BlockUnknown, Node: nodeName}, nil
	}
	return coins.BlockStatus{State: coins.BlockBestChain, Height: height, Confirmations: confirmations, Node: nodeName}, nil
}
