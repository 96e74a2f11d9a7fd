package simchain

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Elastos's node is no descendant of Bitcoin Core. Its calls, as they are in
// servers/interfaces.go and pow/service.go of Elastos.ELA:
//
//   - parameters come by name or in order, errors with HTTP status 200 and codes
//     of its own;
//   - createauxblock and submitauxblock print hashes the other way round than all
//     other calls do;
//   - the height of an aux block is that of the tip, and getblockcount is one more;
//   - there is one aux block at a time, whoever asks and whatever address is to
//     be paid, and a new one after five seconds;
//   - one error for all that may be wrong with a proof.

// elastosRefresh is how long an aux block is given out.
const elastosRefresh = 5 * time.Second

// Error codes of Elastos.
const (
	elastosParams   = 42002
	elastosUnknown  = 44003
	elastosInternal = 45002
)

// wireText prints a hash as Elastos does everywhere but in aux work.
func wireText(h Hash) string { return hex.EncodeToString(h[:]) }

// elastosMethods is the table of a node of Elastos.
func elastosMethods() map[string]method {
	all := map[string]method{
		"getbestblockhash":   {run: func(n *Node, _ context.Context, _ args) (any, error) { return wireText(n.Tip()), nil }},
		"getblockcount":      {run: func(n *Node, _ context.Context, _ args) (any, error) { return n.Height() + 1, nil }},
		"getcurrentheight":   {run: getBlockCount},
		"getblockhash":       {run: elastosBlockHash, params: []string{"height?"}},
		"getblock":           {run: elastosBlock, params: []string{"blockhash?", "verbosity?"}},
		"getconnectioncount": {run: getConnectionCount},
		"getnodestate":       {run: elastosState},
		"getmininginfo":      {run: elastosMining},
		"createauxblock":     {run: elastosCreate, params: []string{"paytoaddress?"}},
		"submitauxblock":     {run: elastosSubmit, params: []string{"blockhash?", "auxpow?"}},
	}
	for name, m := range methods() {
		if isControl(name) {
			all[name] = m
		}
	}
	return all
}

// noMethod is the answer to a call that the node does not have.
func (c *Config) noMethod(name string) error {
	if c.Dialect == Elastos {
		return rpcErrorf(codeMethod, "JSON-RPC method %s not found", name)
	}
	return rpcErrorf(codeMethod, "Method not found")
}

// elastosReply is the body of an answer.
func elastosReply(result any, fault *rpcError, id json.RawMessage) any {
	type body struct {
		Version string          `json:"jsonrpc"`
		Result  any             `json:"result"`
		ID      json.RawMessage `json:"id"`
		Error   any             `json:"error"`
	}
	if fault == nil {
		return body{Version: "2.0", Result: result, ID: id}
	}
	return body{Version: "2.0", ID: id, Error: map[string]any{"id": id, "code": fault.Code, "message": fault.Message}}
}

// text reads a parameter that must be there.
func (a args) text(i int, name string) (string, error) {
	if !a.has(i) {
		return "", rpcErrorf(elastosParams, "parameter %s not found", name)
	}
	s, err := a.str(i)
	if err != nil {
		return "", rpcErrorf(elastosParams, "parameter %s not found", name)
	}
	return s, nil
}

func elastosBlockHash(n *Node, _ context.Context, a args) (any, error) {
	if !a.has(0) {
		return nil, rpcErrorf(elastosParams, "height parameter should be a positive integer")
	}
	height, err := a.count(0)
	if err != nil {
		return nil, rpcErrorf(elastosParams, "height parameter should be a positive integer")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if height >= len(n.chain.best) {
		return nil, rpcErrorf(elastosParams, "")
	}
	return wireText(n.chain.best[height].hash), nil
}

// elastosBlock shows a block. Confirmations are counted from its height, also
// where it is not on the best chain.
func elastosBlock(n *Node, _ context.Context, a args) (any, error) {
	text, err := a.text(0, "blockhash")
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(Hash{}) {
		return nil, rpcErrorf(elastosParams, "invalid block hash")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	e := n.chain.blocks[Hash(raw)]
	if e == nil {
		return nil, rpcErrorf(elastosUnknown, "")
	}
	if a.has(1) && string(a.list[1]) == "0" {
		return hex.EncodeToString(e.blk.encode()), nil
	}
	reply := map[string]any{
		"hash": wireText(e.hash), "confirmations": uint32(n.chain.tip().height - e.height + 1), "height": e.height,
		"time": e.blk.time, "bits": e.blk.bits,
	}
	if e.prev != nil {
		reply["previousblockhash"] = wireText(e.prev.hash)
	}
	return reply, nil
}

func elastosState(n *Node, _ context.Context, _ args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	height := n.chain.tip().height
	peers := []map[string]any{}
	for i := range n.connectionsLocked() {
		peers = append(peers, map[string]any{
			"netaddress": fmt.Sprintf("192.0.2.%d:20338", i+1), "startingheight": height, "lastblock": height + n.faults.behind,
		})
	}
	return map[string]any{"compile": "simchain " + n.cfg.Name, "height": height, "neighbors": peers}, nil
}

func elastosMining(n *Node, _ context.Context, _ args) (any, error) {
	return map[string]any{"blocks": n.Height() + 1, "chain": "regnet"}, nil
}

func elastosCreate(n *Node, _ context.Context, a args) (any, error) {
	address, err := a.text(0, "paytoaddress")
	if err != nil {
		return nil, err
	}
	script, err := n.cfg.decodeAddress(address)
	if err != nil {
		return nil, rpcErrorf(elastosInternal, "generate block failed")
	}
	return n.createAux(script, Hash{})
}

func elastosSubmit(n *Node, _ context.Context, a args) (any, error) {
	hash, err := a.text(0, "blockhash")
	if err != nil {
		return nil, err
	}
	if len(hash) != 64 || strings.Trim(strings.ToLower(hash), "0123456789abcdef") != "" {
		return nil, rpcErrorf(elastosParams, "bad blockhash")
	}
	proof, err := a.text(1, "auxpow")
	if err != nil {
		return nil, err
	}
	ok, err := n.submitAux("submitauxblock", hash, proof)
	var fault *rpcError
	switch {
	case ok:
		return true, nil
	case errors.As(err, &fault) && slices.Contains([]int{codeMisc, codeDecode}, fault.Code):
		return nil, rpcErrorf(elastosInternal, "auxpow deserialization failed")
	}
	return nil, rpcErrorf(elastosInternal, "adding block failed")
}
