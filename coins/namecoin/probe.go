package namecoin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// probe finds the best way to get work that a node offers. The nodes are asked
// in their order; a node that lies or is of another chain is passed over. The
// error says of the last round what each node answered.
func (c *coin) probe(ctx context.Context) (string, error) {
	deadline := time.Now().Add(c.patience)
	for {
		states, changed := c.set.Watch()
		var failures []error
		for _, s := range states {
			if s.Status != nodes.Up {
				if s.Err != nil {
					failures = append(failures, s.Err)
				}
				continue
			}
			mode, err := c.probeNode(ctx, s.Node)
			if err == nil {
				return mode, nil
			}
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			c.set.WorkFailed(s.Node, err)
			failures = append(failures, err)
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("%w: %w", ErrNoMode, errors.Join(failures...))
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-changed:
		case <-time.After(min(retry, time.Until(deadline)+time.Millisecond)):
		}
	}
}

// probeNode asks one node for work in each of the ways.
func (c *coin) probeNode(ctx context.Context, node string) (string, error) {
	var failures []error
	for _, mode := range c.chain.ways() {
		err := c.try(ctx, node, mode)
		if err == nil {
			c.set.WorkFailed(node, nil)
			return mode, nil
		}
		failures = append(failures, err)
		if rpc.Unanswered(err) || errors.Is(err, ErrChainID) || errors.Is(err, ErrTarget) || errors.Is(err, ErrSyncing) {
			return "", err
		}
	}
	return "", errors.Join(failures...)
}

func (c *coin) try(ctx context.Context, node, mode string) error {
	if mode != modeTemplate {
		_, _, err := c.fetch(ctx, node, mode, coins.Hash{})
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	var result json.RawMessage
	if err := c.set.Call(ctx, node, &result, "getblocktemplate", c.templateRequest()); err != nil {
		if e := rpc.AsNodeError(err); e != nil && e.Code == rpc.CodeInitialSync {
			return fmt.Errorf("%w: %w", ErrSyncing, err)
		}
		return err
	}
	if _, err := c.decodeTemplate(node, result); err != nil || !c.chain.generic || c.conf.Address == "" {
		return err
	}
	// A chain that wants an output in the parent's coinbase says so in its own
	// aux work alone.
	w, _, err := c.fetch(ctx, node, modeCreate, coins.Hash{})
	if err == nil && len(w.ExtraOutputs) > 0 {
		return fmt.Errorf("%w: %s wants an output in the parent's coinbase, which is in no template", ErrNoMode, node)
	}
	return nil
}
