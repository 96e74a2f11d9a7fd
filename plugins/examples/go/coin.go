package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/sdk"
)

// nodeName stands where a coin with a node has the address of that.
const nodeName = "memory"

var errClosed = errors.New("the coin is closed")

// coin is one open toy chain. The pool calls its methods concurrently.
type coin struct {
	info       coins.CoinInfo
	chain      *chain
	crashAfter int64
	accepted   atomic.Int64

	closing    sync.Once
	closed     chan struct{}
	background sync.WaitGroup
}

var _ coins.Aux = (*coin)(nil)

func newCoin(info coins.CoinInfo, chain *chain, crashAfter int64) *coin {
	return &coin{info: info, chain: chain, crashAfter: crashAfter, closed: make(chan struct{})}
}

// Info says what the settings made of the coin.
func (c *coin) Info() coins.CoinInfo { return c.info }

// Close ends the streams.
func (c *coin) Close() error {
	c.closing.Do(func() { close(c.closed) })
	c.background.Wait()
	return nil
}

// ValidateAddress decides whether address can be paid.
func (c *coin) ValidateAddress(_ context.Context, address string) (coins.Payee, error) {
	return parseAddress(address), nil
}

// BlockStatus looks a block up. There are no side branches here.
func (c *coin) BlockStatus(_ context.Context, hash coins.Hash, _ uint64) (coins.BlockStatus, error) {
	height, confirmations := c.chain.find(hash)
	if confirmations == 0 {
		return coins.BlockStatus{State: coins.BlockUnknown, Node: nodeName}, nil
	}
	return coins.BlockStatus{State: coins.BlockBestChain, Confirmations: confirmations, Height: height, Node: nodeName}, nil
}

// Health sends the state at once and at every new tip.
func (c *coin) Health(ctx context.Context, out chan<- coins.Health) error {
	return stream(ctx, c, out, func() (coins.Health, <-chan struct{}) {
		tip, height, _, changed := c.chain.state()
		node := coins.NodeHealth{Node: nodeName, State: coins.HealthReady, Height: height, Version: "toychain", News: "memory"}
		return coins.Health{State: coins.HealthReady, Height: height, Tip: tip, Nodes: []coins.NodeHealth{node}}, changed
	})
}

// AuxWork sends the present work at once and new work at every new tip. The
// parent's tip does not matter to this chain.
func (c *coin) AuxWork(ctx context.Context, _ <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	return stream(ctx, c, out, func() (*coins.AuxWork, <-chan struct{}) {
		_, _, work, changed := c.chain.state()
		return work, changed
	})
}

// stream sends what look returns, then again after each change, until ctx ends
// or the coin is closed. It returns why it ended and does not close out.
func stream[T any](ctx context.Context, c *coin, out chan<- T, look func() (T, <-chan struct{})) error {
	for {
		value, changed := look()
		select {
		case out <- value:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return errClosed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return errClosed
		}
	}
}

// SubmitAux judges a proof. A refusal is a verdict; an error would mean that
// the outcome is unknown, and the pool would ask again.
func (c *coin) SubmitAux(_ context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	proof, err := proofOf(p)
	if err != nil {
		return rejected(err), nil
	}
	height, err := c.chain.accept(p.Opaque, proof)
	switch {
	case errors.Is(err, errDuplicate):
		return coins.Verdict{Code: coins.Duplicate, Node: nodeName}, nil
	case errors.Is(err, errStale):
		return coins.Verdict{Code: coins.Stale, Reason: err.Error(), Node: nodeName}, nil
	case err != nil:
		return rejected(err), nil
	}
	sdk.Logger().Info("block accepted", "height", height, "hash", p.Hash.String())
	c.crash()
	return coins.Verdict{Code: coins.Received, Node: nodeName}, nil
}

func rejected(err error) coins.Verdict {
	return coins.Verdict{Code: coins.Rejected, Reason: err.Error(), Node: nodeName}
}

// proofOf is the proof as package auxpow knows it.
func proofOf(p *coins.AuxProof) (*auxpow.Proof, error) {
	if len(p.ParentHeader) != auxpow.HeaderSize {
		return nil, errors.New("the parent's header has a wrong size")
	}
	return &auxpow.Proof{
		Coinbase:       p.CoinbaseStripped,
		ParentHash:     p.ParentHash,
		CoinbaseBranch: hashes(p.Branch),
		ChainBranch:    hashes(p.ChainBranch),
		ChainIndex:     p.ChainIndex,
		ParentHeader:   [auxpow.HeaderSize]byte(p.ParentHeader),
	}, nil
}

func hashes(list []coins.Hash) [][32]byte {
	out := make([][32]byte, len(list))
	for i, h := range list {
		out[i] = h
	}
	return out
}
