package simchain

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
)

// peersReported is the number of connections of a node that is not peerless.
const peersReported = 8

func getDifficulty(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return difficulty(n.chain.tip().blk.bits), nil
}

func getBlockchainInfo(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	tip := n.chain.tip()
	return map[string]any{
		"chain":                "regtest",
		"blocks":               tip.height,
		"headers":              tip.height,
		"bestblockhash":        tip.hash.String(),
		"bits":                 fmt.Sprintf("%08x", tip.blk.bits),
		"target":               targetHex(tip.blk.bits),
		"difficulty":           difficulty(tip.blk.bits),
		"time":                 tip.blk.time,
		"mediantime":           tip.medianTime(),
		"verificationprogress": 1,
		"initialblockdownload": false,
		"chainwork":            fmt.Sprintf("%064x", tip.work),
		"pruned":               false,
		"warnings":             "",
	}, nil
}

func (n *Node) connectionsLocked() int {
	if n.faults.peerless {
		return 0
	}
	return peersReported
}

func getConnectionCount(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.connectionsLocked(), nil
}

// getBalance is of a wallet that holds nothing: a simulated node pays nobody.
func getBalance(*Node, context.Context, args) (any, error) {
	return json.RawMessage("0.00000000"), nil
}

func getNetworkInfo(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	version := 319900
	if n.cfg.Dialect == Dogecoin {
		version = 1010000
	}
	return map[string]any{
		"version":         version,
		"subversion":      "/simchain:" + n.cfg.Name + "/",
		"protocolversion": 70016,
		"connections":     n.connectionsLocked(),
		"networkactive":   true,
		"relayfee":        0.001,
		"warnings":        "",
	}, nil
}

func getMiningInfo(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	tip := n.chain.tip()
	list, _ := n.pool.waiting()
	next := n.chain.nextBits(tip)
	rate := new(big.Int).Div(blockWork(next), big.NewInt(max(1, int64(n.cfg.Spacing.Seconds()))))
	return map[string]any{
		"blocks":        tip.height,
		"bits":          fmt.Sprintf("%08x", tip.blk.bits),
		"difficulty":    difficulty(tip.blk.bits),
		"target":        targetHex(tip.blk.bits),
		"networkhashps": rate,
		"pooledtx":      len(list),
		"chain":         "regtest",
		"next": map[string]any{
			"height":     tip.height + 1,
			"bits":       fmt.Sprintf("%08x", next),
			"difficulty": difficulty(next),
			"target":     targetHex(next),
		},
		"warnings": "",
	}, nil
}

func getRawMempool(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	list, _ := n.pool.waiting()
	ids := make([]string, len(list))
	for i, mt := range list {
		ids[i] = mt.tx.id.String()
	}
	return ids, nil
}

func validateAddress(n *Node, _ context.Context, a args) (any, error) {
	text, err := a.str(0)
	if err != nil {
		return nil, err
	}
	script, err := n.cfg.decodeAddress(text)
	if err != nil {
		bad := map[string]any{"isvalid": false}
		if n.cfg.modern() {
			bad["error_locations"], bad["error"] = []int{}, string(errAddress)
		}
		return bad, nil
	}
	return map[string]any{
		"isvalid":      true,
		"address":      text,
		"scriptPubKey": hex.EncodeToString(script),
		"isscript":     script[0] == 0xa9,
		"iswitness":    script[0] == 0x00 || script[0] > 0x50 && script[0] <= 0x60,
	}, nil
}
