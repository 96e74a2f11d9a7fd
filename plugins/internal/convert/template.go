package convert

import (
	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// TemplateToProto converts a template.
func TemplateToProto(t *coins.Template) (*pb.StreamTemplatesResponse, error) {
	c := checker{message: "Template"}
	if t == nil {
		return nil, errNil
	}
	m := &pb.StreamTemplatesResponse{
		Id: t.ID, Reason: toWire(&c, "reason", reasons, t.Reason), Height: t.Height,
		PrevHash: t.PrevHash[:], Target: t.Target[:], Reward: t.Reward, Fees: t.Fees,
		Time: t.Time, MinTime: t.MinTime, MaxTime: t.MaxTime, Node: text(t.Node), Source: text(t.Source), HeardUnixNs: t.Heard,
	}
	switch {
	case t.Tree != nil && t.Blob != nil:
		c.failf("shape", "both a tree and a blob")
	case t.Tree != nil:
		m.Shape = &pb.StreamTemplatesResponse_CoinbaseTree{CoinbaseTree: treeToProto(&c, t.Tree)}
	case t.Blob != nil:
		m.Shape = &pb.StreamTemplatesResponse_HeaderBlob{HeaderBlob: blobToProto(&c, t.Blob)}
	default:
		c.failf("shape", "neither a tree nor a blob")
	}
	return m, c.err()
}

// TemplateFromProto reads a template.
func TemplateFromProto(m *pb.StreamTemplatesResponse) (*coins.Template, error) {
	c := checker{message: "StreamTemplatesResponse"}
	t := &coins.Template{
		ID: m.GetId(), Reason: fromWire(&c, "reason", reasons, m.GetReason()), Height: m.GetHeight(),
		Reward: m.GetReward(), Fees: m.GetFees(), Time: m.GetTime(), MinTime: m.GetMinTime(), MaxTime: m.GetMaxTime(),
		Node: cut(m.GetNode()), Source: cut(m.GetSource()), Heard: m.GetHeardUnixNs(),
	}
	c.array("prev_hash", t.PrevHash[:], m.GetPrevHash())
	c.array("target", t.Target[:], m.GetTarget())
	switch {
	case m.GetCoinbaseTree() != nil:
		t.Tree = treeFromProto(&c, m.GetCoinbaseTree())
	case m.GetHeaderBlob() != nil:
		t.Blob = blobFromProto(&c, m.GetHeaderBlob())
	default:
		c.failf("shape", "neither coinbase_tree nor header_blob")
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return t, nil
}

func treeToProto(c *checker, t *coins.CoinbaseTree) *pb.CoinbaseTree {
	if len(t.WitnessReserved) != 0 && len(t.WitnessReserved) != 32 {
		c.failf("witness_reserved", "%d bytes, want 0 or 32", len(t.WitnessReserved))
	}
	return &pb.CoinbaseTree{
		Version: t.Version, VersionMask: t.VersionMask, Bits: t.Bits, MerkleBranch: hashesToProto(t.Branch),
		CoinbaseVersion: t.CoinbaseVersion, ScriptPrefix: t.ScriptPrefix, ScriptLimit: c.put("script_limit", t.ScriptLimit),
		RequiredOutputs: outputsToProto(t.Outputs), CoinbasePayload: t.Payload, LockTime: t.LockTime,
		WitnessReserved: t.WitnessReserved, TxCount: c.put("tx_count", t.TxCount), TxBlob: t.TxBlob, Trailer: t.Trailer,
	}
}

func treeFromProto(c *checker, m *pb.CoinbaseTree) *coins.CoinbaseTree {
	if len(m.WitnessReserved) != 0 && len(m.WitnessReserved) != 32 {
		c.failf("witness_reserved", "%d bytes, want 0 or 32", len(m.WitnessReserved))
	}
	return &coins.CoinbaseTree{
		Version: m.Version, VersionMask: m.VersionMask, Bits: m.Bits,
		Branch:          hashesFromProto(c, "merkle_branch", m.MerkleBranch),
		CoinbaseVersion: m.CoinbaseVersion, ScriptPrefix: orNil(m.ScriptPrefix),
		ScriptLimit: c.size("script_limit", m.ScriptLimit),
		Outputs:     outputsFromProto(m.RequiredOutputs), Payload: orNil(m.CoinbasePayload), LockTime: m.LockTime,
		WitnessReserved: orNil(m.WitnessReserved), TxCount: c.size("tx_count", m.TxCount),
		TxBlob: orNil(m.TxBlob), Trailer: orNil(m.Trailer),
	}
}

func blobToProto(c *checker, b *coins.HeaderBlob) *pb.HeaderBlob {
	return &pb.HeaderBlob{
		Header: b.Header, NonceOffset: c.put("nonce_offset", b.NonceOffset), NonceSize: c.put("nonce_size", b.NonceSize),
		ExtranonceOffset: c.put("extranonce_offset", b.ExtranonceOffset), ExtranonceSize: c.put("extranonce_size", b.ExtranonceSize),
		HashParam: b.HashParam, Opaque: b.Opaque,
	}
}

// blobFromProto also holds the ranges within the header, so that nobody after
// it can be made to write beside it.
func blobFromProto(c *checker, m *pb.HeaderBlob) *coins.HeaderBlob {
	b := &coins.HeaderBlob{
		Header: orNil(m.Header), NonceOffset: c.size("nonce_offset", m.NonceOffset), NonceSize: c.size("nonce_size", m.NonceSize),
		ExtranonceOffset: c.size("extranonce_offset", m.ExtranonceOffset), ExtranonceSize: c.size("extranonce_size", m.ExtranonceSize),
		HashParam: orNil(m.HashParam), Opaque: orNil(m.Opaque),
	}
	if uint64(m.NonceOffset)+uint64(m.NonceSize) > uint64(len(m.Header)) {
		c.failf("nonce_offset", "%d+%d is outside of a header of %d bytes", m.NonceOffset, m.NonceSize, len(m.Header))
	}
	if uint64(m.ExtranonceOffset)+uint64(m.ExtranonceSize) > uint64(len(m.Header)) {
		c.failf("extranonce_offset", "%d+%d is outside of a header of %d bytes", m.ExtranonceOffset, m.ExtranonceSize, len(m.Header))
	}
	return b
}

func hashesToProto(list []coins.Hash) [][]byte {
	var out [][]byte
	for i := range list {
		out = append(out, list[i][:])
	}
	return out
}

func hashesFromProto(c *checker, field string, list [][]byte) []coins.Hash {
	if len(list) == 0 {
		return nil
	}
	out := make([]coins.Hash, len(list))
	for i, b := range list {
		c.array(field, out[i][:], b)
	}
	return out
}

func outputsToProto(list []coins.Output) []*pb.Output {
	var out []*pb.Output
	for _, o := range list {
		out = append(out, &pb.Output{Value: o.Value, Script: o.Script})
	}
	return out
}

func outputsFromProto(list []*pb.Output) []coins.Output {
	var out []coins.Output
	for _, m := range list {
		out = append(out, coins.Output{Value: m.GetValue(), Script: orNil(m.GetScript())})
	}
	return out
}
