package simchain

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// When Core looks at its mempool again.
const (
	templateRefresh  = 5 * time.Second  // getblocktemplate
	auxRefresh       = 60 * time.Second // createauxblock
	longPollPatience = 60 * time.Second
)

// templateState is the template that getblocktemplate gives out for a while.
type templateState struct {
	prev    *entry
	counter uint64
	made    time.Time
	list    []*memTx
	fees    int64
}

// templateTx is one transaction of a template.
type templateTx struct {
	Data    string `json:"data"`
	TxID    string `json:"txid"`
	Hash    string `json:"hash"`
	Depends []int  `json:"depends"`
	Fee     int64  `json:"fee"`
	Sigops  int    `json:"sigops"`
	Weight  int    `json:"weight"`
}

// template is the reply of getblocktemplate, in Core's order.
type template struct {
	Capabilities  []string          `json:"capabilities"`
	Version       uint32            `json:"version"`
	Rules         []string          `json:"rules"`
	VBAvailable   map[string]int    `json:"vbavailable"`
	VBRequired    int               `json:"vbrequired"`
	Previous      string            `json:"previousblockhash"`
	Transactions  []templateTx      `json:"transactions"`
	CoinbaseAux   map[string]string `json:"coinbaseaux"`
	CoinbaseValue int64             `json:"coinbasevalue"`
	LongPollID    string            `json:"longpollid"`
	Target        string            `json:"target"`
	MinTime       int64             `json:"mintime"`
	Mutable       []string          `json:"mutable"`
	NonceRange    string            `json:"noncerange"`
	SigopLimit    int               `json:"sigoplimit"`
	SizeLimit     int               `json:"sizelimit"`
	WeightLimit   int               `json:"weightlimit,omitempty"`
	CurTime       int64             `json:"curtime"`
	Bits          string            `json:"bits"`
	Height        int               `json:"height"`
	Commitment    string            `json:"default_witness_commitment,omitempty"`
}

// getBlockTemplate answers in template mode, for blocks found by an algorithm.
func (n *Node) getBlockTemplate(by Algorithm) template {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, tip := &n.tmpl, n.chain.tip()
	clock := n.cfg.Clock()
	if s.prev != tip || s.counter != n.pool.counter && clock.Sub(s.made) > templateRefresh {
		list, fees := n.pool.waiting()
		*s = templateState{prev: tip, counter: n.pool.counter, made: clock, list: list, fees: fees}
	}
	bits := n.chain.nextBits(tip)
	t := template{
		Capabilities:  []string{"proposal"},
		Version:       n.reportedVersionLocked()&^n.cfg.laneBits(n.cfg.Algorithm) | n.cfg.laneBits(by),
		Rules:         []string{"csv", "!segwit", "taproot"},
		VBAvailable:   map[string]int{},
		Previous:      tip.hash.String(),
		Transactions:  templateTxs(s.list),
		CoinbaseAux:   map[string]string{},
		CoinbaseValue: n.cfg.Subsidy + s.fees,
		LongPollID:    tip.hash.String() + strconv.FormatUint(s.counter, 10),
		Target:        targetHex(bits),
		MinTime:       tip.medianTime() + 1,
		Mutable:       []string{"time", "transactions", "prevblock"},
		NonceRange:    "00000000ffffffff",
		SigopLimit:    80000,
		SizeLimit:     maxWeight,
		WeightLimit:   maxWeight,
		CurTime:       int64(n.blockTime(tip)),
		Bits:          fmt.Sprintf("%08x", bits),
		Height:        tip.height + 1,
	}
	// The Dogecoin family commits to witness data which it does not allow.
	txs := []*tx{nil}
	for _, mt := range s.list {
		txs = append(txs, mt.tx)
	}
	t.Commitment = hex.EncodeToString(commitmentScript(txs, make([]byte, 32)))
	if n.cfg.Dialect == Dogecoin {
		t.Rules = []string{}
		t.CoinbaseAux["flags"] = ""
		t.SigopLimit, t.SizeLimit, t.WeightLimit = 20000, maxLegacySize, 0
	}
	return t
}

// reportedVersionLocked is the version with the chain id that is reported.
func (n *Node) reportedVersionLocked() uint32 {
	if id := n.faults.chainID; id != 0 && !n.cfg.Parent {
		return uint32(id)<<chainShift | baseVersion
	}
	return n.cfg.version()
}

func templateTxs(list []*memTx) []templateTx {
	out := make([]templateTx, 0, len(list))
	place := make(map[Hash]int, len(list))
	for i, mt := range list {
		e := templateTx{
			Data:    hex.EncodeToString(mt.tx.encode(true)),
			TxID:    mt.tx.id.String(),
			Hash:    mt.tx.wid.String(),
			Depends: []int{},
			Fee:     mt.fee,
			Weight:  mt.tx.weight(),
		}
		for _, in := range mt.tx.in {
			if at := place[in.prev]; at > 0 {
				e.Depends = append(e.Depends, at)
			}
		}
		place[mt.tx.id] = i + 1
		out = append(out, e)
	}
	return out
}

// targetHex prints the target of bits, most significant digit first.
func targetHex(bits uint32) string {
	target, _ := expand(bits)
	return fmt.Sprintf("%064x", target)
}

// longPoll waits until the template behind id is worth replacing. As on a real
// node nothing but that ends it, or the node's own end: a caller who has gone
// keeps the thread busy.
func (n *Node) longPoll(up context.Context, id string) error {
	if len(id) < 64 {
		return rpcErrorf(codeParameter, "longpollid must be of length 64 (not %d, for '%s')", len(id), id)
	}
	seen, err := ParseHash(id[:64])
	if err != nil {
		return rpcErrorf(codeParameter, "longpollid must be hexadecimal string (not '%s')", id[:64])
	}
	// A counter that is no number counts as 0, as with Core.
	counter, _ := strconv.ParseUint(id[64:], 10, 64)
	patience := time.NewTimer(longPollPatience)
	defer patience.Stop()
	for late := false; ; {
		n.mu.Lock()
		moved := n.chain.tip().hash != seen
		news, changed := n.pool.counter != counter, n.changed
		n.mu.Unlock()
		if moved || late && news {
			return nil
		}
		select {
		case <-changed:
		case <-patience.C:
			late = true
		case <-up.Done():
			return rpcErrorf(codeNotConnected, "Shutting down")
		}
	}
}
