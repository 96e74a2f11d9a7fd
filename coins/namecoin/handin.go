package namecoin

import (
	"context"
	"errors"
	"fmt"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/nodes"
	"github.com/motherlode-pool/motherlode/coins/internal/rpc"
)

// prevOffset is where a parent's header names the block before it.
const prevOffset = 4

// submitPinned gives a proof to the node that made the work. It does not wait
// for a request for the next work, and holds the next request back.
func (c *coin) submitPinned(ctx context.Context, p *coins.AuxProof, k *kept, proof string) (coins.Verdict, error) {
	if prev := coins.Hash(p.ParentHeader[prevOffset:]); !k.parent.IsZero() && prev != k.parent {
		// A node that was given this would hold the block for invalid ever
		// after, also with the right proof.
		v := coins.Verdict{Code: coins.Stale, Node: p.Node}
		v.Reason = fmt.Sprintf("the parent is built on %s, the work is bound to %s", prev, k.parent)
		if wrong := c.verify(p, k.bits); wrong != nil {
			v.Code, v.Reason = coins.Rejected, wrong.Error()
		}
		return v, nil
	}
	defer c.pending.begin(p.Node)()
	var reply any
	method, params := c.submitCall(k.kind, p.Hash, proof)
	err := c.set.Urgent(ctx, p.Node, &reply, method, params...)
	v := coins.Verdict{Node: p.Node}
	switch e := rpc.AsNodeError(err); {
	case err == nil:
		v.Code, v.Reason = readReply(reply)
		if v.Code == coins.Received && !c.chain.elastos { // which takes no block by a call
			c.set.Relay(ctx, p.Node, p.Hash)
		}
	case rpc.Unanswered(err):
		return coins.Verdict{}, err
	case errors.Is(err, nodes.ErrUnknown):
		// The node is no longer in the settings.
		v.Code, v.Reason = coins.Stale, fmt.Sprintf("%v, and no other node knows this work", err)
	case e == nil:
		return coins.Verdict{}, err
	case c.chain.elastos && e.Code == elastosInternal:
		return c.unsaid(ctx, p, k, e)
	case e.Code == rpc.CodeInvalidParam:
		return c.forgotten(ctx, p, e)
	case ofTheNode(e.Code):
		return coins.Verdict{}, err
	default:
		v.Code, v.Reason = coins.Rejected, e.Message
	}
	return v, nil
}

// ofTheNode reports whether an error is about the state that the node is in: it has
// not looked at the proof. Nodes check that they have peers and are not catching up
// before they take one.
func ofTheNode(code int) bool {
	switch code {
	case rpc.CodeNotConnected, rpc.CodeInitialSync, rpc.CodeNoP2P,
		rpc.CodeInternal, rpc.CodeOutOfMemory, rpc.CodeDatabase, rpc.CodeMethodNotFound,
		rpc.CodeWallet, rpc.CodeKeypool, rpc.CodeLocked, rpc.CodeNoWallet:
		return true
	}
	return false
}

// readReply reads what a node answers to a proof: true or false, or with some
// old getauxblock the words of submitblock, among them null for a block that is
// taken.
func readReply(reply any) (coins.VerdictCode, string) {
	switch said := reply.(type) {
	case nil:
		return coins.Received, ""
	case bool:
		if said {
			return coins.Received, ""
		}
		return coins.Rejected, "the node says false; its log has the reason"
	case string:
		switch said {
		case "duplicate", "duplicate-inconclusive":
			return coins.Duplicate, said
		case "inconclusive":
			return coins.Received, said
		}
		return coins.Rejected, said
	}
	return coins.Rejected, fmt.Sprintf("the node says %.80v, which is no answer", reply)
}

// submitCall is the call that hands a proof in.
func (c *coin) submitCall(k kind, hash coins.Hash, proof string) (method string, params []any) {
	switch {
	case c.chain.elastos:
		return submitMethod, []any{rpc.Named{"blockhash": hash.String(), "auxpow": proof}}
	case k == kindGet:
		return modeGet, []any{hash.String(), proof}
	}
	return submitMethod, []any{hash.String(), proof}
}

const submitMethod = "submitauxblock"

// forgotten decides what it means that a node does not know a hash: it forgets
// work when the tip moves, also when it is this very block that moved it and
// only our reply was lost.
func (c *coin) forgotten(ctx context.Context, p *coins.AuxProof, e *rpc.NodeError) (coins.Verdict, error) {
	v := coins.Verdict{Code: coins.Stale, Reason: e.Message, Node: p.Node}
	st, err := c.set.Sight(ctx, p.Node, p.Hash)
	switch {
	case err == nil && st.State != coins.BlockUnknown:
		v.Code = coins.Duplicate
	case rpc.Unanswered(err):
		return coins.Verdict{}, fmt.Errorf("%w: %w", nodes.ErrNoNode, err)
	}
	return v, nil
}

// unsaid decides what it means that a node of Elastos failed to add a block. It
// says the same of a bad proof, of work that it has forgotten, and of a block
// that it has already but that its arbiters have not confirmed yet. Of the last
// nothing is known until they have: that is an error.
func (c *coin) unsaid(ctx context.Context, p *coins.AuxProof, k *kept, e *rpc.NodeError) (coins.Verdict, error) {
	v := coins.Verdict{Code: coins.Duplicate, Reason: e.Message, Node: p.Node}
	st, err := c.set.Sight(ctx, p.Node, p.Hash)
	switch {
	case err == nil && st.State != coins.BlockUnknown:
		return v, nil
	case err != nil:
		return coins.Verdict{}, fmt.Errorf("%w: %w", nodes.ErrNoNode, err)
	}
	if wrong := c.verify(p, k.bits); wrong != nil {
		v.Code, v.Reason = coins.Rejected, fmt.Sprintf("%s: %v", e.Message, wrong)
		return v, nil
	}
	chain, err := c.set.Chain(ctx, p.Node)
	switch {
	case err != nil:
		return coins.Verdict{}, fmt.Errorf("%w: %w", nodes.ErrNoNode, err)
	case chain.Height >= p.Height:
		v.Code = coins.Stale
		return v, nil
	}
	return coins.Verdict{}, fmt.Errorf("%w: %w", ErrUnsaid, e)
}

// verify holds a proof against the rules of the chain, where the node does not
// name the one that is broken, or is not asked.
func (c *coin) verify(p *coins.AuxProof, bits uint32) error {
	proof, err := proofOf(p)
	if err != nil {
		return err
	}
	err = auxpow.Verify(proof, p.Hash, auxpow.Rules{
		ChainID: c.info.ChainID, StrictID: c.rules.StrictID, IndexZero: c.rules.IndexZero,
		NoAuxParent: c.rules.NoAuxParent, MagicRequired: c.rules.MagicRequired,
	})
	if err != nil {
		return err
	}
	alg, err := algos.ByName(c.info.Algorithm)
	if err != nil {
		return err
	}
	return proof.VerifyWork(bits, func(header *[auxpow.HeaderSize]byte) (sum [32]byte) {
		alg.Sum(&sum, header[:], nil)
		return sum
	})
}
