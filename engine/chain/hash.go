package chain

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
)

// HashBatch has the coin that is open now hash headers, as coins.Hasher says.
// ErrDown when none is, so that nobody was asked, and ErrRole when it does not
// hash.
func (r *Runner) HashBatch(ctx context.Context, size int, headers, param []byte, out []coins.Hash) (err error) {
	h, err := open[coins.Hasher](r)
	if err != nil {
		return err
	}
	defer recovered(&err)
	if err := h.HashBatch(ctx, size, headers, param, out); err != nil {
		return fmt.Errorf("coin %s: hash batch: %w", r.name, err)
	}
	return nil
}
