package namecoin

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
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
		return c.submitPinned(ctx, p, k, hex.EncodeToString(proof))
	}
	if h := k.hash(); h != p.Hash {
		reason := fmt.Sprintf("%v: it is of block %s, the proof of %s", ErrOpaque, h, p.Hash)
		return coins.Verdict{Code: coins.Rejected, Reason: reason, Node: p.Node}, nil
	}
	v, err := c.set.Submit(ctx, k.assemble(proof))
	if v.Code == coins.Rejected { // also where another node is still waited for
		c.refused.Store(&p.Hash)
	}
	return v, err
}

// encodeProof writes a proof as every chain of the kind reads it: the coinbase
// without witness, index 0.
func encodeProof(p *coins.AuxProof) ([]byte, error) {
	proof, err := proofOf(p)
	if err != nil {
		return nil, err
	}
	return proof.Append(nil), nil
}

func proofOf(p *coins.AuxProof) (*auxpow.Proof, error) {
	if len(p.ParentHeader) != auxpow.HeaderSize || len(p.CoinbaseStripped) == 0 {
		return nil, fmt.Errorf("%w: parent header of %d bytes, coinbase of %d", ErrProof, len(p.ParentHeader), len(p.CoinbaseStripped))
	}
	return &auxpow.Proof{
		Coinbase:       p.CoinbaseStripped,
		ParentHash:     p.ParentHash,
		CoinbaseBranch: branch(p.Branch),
		ChainBranch:    branch(p.ChainBranch),
		ChainIndex:     p.ChainIndex,
		ParentHeader:   [auxpow.HeaderSize]byte(p.ParentHeader),
	}, nil
}

func branch(in []coins.Hash) [][32]byte {
	out := make([][32]byte, len(in))
	for i, h := range in {
		out[i] = h
	}
	return out
}
