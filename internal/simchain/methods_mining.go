package simchain

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// templateRequest is the object that getblocktemplate takes.
type templateRequest struct {
	Mode       *string  `json:"mode"`
	Rules      []string `json:"rules"`
	LongPollID *string  `json:"longpollid"`
	Data       *string  `json:"data"`
}

func getBlockTemplate(n *Node, up context.Context, a args) (any, error) {
	var req templateRequest
	switch {
	case a.has(0):
		if json.Unmarshal(a.list[0], &req) != nil {
			return nil, rpcErrorf(codeType, "JSON value of type %s is not of expected type object", jsonType(a.list[0]))
		}
	case n.cfg.modern():
		return nil, a.helpError()
	}
	if req.Mode != nil && *req.Mode == "proposal" {
		return n.propose(req.Data)
	}
	if req.Mode != nil && *req.Mode != "template" {
		return nil, rpcErrorf(codeParameter, "Invalid mode")
	}
	if n.cfg.Dialect == Dogecoin && n.fault().peerless {
		return nil, rpcErrorf(codeNotConnected, "%s is not connected!", n.cfg.Name)
	}
	if req.LongPollID != nil {
		if err := n.longPoll(up, *req.LongPollID); err != nil {
			return nil, err
		}
	}
	if n.cfg.segwit() && !slices.Contains(req.Rules, "segwit") {
		return nil, rpcErrorf(codeParameter,
			`getblocktemplate must be called with the segwit rule set (call with {"rules": ["segwit"]})`)
	}
	by, err := n.cfg.lane(a)
	if err != nil {
		return nil, err
	}
	return n.cfg.Fork.dress(n.getBlockTemplate(by))
}

// decodeBlock reads a block from hex, or gives the node's one error for all
// that is wrong with it.
func (n *Node) decodeBlock(text string) (*block, error) {
	raw, err := hex.DecodeString(text)
	if err == nil {
		var b *block
		if b, err = parseForkBlock(raw, !n.cfg.Parent, n.cfg.Fork.Payload); err == nil {
			return b, nil
		}
	}
	n.cfg.Logger.Info("block decode failed", "chain", n.cfg.Name, "reason", err)
	return nil, rpcErrorf(codeDecode, "Block decode failed")
}

func (n *Node) propose(data *string) (any, error) {
	if data == nil {
		return nil, rpcErrorf(codeType, "Missing data String key for proposal")
	}
	b, err := n.decodeBlock(*data)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if reason := n.chain.checkProposal(b, n.now()); reason != "" {
		return string(reason), nil
	}
	return nil, nil
}

func submitBlock(n *Node, _ context.Context, a args) (any, error) {
	text, err := a.str(0)
	if err != nil {
		return nil, err
	}
	b, err := n.decodeBlock(text)
	if err == nil && n.cfg.Dialect == Dogecoin && (len(b.txs) == 0 || !b.txs[0].isCoinbase()) {
		err = rpcErrorf(codeDecode, "Block does not start with a coinbase")
	}
	if err != nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.recordLocked(Submission{Method: "submitblock", Verdict: err.Error()})
		return nil, err
	}
	verdict := n.takeBlock("submitblock", b)
	n.relay()
	if verdict != "" {
		return string(verdict), nil
	}
	return nil, nil
}

// takeBlock is submitblock after reading: it stores the block and says what a
// node would, "" for null.
func (n *Node) takeBlock(method string, b *block) Reject {
	n.mu.Lock()
	defer n.mu.Unlock()
	sub := Submission{Method: method, Hash: b.id, Verdict: "null"}
	defer func() { n.recordLocked(sub) }()
	if n.faults.lie {
		sub.Reason = "lied"
		return ""
	}
	known := n.chain.blocks[b.id]
	n.chain.fillReserved(b)
	got := n.chain.process(b, n.now(), false)
	sub.note(got)
	if got.fresh {
		n.announceLocked()
	}
	verdict := got.reason
	switch {
	case verdict != "":
	case !got.fresh && n.cfg.Dialect == Dogecoin && !known.checked:
		// 0.14 asks whether the block was ever connected.
		verdict = DuplicateUnclear
	case !got.fresh:
		verdict = Duplicate
	case !got.best:
		verdict = Inconclusive
	}
	if verdict != "" {
		sub.Verdict = string(verdict)
	}
	return verdict
}

func generateToAddress(n *Node, up context.Context, a args) (any, error) {
	count, err := a.count(0)
	if err != nil {
		return nil, err
	}
	address, err := a.str(1)
	if err != nil {
		return nil, err
	}
	tries := 1_000_000
	if a.has(2) {
		if tries, err = a.count(2); err != nil {
			return nil, err
		}
	}
	script, err := n.cfg.decodeAddress(address)
	if err != nil {
		return nil, rpcErrorf(codeAddress, "Error: Invalid address")
	}
	hashes := []string{}
	for range count {
		n.mu.Lock()
		n.extra++
		list, fees := n.pool.waiting()
		b := n.buildBlock(n.chain.tip(), script, list, fees, n.extra)
		n.mu.Unlock()
		if up.Err() != nil || !n.mine(b, tries) {
			break
		}
		if n.takeBlock("generatetoaddress", b) == "" {
			hashes = append(hashes, b.id.String())
		}
	}
	n.relay()
	return hashes, nil
}
