package simchain

import (
	"encoding/hex"
	"fmt"
	"time"
)

// auxState is what a node remembers of the aux blocks that it made. It mirrors
// Core's, oddities included: the tip, the mempool counter and the time are those
// of the last template, whoever asked for it.
type auxState struct {
	prev    *entry
	counter uint64
	made    time.Time
	saved   map[Hash]*block   // all since the tip moved
	current map[string]*block // by output script
	twin    map[string]*block // the other one of a flip-flop
}

// forget drops all templates.
func (s *auxState) forget() {
	*s = auxState{saved: map[Hash]*block{}, current: map[string]*block{}, twin: map[string]*block{}}
}

// auxWork is the reply of createauxblock.
type auxWork struct {
	Hash          string `json:"hash"`
	ChainID       uint16 `json:"chainid"`
	Previous      string `json:"previousblockhash"`
	CoinbaseValue int64  `json:"coinbasevalue"`
	Bits          string `json:"bits"`
	Height        int    `json:"height"`
	ParentScript  string `json:"coinbasescript,omitempty"`
	ParentPrev    string `json:"_btcprevhash,omitempty"`
	TargetBare    string `json:"target,omitempty"`
	TargetUnder   string `json:"_target,omitempty"`
}

// createAux gives out an aux block which pays to script. prev is what the caller
// says of the parent's tip, if anything.
func (n *Node) createAux(script []byte, prev Hash) (auxWork, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.auxCheckLocked(); err != nil {
		return auxWork{}, err
	}
	if n.chain.tip().height < n.cfg.AuxFrom {
		return auxWork{}, rpcErrorf(codeMisc, "getauxblock method is not yet available")
	}
	prev, err := n.parentPrevLocked(prev)
	if err != nil {
		return auxWork{}, err
	}
	b := n.auxBlockLocked(script, prev)
	w := auxWork{
		Hash:          b.id.String(),
		ChainID:       n.cfg.ChainID,
		Previous:      b.prev.String(),
		CoinbaseValue: b.txs[0].out[0].value,
		Bits:          fmt.Sprintf("%08x", b.bits),
		Height:        n.chain.tip().height + 1,
	}
	if id := n.faults.chainID; id != 0 {
		w.ChainID = id
	}
	switch n.cfg.Dialect {
	case Dogecoin:
		w.TargetBare = reversedTarget(b.bits)
	case Syscoin:
		w.TargetUnder = reversedTarget(b.bits)
		w.ParentScript = hex.EncodeToString(parentScript(n.chain.tip()))
		if prev != (Hash{}) {
			w.ParentPrev = prev.String()
		}
	case Elastos:
		w.Height-- // it is the tip's
		w.Bits = fmt.Sprintf("%x", b.bits)
	default:
		w.TargetUnder = reversedTarget(b.bits)
	}
	return w, nil
}

// reversedTarget prints the target as aux work has it: least significant byte
// first.
func reversedTarget(bits uint32) string {
	h, err := ParseHash(targetHex(bits))
	if err != nil {
		panic(err) // targetHex always gives 32 bytes
	}
	return hex.EncodeToString(h[:])
}

// auxBlockLocked returns the block for a script, a new one where the rules of
// caching want it.
func (n *Node) auxBlockLocked(script []byte, prev Hash) *block {
	s, tip, key := &n.aux, n.chain.tip(), string(script)
	if n.cfg.OneTemplate || n.cfg.Dialect == Elastos {
		key = ""
	}
	now := n.cfg.Clock()
	b := s.current[key]
	stale := s.counter != n.pool.counter && now.Sub(s.made) > auxRefresh
	switch {
	case n.cfg.Dialect == Elastos:
		stale = now.Sub(s.made) > elastosRefresh
	case b != nil && committed(b) != prev:
		stale = true
	}
	if b == nil || s.prev != tip || stale {
		if s.prev != tip {
			s.forget()
		}
		b = n.newAuxLocked(script, prev)
		s.prev, s.counter, s.made = tip, n.pool.counter, now
		// Namecoin Core does not replace the entry of a script: it gives the
		// better block out once and the older one from then on.
		if s.current[key] == nil || n.cfg.Dialect != Namecoin {
			s.current[key] = b
		}
	}
	if !n.faults.flipFlop {
		return b
	}
	if s.twin[key] == nil {
		s.twin[key] = n.newAuxLocked(script, prev)
	}
	s.current[key], s.twin[key] = s.twin[key], s.current[key]
	return b
}

// newAuxLocked makes and remembers a block whose version announces a proof.
func (n *Node) newAuxLocked(script []byte, prev Hash) *block {
	n.extra++
	list, fees := n.pool.waiting()
	b := n.buildBlock(n.chain.tip(), script, list, fees, n.extra)
	commitTo(b, prev)
	b.version |= auxVersionBit
	b.seal()
	n.aux.saved[b.id] = b
	return b
}

// submitAux takes a proof for a block that createAux gave out. true says only
// that the block was stored, now or earlier.
func (n *Node) submitAux(method, hashText, proofText string) (bool, error) {
	ok, err := n.submitAuxLocked(method, hashText, proofText)
	if ok {
		n.relay()
	}
	return ok, err
}

func (n *Node) submitAuxLocked(method, hashText, proofText string) (ok bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.auxCheckLocked(); err != nil {
		return false, err
	}
	sub := Submission{Method: method}
	defer func() {
		sub.Verdict = fmt.Sprint(ok)
		if err != nil {
			sub.Verdict = err.Error()
		}
		n.recordLocked(sub)
	}()

	sub.Hash, err = ParseHash(hashText)
	if err != nil && n.cfg.Dialect == Namecoin {
		return false, rpcErrorf(codeParameter, "invalid block hash hex")
	}
	saved := n.aux.saved[sub.Hash]
	if err != nil || saved == nil {
		return false, rpcErrorf(codeParameter, "block hash unknown")
	}
	// What is no hex counts as nothing, as with Core.
	raw, err := hex.DecodeString(proofText)
	if err != nil {
		raw = nil
	}
	p, err := parseProof(raw)
	if err != nil {
		return false, n.deserialiseError(err)
	}
	if n.faults.lie {
		sub.Reason = "lied"
		return true, nil
	}
	b := *saved
	b.aux = p
	got := n.chain.process(&b, n.now(), false)
	sub.note(got)
	if got.fresh {
		n.announceLocked()
	}
	if n.cfg.Dialect == Elastos && !got.fresh {
		return false, nil // a duplicate is a failure to add it
	}
	return got.taken, nil
}

// note writes down what became of a block.
func (s *Submission) note(got accepted) {
	s.Best = got.best
	switch {
	case got.detail != nil:
		s.Reason = got.detail.Error()
	case got.reason != "":
		s.Reason = string(got.reason)
	case !got.fresh:
		s.Reason = string(Duplicate)
	case !got.best:
		s.Reason = string(Inconclusive)
	}
}

// recordLocked appends to the log of submissions.
func (n *Node) recordLocked(s Submission) {
	s.At = n.cfg.Clock()
	if e := n.chain.blocks[s.Hash]; e != nil {
		s.Height = e.height
	}
	n.log = append(n.log, s)
	n.cfg.Logger.Info("submission", "chain", n.cfg.Name, "method", s.Method, "hash", s.Hash.String(),
		"height", s.Height, "verdict", s.Verdict, "reason", s.Reason, "best", s.Best)
}

// deserialiseError is what the node says of bytes that it cannot read.
func (n *Node) deserialiseError(err error) error {
	stream := "DataStream"
	if n.cfg.Dialect == Dogecoin {
		stream = "CDataStream"
	}
	return streamError(stream, err)
}
