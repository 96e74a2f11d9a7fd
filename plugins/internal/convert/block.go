package convert

import (
	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// BlockToProto is the request of SubmitBlock.
func BlockToProto(b *coins.Block) (*pb.SubmitBlockRequest, error) {
	if b == nil {
		return nil, errNil
	}
	return &pb.SubmitBlockRequest{
		TemplateId: b.TemplateID, Height: b.Height, Hash: b.Hash[:], PrevHash: b.PrevHash[:],
		Block: b.Raw, Opaque: b.Opaque,
	}, nil
}

// BlockFromProto reads the request of SubmitBlock.
func BlockFromProto(m *pb.SubmitBlockRequest) (*coins.Block, error) {
	c := checker{message: "SubmitBlockRequest"}
	b := &coins.Block{
		TemplateID: m.GetTemplateId(), Height: m.GetHeight(), Raw: orNil(m.GetBlock()), Opaque: orNil(m.GetOpaque()),
	}
	c.array("hash", b.Hash[:], m.GetHash())
	c.array("prev_hash", b.PrevHash[:], m.GetPrevHash())
	if err := c.err(); err != nil {
		return nil, err
	}
	return b, nil
}

// VerdictToProto converts a node's answer to a submission.
func VerdictToProto(v coins.Verdict) (*pb.Verdict, error) {
	c := checker{message: "Verdict"}
	return &pb.Verdict{Code: toWire(&c, "code", verdicts, v.Code), Reason: text(v.Reason), Node: text(v.Node)}, c.err()
}

// VerdictFromProto reads a node's answer to a submission.
func VerdictFromProto(m *pb.Verdict) (coins.Verdict, error) {
	c := checker{message: "Verdict"}
	v := coins.Verdict{Code: fromWire(&c, "code", verdicts, m.GetCode()), Reason: cut(m.GetReason()), Node: cut(m.GetNode())}
	if err := c.err(); err != nil {
		return coins.Verdict{}, err
	}
	return v, nil
}

// PayeeToProto converts a decoded address.
func PayeeToProto(p coins.Payee) *pb.ValidateAddressResponse {
	return &pb.ValidateAddressResponse{Valid: p.Valid, Reason: text(p.Reason), Canonical: text(p.Address), Script: p.Script}
}

// PayeeFromProto reads a decoded address. A valid one has a script: money goes
// there.
func PayeeFromProto(m *pb.ValidateAddressResponse) (coins.Payee, error) {
	c := checker{message: "ValidateAddressResponse"}
	if m.GetValid() && len(m.GetScript()) == 0 {
		c.failf("script", "is empty though the address is valid")
	}
	canonical := m.GetCanonical()
	if m.GetValid() {
		c.name("canonical", canonical)
	}
	if err := c.err(); err != nil {
		return coins.Payee{}, err
	}
	if !m.GetValid() {
		canonical = cut(canonical) // nobody's name: most likely what was asked about
	}
	return coins.Payee{Valid: m.GetValid(), Reason: cut(m.GetReason()), Address: canonical, Script: orNil(m.GetScript())}, nil
}

// BlockStatusToProto converts a node's answer about a block.
func BlockStatusToProto(s coins.BlockStatus) (*pb.BlockStatusResponse, error) {
	c := checker{message: "BlockStatus"}
	return &pb.BlockStatusResponse{
		State: toWire(&c, "state", blockStates, s.State), Confirmations: s.Confirmations, Height: s.Height, Node: text(s.Node),
		Note: text(s.Note),
	}, c.err()
}

// BlockStatusFromProto reads a node's answer about a block.
func BlockStatusFromProto(m *pb.BlockStatusResponse) (coins.BlockStatus, error) {
	c := checker{message: "BlockStatusResponse"}
	s := coins.BlockStatus{
		State: fromWire(&c, "state", blockStates, m.GetState()), Confirmations: m.GetConfirmations(),
		Height: m.GetHeight(), Node: cut(m.GetNode()), Note: cut(m.GetNote()),
	}
	if err := c.err(); err != nil {
		return coins.BlockStatus{}, err
	}
	return s, nil
}

// AddressToProto is the request of ValidateAddress.
func AddressToProto(address string) *pb.ValidateAddressRequest {
	return &pb.ValidateAddressRequest{Address: text(address)}
}

// HashFromProto reads a hash that stands alone.
func HashFromProto(field string, b []byte) (coins.Hash, error) {
	c := checker{message: "request"}
	var h coins.Hash
	c.array(field, h[:], b)
	return h, c.err()
}

// HealthToProto converts the state of a coin.
func HealthToProto(h coins.Health) (*pb.StreamHealthResponse, error) {
	c := checker{message: "Health"}
	m := &pb.StreamHealthResponse{
		State: toWire(&c, "state", healthStates, h.State), Message: text(h.Message), Height: h.Height, Tip: h.Tip[:],
	}
	for _, n := range h.Nodes {
		m.Nodes = append(m.Nodes, &pb.NodeHealth{
			Node: text(n.Node), State: toWire(&c, "nodes.state", healthStates, n.State), Message: text(n.Message), Height: n.Height,
			Peers: c.put("nodes.peers", n.Peers), Version: text(n.Version), News: text(n.News),
			Tip: hashOrNil(n.Tip), Missed: n.Missed,
		})
	}
	return m, c.err()
}

// HealthFromProto reads the state of a coin.
func HealthFromProto(m *pb.StreamHealthResponse) (coins.Health, error) {
	c := checker{message: "StreamHealthResponse"}
	h := coins.Health{
		State: fromWire(&c, "state", healthStates, m.GetState()), Message: cut(m.GetMessage()), Height: m.GetHeight(),
	}
	c.array("tip", h.Tip[:], m.GetTip())
	if n := len(m.GetNodes()); n > maxNodes {
		c.failf("nodes", "%d of them, at most %d", n, maxNodes)
		return coins.Health{}, c.err()
	}
	for _, n := range m.GetNodes() {
		node := coins.NodeHealth{
			Node: cut(n.GetNode()), State: fromWire(&c, "nodes.state", healthStates, n.GetState()), Message: cut(n.GetMessage()),
			Height: n.GetHeight(), Peers: c.size("nodes.peers", n.GetPeers()), Version: cut(n.GetVersion()), News: cut(n.GetNews()),
			Missed: n.GetMissed(),
		}
		c.maybe("nodes.tip", &node.Tip, n.GetTip())
		h.Nodes = append(h.Nodes, node)
	}
	if err := c.err(); err != nil {
		return coins.Health{}, err
	}
	return h, nil
}
