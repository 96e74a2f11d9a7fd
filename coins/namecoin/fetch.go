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

// fetch asks one node for aux work by the given mode. told is the parent's tip,
// zero while it is not known; parent the one that the work is bound to, zero for
// none. Kinds of errors: ErrSyncing, ErrChainID, ErrReply, ErrTarget, ErrParent,
// and those of package rpc.
func (c *coin) fetch(ctx context.Context, node, mode string, told coins.Hash) (w *coins.AuxWork, parent coins.Hash, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if err := c.synced(ctx, node); err != nil {
		return nil, parent, err
	}
	if err := c.pending.wait(ctx, node); err != nil {
		return nil, parent, err
	}
	var reply auxReply
	if mode == modeGet {
		err = c.set.Call(ctx, node, &reply, modeGet)
	} else {
		err = c.set.Call(ctx, node, &reply, modeCreate, c.createParams(told)...)
	}
	if e := rpc.AsNodeError(err); c.chain.parentTip && told.IsZero() && e != nil && (e.Code == rpc.CodeInvalidParam || e.Code == rpc.CodeMisc) {
		return nil, parent, fmt.Errorf("%w: %w", ErrParent, err)
	}
	if err != nil {
		return nil, parent, err
	}
	if c.chain.elastos {
		reply.Height++ // it is the tip's
	}
	if w, err = reply.work(); err == nil {
		parent, err = reply.parent(told)
	}
	if err != nil {
		return nil, parent, fmt.Errorf("%s of %s: %w", mode, node, err)
	}
	if err := c.checkID(node, w.Slot.ChainID); err != nil {
		return nil, parent, err
	}
	k := kept{kind: kindCreate, bits: w.Bits, parent: parent}
	switch {
	case mode == modeGet:
		k.kind = kindGet
	case c.chain.elastos || w.DependsOnParent:
		k.kind = kindBound
	}
	w.Node, w.Rules, w.Opaque = node, c.rules, k.encode()
	return w, parent, nil
}

// createParams are the parameters of createauxblock.
func (c *coin) createParams(told coins.Hash) []any {
	switch {
	case c.chain.elastos:
		return []any{rpc.Named{"paytoaddress": c.conf.Address}}
	case c.chain.parentTip && !told.IsZero():
		return []any{c.conf.Address, told.String()}
	}
	return []any{c.conf.Address}
}

// synced refuses a node in its initial download: there a request for aux work
// may never be answered, and nothing else either, because of the lock it holds.
// Nodes that cannot tell are asked all the same.
func (c *coin) synced(ctx context.Context, node string) error {
	chain, err := c.set.Chain(ctx, node)
	switch {
	case rpc.Unanswered(err), errors.Is(err, context.Canceled):
		return err
	case err == nil && chain.Syncing:
		return fmt.Errorf("%w: %s has %d blocks of %d", ErrSyncing, node, chain.Height, chain.Headers)
	}
	return nil
}
