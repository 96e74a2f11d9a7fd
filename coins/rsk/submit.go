package rsk

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// kept is how many settled works are remembered: twice what a node remembers.
const kept = 40

// settled are the works of which a solution was taken, oldest first.
type settled struct {
	order []coins.Hash
	words map[coins.Hash]string
}

func (s *settled) add(hash coins.Hash, words string) {
	if _, ok := s.words[hash]; ok {
		return
	}
	if s.words == nil {
		s.words = map[coins.Hash]string{}
	}
	if len(s.order) == kept {
		delete(s.words, s.order[0])
		s.order = s.order[1:]
	}
	s.order = append(s.order, hash)
	s.words[hash] = words
}

// SubmitAux hands a proof to the node that made the work. A second solution of a
// work that is settled is a Duplicate: it would make a sibling of our own block.
func (c *coin) SubmitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	c.mu.Lock()
	words, done := c.settled.words[p.Hash]
	c.mu.Unlock()
	if done {
		return coins.Verdict{Code: coins.Duplicate, Reason: "this work is settled: " + words, Node: p.Node}, nil
	}
	m := c.member(p.Node)
	if m == nil {
		return coins.Verdict{Code: coins.Rejected, Reason: "the node that made this work is no longer configured", Node: p.Node}, nil
	}
	if len(p.ParentHeader) != 80 || len(p.CoinbaseStripped) == 0 || p.TxCount < 1 {
		reason := fmt.Sprintf("proof with a parent header of %d bytes, a coinbase of %d and %d transactions", len(p.ParentHeader), len(p.CoinbaseStripped), p.TxCount)
		return coins.Verdict{Code: coins.Rejected, Reason: reason, Node: p.Node}, nil
	}
	if !tagged(p.CoinbaseStripped, p.Hash) {
		return coins.Verdict{Code: coins.Rejected, Reason: "the last tag of the coinbase is not this work's", Node: p.Node}, nil
	}
	if err := c.limit.Wait(ctx); err != nil {
		return coins.Verdict{}, fmt.Errorf("submission waits for its turn: %w", err)
	}

	var reply struct {
		Result string `json:"blockImportedResult"`
		Hash   string `json:"blockHash"`
		Height string `json:"blockIncludedHeight"`
	}
	err := m.urgent.Call(ctx, &reply, "mnr_submitBitcoinBlockPartialMerkle", params(p)...)
	if e := rpc.AsNodeError(err); e != nil {
		if code, ok := refusal(e.Code, e.Message); ok {
			return coins.Verdict{Code: code, Reason: e.Message, Node: m.name}, nil
		}
	}
	if err != nil {
		return coins.Verdict{}, err
	}
	v := imported(reply.Result)
	v.Node = m.name
	if v.Code == coins.Received || v.Code == coins.Duplicate {
		words := strings.TrimSpace(v.Reason + " " + reply.Hash)
		c.mu.Lock()
		c.settled.add(p.Hash, words)
		c.mu.Unlock()
		c.log.Info("block taken in", "node", m.name, "work", p.Hash.String(), "block", reply.Hash, "result", v.Reason)
	}
	return v, nil
}

// tagged reports whether the last tag of a coinbase is followed by the hash.
func tagged(coinbase []byte, hash coins.Hash) bool {
	at := bytes.LastIndex(coinbase, []byte(tag))
	want := commitment(hash)[2:] // without OP_RETURN and the length
	return at >= 0 && bytes.HasPrefix(coinbase[at:], want)
}

// params are those of mnr_submitBitcoinBlockPartialMerkle: the hash that was
// mined for, header, coinbase without witness, the branch with the coinbase's
// hash first, and the number of transactions. All is hexadecimal without 0x, the
// number too, and hashes are in internal order.
func params(p *coins.AuxProof) []any {
	id := sum(p.CoinbaseStripped)
	branch := []string{hex.EncodeToString(id[:])}
	for _, h := range p.Branch {
		branch = append(branch, hex.EncodeToString(h[:]))
	}
	return []any{
		p.Hash.String(),
		hex.EncodeToString(p.ParentHeader),
		hex.EncodeToString(p.CoinbaseStripped),
		strings.Join(branch, " "),
		strconv.FormatInt(int64(p.TxCount), 16),
	}
}

// imported reads blockImportedResult: the word of rskj's ImportResult, as the hex
// digits of its letters.
func imported(text string) coins.Verdict {
	word := text
	if raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x")); err == nil {
		word = string(raw)
	}
	switch word {
	case "IMPORTED_BEST", "IMPORTED_NOT_BEST":
		return coins.Verdict{Code: coins.Received, Reason: word}
	case "EXIST":
		return coins.Verdict{Code: coins.Duplicate, Reason: word}
	case "NO_PARENT":
		return coins.Verdict{Code: coins.Stale, Reason: word}
	}
	return coins.Verdict{Code: coins.Rejected, Reason: word}
}

// Codes of errors that say something of the solution.
const (
	codeSubmit = -33000 // rskj's JsonRpcSubmitBlockException
	codeParams = -32602
)

// refusal reads an error. A work that is no longer among the node's last twenty is
// too late. A node that limits submissions (miner.submission) has not looked at
// the solution, and other codes are the node's own trouble: both are no verdict,
// and the solution is handed in again.
func refusal(code int, words string) (v coins.VerdictCode, ok bool) {
	switch {
	case code != codeSubmit && code != codeParams, strings.Contains(words, "rate limit"):
		return 0, false
	case strings.Contains(words, "could not find hash"):
		return coins.Stale, true
	}
	return coins.Rejected, true
}
