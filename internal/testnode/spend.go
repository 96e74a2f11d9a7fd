package testnode

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// opTrueScript is the output script of MiningAddress: version 0 and the SHA-256
// of the witness script OP_TRUE.
func opTrueScript() []byte {
	h := sha256.Sum256([]byte{0x51})
	return append([]byte{0x00, 0x20}, h[:]...)
}

// SpendCoinbases puts a transaction with a witness into the mempool for each of
// the given heights: it spends that block's coinbase, which must be mature and
// pay to MiningAddress with its first output, and leaves fee. The transactions
// do not depend on each other.
func (n *Node) SpendCoinbases(ctx context.Context, fee uint64, heights ...int) error {
	for _, h := range heights {
		if err := n.spendCoinbase(ctx, fee, h); err != nil {
			return fmt.Errorf("spend the coinbase of height %d: %w", h, err)
		}
	}
	return nil
}

func (n *Node) spendCoinbase(ctx context.Context, fee uint64, height int) error {
	var hash, raw string
	if err := n.Call(ctx, &hash, "getblockhash", height); err != nil {
		return err
	}
	var block struct {
		Tx []string `json:"tx"`
	}
	if err := n.Call(ctx, &block, "getblock", hash, 1); err != nil {
		return err
	}
	if err := n.Call(ctx, &raw, "getrawtransaction", block.Tx[0]); err != nil {
		return err
	}
	id, err := hex.DecodeString(block.Tx[0])
	if err != nil {
		return err
	}
	slices.Reverse(id)
	tx, err := hex.DecodeString(raw)
	if err != nil {
		return err
	}
	value, err := firstOutput(tx)
	if err != nil {
		return err
	}
	if value < fee {
		return fmt.Errorf("coinbase pays %d, less than the fee", value)
	}
	return n.Call(ctx, nil, "sendrawtransaction", hex.EncodeToString(opTrueSpend(id, value-fee)))
}

// firstOutput is the value of a coinbase's first output, which must pay to
// OP_TRUE. A coinbase is: version 4, perhaps marker and flag, 1 input of
// 36 bytes, a script of at most 100 bytes, a sequence of 4, outputs.
func firstOutput(tx []byte) (uint64, error) {
	script := opTrueScript()
	at := 4
	if len(tx) > 6 && tx[4] == 0 {
		at += 2
	}
	at += 1 + 36
	if len(tx) <= at {
		return 0, fmt.Errorf("coinbase is cut off")
	}
	at += 1 + int(tx[at]) + 4 + 1
	if len(tx) < at+9+len(script) {
		return 0, fmt.Errorf("coinbase is cut off")
	}
	if got := tx[at+9 : at+9+len(script)]; string(got) != string(script) {
		return 0, fmt.Errorf("coinbase pays to %x, not to OP_TRUE", got)
	}
	return binary.LittleEndian.Uint64(tx[at:]), nil
}

// opTrueSpend is a transaction of one input and one output, both OP_TRUE by
// witness script.
func opTrueSpend(id []byte, value uint64) []byte {
	tx := []byte{2, 0, 0, 0, 0, 1, 1}
	tx = append(tx, id...)
	tx = append(tx, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1)
	tx = binary.LittleEndian.AppendUint64(tx, value)
	script := opTrueScript()
	tx = append(append(tx, byte(len(script))), script...)
	tx = append(tx, 1, 1, 0x51) // one witness item, the script
	return append(tx, 0, 0, 0, 0)
}
