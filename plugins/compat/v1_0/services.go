package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/motherlode-pool/motherlode/plugins/compat/v1_0/coinv1"
)

const schema = `{"type":"object","additionalProperties":false,"properties":{"address":{"type":"string"}}}`

type driverService struct {
	pb.UnimplementedDriverServer
	coin *coin
}

func (driverService) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{
		ApiMinor: minor, Driver: "oldcoin", Version: "1.0", Summary: "a plugin for version 1.0 of the protocol",
		Roles: []pb.Role{pb.Role_ROLE_PARENT, pb.Role_ROLE_AUX, pb.Role_ROLE_HASHER}, Coin: info("main"),
		Networks: []string{"main", "regtest"}, SettingsSchema: []byte(schema),
	}, nil
}

func (d driverService) Open(_ context.Context, m *pb.OpenRequest) (*pb.OpenResponse, error) {
	set := map[string]any{}
	if text := m.GetSettingsJson(); len(text) > 0 {
		if err := json.Unmarshal(text, &set); err != nil {
			return &pb.OpenResponse{Problems: []*pb.Problem{{Message: "expected a table"}}}, nil
		}
	}
	for key := range set {
		if key != "address" {
			return &pb.OpenResponse{Problems: []*pb.Problem{{Path: key, Message: "unknown key"}}}, nil
		}
	}
	c := d.coin
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		return nil, status.Error(codes.FailedPrecondition, "open already")
	}
	c.open = true
	network := m.GetNetwork()
	if network == "" {
		network = "main"
	}
	return &pb.OpenResponse{Coin: info(network)}, nil
}

type coinService struct {
	pb.UnimplementedCoinServer
	coin *coin
}

func (s coinService) StreamTemplates(_ *pb.StreamTemplatesRequest, out grpc.ServerStreamingServer[pb.StreamTemplatesResponse]) error {
	for {
		tip, height, id, moved := s.coin.state()
		now := time.Now().Unix()
		if err := out.Send(&pb.StreamTemplatesResponse{
			Id: id, Reason: pb.Reason_REASON_NEW_TIP, Height: height + 1, PrevHash: tip[:], Target: target, Reward: 50_0000_0000,
			Time: now, MinTime: now - 60, Node: "memory", Source: "start",
			Shape: &pb.StreamTemplatesResponse_CoinbaseTree{CoinbaseTree: &pb.CoinbaseTree{
				Version: 0x20000000, VersionMask: 0x1fffe000, Bits: bits, CoinbaseVersion: 1, ScriptPrefix: []byte{1, byte(height + 1)}, ScriptLimit: 100,
			}},
		}); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-out.Context().Done():
			return out.Context().Err()
		}
	}
}

func (s coinService) SubmitBlock(_ context.Context, m *pb.SubmitBlockRequest) (*pb.SubmitBlockResponse, error) {
	verdict := &pb.Verdict{Node: "memory", Code: pb.VerdictCode_VERDICT_CODE_REJECTED, Reason: "the hash is not the header's"}
	if len(m.GetBlock()) >= 80 {
		if hash := sha256d(m.GetBlock()[:80]); bytes.Equal(hash[:], m.GetHash()) {
			verdict = &pb.Verdict{Node: "memory", Code: s.coin.extend(hash)}
		}
	}
	return &pb.SubmitBlockResponse{Verdict: verdict}, nil
}

func (s coinService) ValidateAddress(_ context.Context, m *pb.ValidateAddressRequest) (*pb.ValidateAddressResponse, error) {
	if !strings.HasPrefix(m.GetAddress(), "old1") {
		return &pb.ValidateAddressResponse{Reason: "addresses begin with old1"}, nil
	}
	return &pb.ValidateAddressResponse{Valid: true, Canonical: m.GetAddress(), Script: []byte{0x51}}, nil
}

func (s coinService) BlockStatus(_ context.Context, m *pb.BlockStatusRequest) (*pb.BlockStatusResponse, error) {
	if len(m.GetHash()) != 32 {
		return nil, status.Error(codes.InvalidArgument, "hash: 32 bytes are needed")
	}
	s.coin.mu.Lock()
	defer s.coin.mu.Unlock()
	height, ok := s.coin.blocks[[32]byte(m.GetHash())]
	if !ok {
		return &pb.BlockStatusResponse{State: pb.BlockState_BLOCK_STATE_UNKNOWN, Node: "memory"}, nil
	}
	return &pb.BlockStatusResponse{
		State: pb.BlockState_BLOCK_STATE_BEST_CHAIN, Confirmations: s.coin.height - height + 1, Height: height, Node: "memory",
	}, nil
}

func (s coinService) StreamHealth(_ *pb.StreamHealthRequest, out grpc.ServerStreamingServer[pb.StreamHealthResponse]) error {
	for {
		tip, height, _, moved := s.coin.state()
		if err := out.Send(&pb.StreamHealthResponse{
			State: pb.HealthState_HEALTH_STATE_READY, Height: height, Tip: tip[:],
			Nodes: []*pb.NodeHealth{{Node: "memory", State: pb.HealthState_HEALTH_STATE_READY, Height: height}},
		}); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-out.Context().Done():
			return out.Context().Err()
		}
	}
}

type auxService struct {
	pb.UnimplementedAuxServer
	coin *coin
}

func (s auxService) StreamAuxWork(stream grpc.BidiStreamingServer[pb.StreamAuxWorkRequest, pb.StreamAuxWorkResponse]) error {
	for {
		tip, height, id, moved := s.coin.state()
		hash := sha256d(tip[:])
		if err := stream.Send(&pb.StreamAuxWorkResponse{
			Id: id, Hash: hash[:], PrevHash: tip[:], Height: height + 1, Bits: bits, Target: target, Reward: 50_0000_0000, Node: "memory", Source: "start",
			Opaque:     []byte("what the block needs"),
			Commitment: &pb.StreamAuxWorkResponse_Slot{Slot: &pb.Slot{ChainId: 77}}, Rules: &pb.AuxRules{StrictId: true},
		}); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (s auxService) SubmitAux(_ context.Context, m *pb.SubmitAuxRequest) (*pb.SubmitAuxResponse, error) {
	verdict := &pb.Verdict{Node: "memory", Code: pb.VerdictCode_VERDICT_CODE_REJECTED, Reason: "the opaque bytes are not ours"}
	if string(m.GetOpaque()) == "what the block needs" && len(m.GetHash()) == 32 {
		verdict = &pb.Verdict{Node: "memory", Code: s.coin.extend([32]byte(m.GetHash()))}
	}
	return &pb.SubmitAuxResponse{Verdict: verdict}, nil
}

type hasherService struct{ pb.UnimplementedHasherServer }

func (hasherService) HashBatch(_ context.Context, m *pb.HashBatchRequest) (*pb.HashBatchResponse, error) {
	size, headers := int(m.GetHeaderSize()), m.GetHeaders()
	if len(headers) > 0 && (size == 0 || len(headers)%size != 0) {
		return nil, status.Error(codes.InvalidArgument, "headers: no whole number of them")
	}
	var out []byte
	for ; len(headers) > 0; headers = headers[size:] {
		hash := sha256d(headers[:size])
		out = append(out, hash[:]...)
	}
	return &pb.HashBatchResponse{Hashes: out}, nil
}
