package wallet

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// generated is a transaction that makes new coins, as nodes decode it.
type generated struct {
	TxID string `json:"txid"`
	Vin  []struct {
		Coinbase string `json:"coinbase"` // hex
	} `json:"vin"`
}

// script is its input's, nil where it has none of its kind.
func (g *generated) script() []byte {
	if len(g.Vin) != 1 {
		return nil
	}
	b, err := hex.DecodeString(g.Vin[0].Coinbase)
	if err != nil {
		return nil
	}
	return b
}

// Heights in the script of a reward, as BIP 34 has them pushed: up to 16 by an operation
// of their own, others as a number of so many bytes.
const (
	opOne     = 0x51
	opSixteen = 0x60
	maxHeight = 4 // bytes
)

// heightOf reads the height that a reward's script begins with, and the bytes that say
// it; 0 where it does not begin with one.
func heightOf(script []byte) (height uint64, says []byte) {
	if len(script) == 0 {
		return 0, nil
	}
	n := int(script[0])
	if n >= opOne && n <= opSixteen {
		return uint64(n - opOne + 1), script[:1]
	}
	if n == 0 || n > maxHeight || n >= len(script) {
		return 0, nil
	}
	for i := n; i > 0; i-- {
		height = height<<8 | uint64(script[i])
	}
	return height, script[:1+n]
}

// dropped reports whether the chain has another block in the place of the one that has
// made the reward of raw, which the wallet knows to be in no block: what spends it can
// never be mined there. ahead is how many blocks the chain is ahead of all others that
// the node knows, and that may have it. What the node does not say for certain, or
// cannot, is no.
func (w *Wallet) dropped(ctx context.Context, raw string) (ahead uint64, ok bool, err error) {
	defer func() {
		if rpc.AsNodeError(err) != nil {
			ahead, ok, err = 0, false, nil
		}
	}()
	var reward generated
	if err := w.call(ctx, &reward, "decoderawtransaction", raw); err != nil {
		return 0, false, err
	}
	height, says := heightOf(reward.script())
	if height == 0 {
		return 0, false, nil
	}
	var hash string
	if err := w.call(ctx, &hash, "getblockhash", height); err != nil {
		return 0, false, err // the chain has not come to it, perhaps
	}
	var block struct {
		Tx []generated `json:"tx"`
	}
	if err := w.call(ctx, &block, "getblock", hash, 2); err != nil {
		return 0, false, err
	}
	// The reward that is there begins with the same height: this chain writes it so.
	if len(block.Tx) == 0 || block.Tx[0].TxID == reward.TxID || !strings.HasPrefix(string(block.Tx[0].script()), string(says)) {
		return 0, false, nil
	}
	ahead, err = w.ahead(ctx, height)
	return ahead, err == nil, err
}

// ahead is how many blocks the chain is longer than all others that part from it at a
// height or before.
func (w *Wallet) ahead(ctx context.Context, height uint64) (uint64, error) {
	var tips []struct {
		Height uint64 `json:"height"`
		Branch uint64 `json:"branchlen"` // blocks that the chain does not have
		Status string `json:"status"`
	}
	if err := w.call(ctx, &tips, "getchaintips"); err != nil {
		return 0, err
	}
	own, other := uint64(0), height-1
	for _, t := range tips {
		switch {
		case t.Status == "active":
			own = t.Height
		case t.Height >= height && t.Height < height+t.Branch:
			other = max(other, t.Height)
		}
	}
	return own - min(own, other), nil
}
