package wallet

import (
	"context"
	"encoding/hex"

	"github.com/motherlode-pool/motherlode/coins"
)

// Kept asks by gettransaction, which lists what the wallet has sent to others, or to
// an address that it gave out, and not its change.
func (w *Wallet) Kept(ctx context.Context, raw []byte) (outputs []int, known bool, err error) {
	if err := w.check(ctx); err != nil {
		return nil, false, err
	}
	tx, err := w.decode(ctx, hex.EncodeToString(raw))
	if err != nil {
		return nil, false, err
	}
	k, _, err := w.look(ctx, tx.TxID)
	if err != nil || k == nil || k.Fee == nil || k.by() == coins.ByOthers {
		return nil, false, err
	}
	sent := map[int]bool{}
	for _, d := range k.Details {
		switch {
		case d.Category != "send":
		case d.Vout == nil:
			return nil, false, nil // an old fork
		default:
			sent[*d.Vout] = true
		}
	}
	for n := range tx.Vout {
		if !sent[n] {
			outputs = append(outputs, n)
		}
	}
	return outputs, len(sent) > 0, nil
}
