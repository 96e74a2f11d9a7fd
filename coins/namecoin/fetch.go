package namecoin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// fetchTimeout is how long a node may take to make aux work before another one
// is asked. A node that is catching up may take 20 s, or for ever, with its
// chain lock held.
const fetchTimeout = 10 * time.Second

// fetch asks one node for aux work by the given mode. Kinds of errors: ErrSyncing,
// ErrChainID, ErrReply, ErrTarget, and those of package rpc.
func (c *coin) fetch(ctx context.Context, node, mode string) (*coins.AuxWork, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if err := c.synced(ctx, node); err != nil {
		return nil, err
	}
	if err := c.pending.wait(ctx, node); err != nil {
		return nil, err
	}
	var reply auxReply
	k := kept{kind: kindCreate}
	var err error
	if mode == modeGet {
		k.kind = kindGet
		err = c.set.Call(ctx, node, &reply, modeGet)
	} else {
		err = c.set.Call(ctx, node, &reply, modeCreate, c.conf.Address)
	}
	if err != nil {
		return nil, err
	}
	w, err := reply.work()
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", mode, node, err)
	}
	if err := c.checkID(node, w.Slot.ChainID); err != nil {
		return nil, err
	}
	w.Node, w.Rules, w.Opaque = node, c.rules, k.encode()
	return w, nil
}

// synced refuses a node in its initial download: there a request for aux work
// may never be answered, and nothing else either, because of the lock it holds.
// Nodes that cannot tell are asked all the same.
func (c *coin) synced(ctx context.Context, node string) error {
	var chain struct {
		Blocks  uint64 `json:"blocks"`
		Headers uint64 `json:"headers"`
		Syncing bool   `json:"initialblockdownload"`
	}
	err := c.set.Call(ctx, node, &chain, "getblockchaininfo")
	switch {
	case rpc.Unanswered(err), errors.Is(err, context.Canceled):
		return err
	case err == nil && chain.Syncing:
		return fmt.Errorf("%w: %s has %d blocks of %d", ErrSyncing, node, chain.Blocks, chain.Headers)
	}
	return nil
}
