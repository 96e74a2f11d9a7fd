package serve

import (
	"context"

	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

type coinService struct {
	pb.UnimplementedCoinServer
	s *Server
}

func (c coinService) StreamTemplates(_ *pb.StreamTemplatesRequest, out grpc.ServerStreamingServer[pb.StreamTemplatesResponse]) error {
	parent, err := power[coins.Parent](c.s, "parent")
	if err != nil {
		return err
	}
	return forward(out.Context(), c.s, "Templates", parent.Templates, convert.TemplateToProto, out.Send)
}

func (c coinService) StreamHealth(_ *pb.StreamHealthRequest, out grpc.ServerStreamingServer[pb.StreamHealthResponse]) error {
	coin, err := power[coins.Coin](c.s, "coin")
	if err != nil {
		return err
	}
	return forward(out.Context(), c.s, "Health", coin.Health, convert.HealthToProto, out.Send)
}

func (c coinService) SubmitBlock(ctx context.Context, m *pb.SubmitBlockRequest) (_ *pb.SubmitBlockResponse, err error) {
	parent, err := power[coins.Parent](c.s, "parent")
	if err != nil {
		return nil, err
	}
	block, err := convert.BlockFromProto(m)
	if err != nil {
		return nil, failure(err)
	}
	defer c.s.recovered("SubmitBlock", &err)
	v, err := parent.SubmitBlock(ctx, block)
	if err != nil {
		return nil, failure(err)
	}
	verdict, err := convert.VerdictToProto(v)
	if err != nil {
		return nil, failure(err)
	}
	return &pb.SubmitBlockResponse{Verdict: verdict}, nil
}

func (c coinService) ValidateAddress(ctx context.Context, m *pb.ValidateAddressRequest) (_ *pb.ValidateAddressResponse, err error) {
	coin, err := power[coins.Coin](c.s, "coin")
	if err != nil {
		return nil, err
	}
	defer c.s.recovered("ValidateAddress", &err)
	p, err := coin.ValidateAddress(ctx, m.GetAddress())
	if err != nil {
		return nil, failure(err)
	}
	return convert.PayeeToProto(p), nil
}

func (c coinService) BlockStatus(ctx context.Context, m *pb.BlockStatusRequest) (_ *pb.BlockStatusResponse, err error) {
	coin, err := power[coins.Coin](c.s, "coin")
	if err != nil {
		return nil, err
	}
	hash, err := convert.HashFromProto("hash", m.GetHash())
	if err != nil {
		return nil, failure(err)
	}
	defer c.s.recovered("BlockStatus", &err)
	st, err := coin.BlockStatus(ctx, hash, m.GetHeight())
	if err != nil {
		return nil, failure(err)
	}
	answer, err := convert.BlockStatusToProto(st)
	return answer, failure(err)
}
