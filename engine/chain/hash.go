package chain

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

// HashBatch has the coin that is open now hash headers, as coins.Hasher says.
// ErrDown when none is, or its process is known to be gone, so that nobody was
// asked; ErrRole when it does not hash.
func (r *Runner) HashBatch(ctx context.Context, size int, headers, param []byte, out []coins.Hash) (err error) {
	h, err := open[coins.Hasher](r)
	if err != nil {
		return err
	}
	if over(h) {
		return fmt.Errorf("coin %s: %w", r.name, ErrDown)
	}
	defer recovered(&err)
	if err := h.HashBatch(ctx, size, headers, param, out); err != nil {
		return fmt.Errorf("coin %s: hash batch: %w", r.name, err)
	}
	return nil
}

// over reports whether the process of a coin that has one is gone. The session
// learns of it a moment later.
func over(c coins.Coin) bool {
	p, ok := c.(interface{ Done() <-chan struct{} })
	if !ok {
		return false
	}
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}
