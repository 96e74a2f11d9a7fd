package nodes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// statusTimeout is for a look into the block index.
const statusTimeout = 10 * time.Second

// sighting is one node's view of a block.
type sighting struct {
	status coins.BlockStatus
	tip    uint64 // height of the node's best chain
	err    error
}

// BlockStatus asks every node for a block. The node with the highest tip is
// believed; among equals the one that is best for the block.
func (s *Set) BlockStatus(ctx context.Context, hash coins.Hash) (coins.BlockStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	targets := s.targets()
	views := make(chan sighting, len(targets))
	for _, m := range targets {
		if !s.spawn(func() { views <- s.sight(ctx, m, hash) }) {
			return coins.BlockStatus{}, ErrClosed
		}
	}
	var best sighting
	var failures []error
	for range targets {
		select {
		case <-ctx.Done():
			failures = append(failures, ctx.Err())
		case v := <-views:
			switch {
			case v.err != nil:
				failures = append(failures, v.err)
			case best.status.State == 0, v.tip > best.tip,
				v.tip == best.tip && v.status.State > best.status.State:
				best = v
			}
		}
	}
	if best.status.State == 0 {
		return coins.BlockStatus{}, fmt.Errorf("%w: %w", ErrNoNode, errors.Join(failures...))
	}
	return best.status, nil
}

func (s *Set) sight(ctx context.Context, m *member, hash coins.Hash) sighting {
	var v sighting
	v.status, v.err = s.cfg.Dialect.Block(ctx, m.urgent.Call, hash)
	v.status.Node = m.name
	s.mu.Lock()
	v.tip = m.state.Height
	s.mu.Unlock()
	if v.err == nil && v.status.State == coins.BlockBestChain {
		v.tip = v.status.Height + v.status.Confirmations - 1
	}
	return v
}

// Sight asks one node, by its name, for a block. The error is as Call's.
func (s *Set) Sight(ctx context.Context, node string, hash coins.Hash) (coins.BlockStatus, error) {
	for _, m := range s.members {
		if m.name == node {
			v := s.sight(ctx, m, hash)
			return v.status, v.err
		}
	}
	return coins.BlockStatus{}, fmt.Errorf("%w: %s", ErrUnknown, node)
}
