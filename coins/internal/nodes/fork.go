package nodes

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
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
	var printed string
	if err := m.calls.Call(ctx, &printed, "getblockhash", fork.Height); err != nil {
		return answered(err)
	}
	if hash, err := coins.ParseHash(printed); err != nil || hash != fork.Hash {
		return fmt.Errorf("%w: block %d of %s is %.64s, which is not %s", ErrNetwork, fork.Height, m.name, printed, s.cfg.Network)
	}
	return nil
}
