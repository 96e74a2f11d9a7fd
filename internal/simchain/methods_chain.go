package simchain

import (
	"context"
	"encoding/hex"
	"fmt"
)

func getBlockCount(n *Node, _ context.Context, _ args) (any, error) { return n.Height(), nil }

func getBestBlockHash(n *Node, _ context.Context, _ args) (any, error) {
	return n.Tip().String(), nil
}

func getBlockHash(n *Node, _ context.Context, a args) (any, error) {
	height, err := a.num(0)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if height < 0 || int(height) >= len(n.chain.best) {
		return nil, rpcErrorf(codeParameter, "Block height out of range")
	}
	return n.chain.best[int(height)].hash.String(), nil
}

// headerReply is what getblockheader says, and the front of getblock's reply.
type headerReply struct {
	Hash          string    `json:"hash"`
	Confirmations int       `json:"confirmations"`
	Height        int       `json:"height"`
	Version       int32     `json:"version"`
	VersionHex    string    `json:"versionHex"`
	MerkleRoot    string    `json:"merkleroot"`
	Time          uint32    `json:"time"`
	MedianTime    int64     `json:"mediantime"`
	Nonce         uint32    `json:"nonce"`
	Bits          string    `json:"bits"`
	Target        string    `json:"target"`
	Difficulty    float64   `json:"difficulty"`
	ChainWork     string    `json:"chainwork"`
	NTx           int       `json:"nTx"`
	Previous      string    `json:"previousblockhash,omitempty"`
	Next          string    `json:"nextblockhash,omitempty"`
	AuxPow        *auxReply `json:"auxpow,omitempty"`
}

// auxReply shows a block's proof.
type auxReply struct {
	Tx struct {
		Hex  string `json:"hex"`
		TxID string `json:"txid"`
	} `json:"tx"`
	ChainIndex  int32       `json:"chainindex"`
	Branch      []string    `json:"merklebranch"`
	ChainBranch []string    `json:"chainmerklebranch"`
	Parent      parentReply `json:"parentblock"`
}

type parentReply struct {
	Hash       string `json:"hash"`
	Version    int32  `json:"version"`
	MerkleRoot string `json:"merkleroot"`
	Time       uint32 `json:"time"`
	Nonce      uint32 `json:"nonce"`
	Bits       string `json:"bits"`
	Previous   string `json:"previousblockhash"`
}

func (n *Node) headerReplyLocked(e *entry) headerReply {
	b := e.blk
	r := headerReply{
		Hash:          e.hash.String(),
		Confirmations: n.confirmationsLocked(e),
		Height:        e.height,
		Version:       int32(b.version),
		VersionHex:    fmt.Sprintf("%08x", b.version),
		MerkleRoot:    b.root.String(),
		Time:          b.time,
		MedianTime:    e.medianTime(),
		Nonce:         b.nonce,
		Bits:          fmt.Sprintf("%08x", b.bits),
		Target:        targetHex(b.bits),
		Difficulty:    difficulty(b.bits),
		ChainWork:     fmt.Sprintf("%064x", e.work),
		NTx:           len(b.txs),
	}
	if e.prev != nil {
		r.Previous = e.prev.hash.String()
	}
	if r.Confirmations > 1 {
		r.Next = n.chain.best[e.height+1].hash.String()
	}
	if b.aux != nil {
		r.AuxPow = proofReply(b.aux)
	}
	return r
}

func proofReply(p *proof) *auxReply {
	r := &auxReply{
		ChainIndex:  p.chainIndex,
		Branch:      hashTexts(p.branch),
		ChainBranch: hashTexts(p.chainBranch),
		Parent: parentReply{
			Hash:       p.parent.hash().String(),
			Version:    int32(p.parent.version),
			MerkleRoot: p.parent.root.String(),
			Time:       p.parent.time,
			Nonce:      p.parent.nonce,
			Bits:       fmt.Sprintf("%08x", p.parent.bits),
			Previous:   p.parent.prev.String(),
		},
	}
	r.Tx.Hex = hex.EncodeToString(p.coinbase.encode(true))
	r.Tx.TxID = p.coinbase.id.String()
	return r
}

func hashTexts(list []Hash) []string {
	out := make([]string, len(list))
	for i, h := range list {
		out[i] = h.String()
	}
	return out
}

// lookupLocked finds the block that parameter 0 names.
func (n *Node) lookupLocked(a args) (*entry, error) {
	h, err := a.hash(0)
	if err != nil {
		return nil, err
	}
	e := n.chain.blocks[h]
	if e == nil {
		return nil, rpcErrorf(codeAddress, "Block not found")
	}
	return e, nil
}

func getBlockHeader(n *Node, _ context.Context, a args) (any, error) {
	verbose := true
	if a.has(1) {
		var err error
		if verbose, err = a.flag(1); err != nil {
			return nil, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	e, err := n.lookupLocked(a)
	if err != nil {
		return nil, err
	}
	if !verbose {
		return hex.EncodeToString(e.blk.encodeHeader()), nil
	}
	return n.headerReplyLocked(e), nil
}

func getBlock(n *Node, _ context.Context, a args) (any, error) {
	detail := 1
	if a.has(1) {
		var err error
		// Older callers say true or false.
		if on, bad := a.flag(1); bad == nil && !on {
			detail = 0
		} else if bad != nil {
			if detail, err = a.count(1); err != nil {
				return nil, err
			}
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	e, err := n.lookupLocked(a)
	if err != nil {
		return nil, err
	}
	raw := e.blk.encode()
	if detail == 0 {
		return hex.EncodeToString(raw), nil
	}
	ids := make([]any, len(e.blk.txs))
	for i, t := range e.blk.txs {
		ids[i] = t.id.String()
		if detail > 1 {
			ids[i] = map[string]string{
				"txid": t.id.String(), "hash": t.wid.String(), "hex": hex.EncodeToString(t.encode(true)),
			}
		}
	}
	return struct {
		headerReply
		Size   int   `json:"size"`
		Weight int   `json:"weight"`
		Tx     []any `json:"tx"`
	}{n.headerReplyLocked(e), len(raw), e.blk.weight(), ids}, nil
}

func invalidateBlock(n *Node, _ context.Context, a args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, err := n.lookupLocked(a)
	if err != nil {
		return nil, err
	}
	if e.prev == nil {
		return nil, rpcErrorf(codeVerify, "genesis block cannot be invalidated")
	}
	n.chain.condemn(e)
	n.announceLocked()
	return nil, nil
}

func reconsiderBlock(n *Node, _ context.Context, a args) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, err := n.lookupLocked(a)
	if err != nil {
		return nil, err
	}
	n.chain.acquit(e)
	n.announceLocked()
	return nil, nil
}
