package convert

import (
	"math"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// AuxWorkToProto converts a piece of auxiliary work.
func AuxWorkToProto(w *coins.AuxWork) (*pb.StreamAuxWorkResponse, error) {
	c := checker{message: "AuxWork"}
	if w == nil {
		return nil, errNil
	}
	m := &pb.StreamAuxWorkResponse{
		Id: w.ID, Hash: w.Hash[:], PrevHash: w.PrevHash[:], Height: w.Height, Bits: w.Bits, Target: w.Target[:],
		Reward: w.Reward, Node: text(w.Node), Source: text(w.Source), HeardUnixNs: w.Heard, Opaque: w.Opaque,
		ExtraOutputs: outputsToProto(w.ExtraOutputs), DependsOnParent: w.DependsOnParent, ParentHash: hashOrNil(w.ParentHash),
		Rules: &pb.AuxRules{
			StrictId: w.Rules.StrictID, IndexZero: w.Rules.IndexZero,
			NoAuxParent: w.Rules.NoAuxParent, MagicRequired: w.Rules.MagicRequired, Uncles: w.Rules.Uncles,
		},
	}
	switch {
	case w.Slot != nil && w.Output != nil:
		c.failf("commitment", "both a slot and an output")
	case w.Slot != nil:
		m.Commitment = &pb.StreamAuxWorkResponse_Slot{Slot: &pb.Slot{ChainId: w.Slot.ChainID}}
	case w.Output != nil:
		if w.Output.Weight < math.MinInt32 || w.Output.Weight > math.MaxInt32 {
			c.failf("output.weight", "%d cannot be sent", w.Output.Weight)
		}
		m.Commitment = &pb.StreamAuxWorkResponse_Output{Output: &pb.OutputCommitment{
			Script: w.Output.Script, Weight: int32(w.Output.Weight), MaxAfter: c.put("output.max_after", w.Output.MaxAfter),
		}}
	default:
		c.failf("commitment", "neither a slot nor an output")
	}
	return m, c.err()
}

// AuxWorkFromProto reads a piece of auxiliary work.
func AuxWorkFromProto(m *pb.StreamAuxWorkResponse) (*coins.AuxWork, error) {
	c := checker{message: "StreamAuxWorkResponse"}
	w := &coins.AuxWork{
		ID: m.GetId(), Height: m.GetHeight(), Bits: m.GetBits(), Reward: m.GetReward(),
		Node: cut(m.GetNode()), Source: cut(m.GetSource()), Heard: m.GetHeardUnixNs(), Opaque: orNil(m.GetOpaque()),
		ExtraOutputs: outputsFromProto(m.GetExtraOutputs()), DependsOnParent: m.GetDependsOnParent(),
	}
	c.array("hash", w.Hash[:], m.GetHash())
	c.array("prev_hash", w.PrevHash[:], m.GetPrevHash())
	c.array("target", w.Target[:], m.GetTarget())
	c.maybe("parent_hash", &w.ParentHash, m.GetParentHash())
	if r := m.GetRules(); r == nil {
		c.failf("rules", "are missing")
	} else {
		w.Rules = coins.AuxRules{
			StrictID: r.StrictId, IndexZero: r.IndexZero, NoAuxParent: r.NoAuxParent, MagicRequired: r.MagicRequired, Uncles: r.Uncles,
		}
	}
	switch {
	case m.GetSlot() != nil:
		w.Slot = &coins.Slot{ChainID: m.GetSlot().ChainId}
	case m.GetOutput() != nil:
		o := m.GetOutput()
		w.Output = &coins.OutputCommitment{
			Script: orNil(o.Script), Weight: int(o.Weight), MaxAfter: c.size("output.max_after", o.MaxAfter),
		}
	default:
		c.failf("commitment", "neither slot nor output")
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return w, nil
}

// ParentTipToProto is a request of StreamAuxWork that tells a tip.
func ParentTipToProto(t coins.ParentTip) *pb.StreamAuxWorkRequest {
	return &pb.StreamAuxWorkRequest{HasTip: true, ParentHash: t.Hash[:], ParentHeight: t.Height}
}

// ParentTipFromProto reads a request of StreamAuxWork; ok says whether it tells
// a tip.
func ParentTipFromProto(m *pb.StreamAuxWorkRequest) (t coins.ParentTip, ok bool, err error) {
	if !m.GetHasTip() {
		return t, false, nil
	}
	c := checker{message: "StreamAuxWorkRequest"}
	t.Height = m.GetParentHeight()
	c.array("parent_hash", t.Hash[:], m.GetParentHash())
	return t, true, c.err()
}

// AuxProofToProto is the request of SubmitAux.
func AuxProofToProto(p *coins.AuxProof) (*pb.SubmitAuxRequest, error) {
	c := checker{message: "AuxProof"}
	if p == nil {
		return nil, errNil
	}
	if len(p.ParentHeader) != 80 {
		c.failf("parent_header", "%d bytes, want 80", len(p.ParentHeader))
	}
	return &pb.SubmitAuxRequest{
		WorkId: p.WorkID, Node: text(p.Node), Hash: p.Hash[:], Height: p.Height, Opaque: p.Opaque,
		ParentHash: p.ParentHash[:], ParentHeader: p.ParentHeader,
		Coinbase: p.Coinbase, CoinbaseStripped: p.CoinbaseStripped,
		Branch: hashesToProto(p.Branch), TxCount: c.put("tx_count", p.TxCount),
		ChainBranch: hashesToProto(p.ChainBranch), ChainIndex: p.ChainIndex, OutputOffset: c.put("output_offset", p.OutputOffset),
	}, c.err()
}

// AuxProofFromProto reads the request of SubmitAux.
func AuxProofFromProto(m *pb.SubmitAuxRequest) (*coins.AuxProof, error) {
	c := checker{message: "SubmitAuxRequest"}
	p := &coins.AuxProof{
		WorkID: m.GetWorkId(), Node: m.GetNode(), Height: m.GetHeight(), Opaque: orNil(m.GetOpaque()),
		ParentHeader: orNil(m.GetParentHeader()), Coinbase: orNil(m.GetCoinbase()), CoinbaseStripped: orNil(m.GetCoinbaseStripped()),
		Branch: hashesFromProto(&c, "branch", m.GetBranch()), TxCount: c.size("tx_count", m.GetTxCount()),
		ChainBranch: hashesFromProto(&c, "chain_branch", m.GetChainBranch()), ChainIndex: m.GetChainIndex(),
		OutputOffset: c.size("output_offset", m.GetOutputOffset()),
	}
	c.array("hash", p.Hash[:], m.GetHash())
	c.array("parent_hash", p.ParentHash[:], m.GetParentHash())
	if len(p.ParentHeader) != 80 {
		c.failf("parent_header", "%d bytes, want 80", len(p.ParentHeader))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return p, nil
}
