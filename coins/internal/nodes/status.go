package nodes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
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
	v := sighting{status: coins.BlockStatus{Node: m.name}}
	var header struct {
		Confirmations int64  `json:"confirmations"`
		Height        uint64 `json:"height"`
	}
	err := m.urgent.Call(ctx, &header, "getblockheader", hash.String(), true)
	s.mu.Lock()
	v.tip = m.state.Height
	s.mu.Unlock()
	switch {
	case err == nil && header.Confirmations >= 1:
		v.status.State = coins.BlockBestChain
		v.status.Confirmations = uint64(header.Confirmations)
		v.status.Height = header.Height
		v.tip = header.Height + v.status.Confirmations - 1
	case err == nil:
		v.status.State, v.status.Height = coins.BlockSide, header.Height
	case rpc.Unanswered(err) || ctx.Err() != nil:
		v.err = err
	default:
		v.status.State, v.err = offChain(ctx, m, hash, err)
	}
	return v
}

// offChain finds out why a node gave no header. Unknown is -5. Btcd gives -32603
// for a block that is not in its main chain, and for faults of its own: the
// first still has a header in its plain form.
func offChain(ctx context.Context, m *member, hash coins.Hash, cause error) (coins.BlockState, error) {
	e := rpc.AsNodeError(cause)
	if e == nil {
		return 0, cause
	}
	switch e.Code {
	case rpc.CodeNotFound:
		return coins.BlockUnknown, nil
	case rpc.CodeInternal:
		if err := m.urgent.Call(ctx, nil, "getblockheader", hash.String(), false); err == nil {
			return coins.BlockSide, nil
		}
	}
	return 0, cause
}
