package namecoin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// SubmitAux hands a proof to every node where the block is our own, otherwise
// to the node that made the work. What cannot be submitted at all is Rejected:
// no later try would fare better.
func (c *coin) SubmitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	k, err := decodeKept(p.Opaque)
	if err != nil {
		return coins.Verdict{Code: coins.Rejected, Reason: err.Error(), Node: p.Node}, nil
	}
	proof, err := encodeProof(p)
	if err != nil {
		return coins.Verdict{Code: coins.Rejected, Reason: err.Error(), Node: p.Node}, nil
	}
	if k.kind != kindBlock {
		return c.submitPinned(ctx, p, k.kind, hex.EncodeToString(proof))
	}
	if h := k.hash(); h != p.Hash {
		reason := fmt.Sprintf("%v: it is of block %s, the proof of %s", ErrOpaque, h, p.Hash)
		return coins.Verdict{Code: coins.Rejected, Reason: reason, Node: p.Node}, nil
	}
	return c.set.Submit(ctx, k.assemble(proof))
}

// encodeProof writes a proof as every chain of the kind reads it: the coinbase
// without witness, index 0.
func encodeProof(p *coins.AuxProof) ([]byte, error) {
	if len(p.ParentHeader) != auxpow.HeaderSize || len(p.CoinbaseStripped) == 0 {
		return nil, fmt.Errorf("%w: parent header of %d bytes, coinbase of %d", ErrProof, len(p.ParentHeader), len(p.CoinbaseStripped))
	}
	proof := auxpow.Proof{
		Coinbase:       p.CoinbaseStripped,
		ParentHash:     p.ParentHash,
		CoinbaseBranch: branch(p.Branch),
		ChainBranch:    branch(p.ChainBranch),
		ChainIndex:     p.ChainIndex,
		ParentHeader:   [auxpow.HeaderSize]byte(p.ParentHeader),
	}
	return proof.Append(nil), nil
}

func branch(in []coins.Hash) [][32]byte {
	out := make([][32]byte, len(in))
	for i, h := range in {
		out[i] = h
	}
	return out
}

// submitPinned gives a proof to the node that made the work. It does not wait
// for a request for the next work, and holds the next request back.
func (c *coin) submitPinned(ctx context.Context, p *coins.AuxProof, k kind, proof string) (coins.Verdict, error) {
	defer c.pending.begin(p.Node)()
	method := "submitauxblock"
	if k == kindGet {
		method = modeGet
	}
	var taken bool
	err := c.set.Urgent(ctx, p.Node, &taken, method, p.Hash.String(), proof)
	v := coins.Verdict{Node: p.Node}
	switch e := rpc.AsNodeError(err); {
	case err == nil && taken:
		v.Code = coins.Received
	case err == nil:
		v.Code, v.Reason = coins.Rejected, "the node says false; its log has the reason"
	case rpc.Unanswered(err):
		return coins.Verdict{}, err
	case errors.Is(err, nodes.ErrUnknown):
		// The node is no longer in the settings.
		v.Code, v.Reason = coins.Stale, fmt.Sprintf("%v, and no other node knows this work", err)
	case e == nil:
		return coins.Verdict{}, err
	case e.Code == rpc.CodeInvalidParam:
		return c.forgotten(ctx, p, e)
	case e.Code == rpc.CodeInternal:
		return coins.Verdict{}, err
	default:
		v.Code, v.Reason = coins.Rejected, e.Message
	}
	return v, nil
}

// forgotten decides what it means that a node does not know a hash: it forgets
// work when the tip moves, also when it is this very block that moved it and
// only our reply was lost.
func (c *coin) forgotten(ctx context.Context, p *coins.AuxProof, e *rpc.NodeError) (coins.Verdict, error) {
	v := coins.Verdict{Code: coins.Stale, Reason: e.Message, Node: p.Node}
	var header struct {
		Confirmations int64 `json:"confirmations"`
	}
	err := c.set.Urgent(ctx, p.Node, &header, "getblockheader", p.Hash.String(), true)
	switch {
	case err == nil:
		v.Code = coins.Duplicate
	case rpc.Unanswered(err):
		return coins.Verdict{}, fmt.Errorf("%w: %w", nodes.ErrNoNode, err)
	}
	return v, nil
}
