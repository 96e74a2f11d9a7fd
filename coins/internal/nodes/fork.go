package nodes

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// Fork is a block that tells a network from others with the same first block.
// The zero value is none.
type Fork struct {
	Height uint64
	Hash   coins.Hash
}

// checkFork asks a node for the block at which its network parted from others.
// One that does not have it yet is still catching up, and gives no work.
func (s *Set) checkFork(ctx context.Context, m *member) error {
	fork := s.cfg.Fork
	if fork.Hash.IsZero() {
		return nil
	}
	hash, err := s.cfg.Dialect.HashAt(ctx, m.calls.Call, fork.Height)
	switch {
	case rpc.Unanswered(err):
		return err
	case rpc.AsNodeError(err) != nil:
		return nil
	case err != nil:
		return fmt.Errorf("%w: block %d of %s is none, which is not %s: %w", ErrNetwork, fork.Height, m.name, s.cfg.Network, err)
	case hash != fork.Hash:
		return fmt.Errorf("%w: block %d of %s is %s, which is not %s", ErrNetwork, fork.Height, m.name, hash, s.cfg.Network)
	}
	return nil
}
