package serve

import (
	"context"

	"google.golang.org/grpc"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

type auxService struct {
	pb.UnimplementedAuxServer
	s *Server
}

// StreamAuxWork sends work and takes the parent's tips. The goroutine that reads
// them ends with the stream's context, which ends when this method returns.
func (a auxService) StreamAuxWork(stream grpc.BidiStreamingServer[pb.StreamAuxWorkRequest, pb.StreamAuxWorkResponse]) error {
	aux, err := power[coins.Aux](a.s, "aux chain")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	parents := make(chan coins.ParentTip)
	go readTips(ctx, a.s, stream, parents)
	return forward(ctx, a.s, "AuxWork", func(ctx context.Context, out chan<- *coins.AuxWork) error {
		return aux.AuxWork(ctx, parents, out)
	}, convert.AuxWorkToProto, stream.Send)
}

// readTips hands the tips to a coin that reads them and keeps only the latest
// for one that does not.
func readTips(ctx context.Context, s *Server, stream grpc.BidiStreamingServer[pb.StreamAuxWorkRequest, pb.StreamAuxWorkResponse], parents chan<- coins.ParentTip) {
	latest := make(chan coins.ParentTip, 1)
	go func() {
		defer close(latest)
		for {
			m, err := stream.Recv()
			if err != nil {
				return
			}
			tip, ok, err := convert.ParentTipFromProto(m)
			if err != nil {
				s.log.Warn("the pool told a parent tip that cannot be read", "error", err)
			}
			if err != nil || !ok {
				continue
			}
			select {
			case <-latest:
			default:
			}
			latest <- tip
		}
	}()

	var tip coins.ParentTip
	var to chan<- coins.ParentTip
	for {
		select {
		case t, ok := <-latest:
			if !ok {
				latest = nil
				continue
			}
			tip, to = t, parents
		case to <- tip:
			to = nil
		case <-ctx.Done():
			return
		}
	}
}

func (a auxService) SubmitAux(ctx context.Context, m *pb.SubmitAuxRequest) (_ *pb.SubmitAuxResponse, err error) {
	aux, err := power[coins.Aux](a.s, "aux chain")
	if err != nil {
		return nil, err
	}
	proof, err := convert.AuxProofFromProto(m)
	if err != nil {
		return nil, failure(err)
	}
	defer a.s.recovered("SubmitAux", &err)
	v, err := aux.SubmitAux(ctx, proof)
	if err != nil {
		return nil, failure(err)
	}
	verdict, err := convert.VerdictToProto(v)
	if err != nil {
		return nil, failure(err)
	}
	return &pb.SubmitAuxResponse{Verdict: verdict}, nil
}

type hasherService struct {
	pb.UnimplementedHasherServer
	s *Server
}

func (h hasherService) HashBatch(ctx context.Context, m *pb.HashBatchRequest) (_ *pb.HashBatchResponse, err error) {
	hasher, err := power[coins.Hasher](h.s, "hasher")
	if err != nil {
		return nil, err
	}
	size, n, err := convert.HashBatchFromProto(m)
	if err != nil {
		return nil, failure(err)
	}
	defer h.s.recovered("HashBatch", &err)
	out := make([]coins.Hash, n)
	if err := hasher.HashBatch(ctx, size, m.GetHeaders(), m.GetHashParam(), out); err != nil {
		return nil, failure(err)
	}
	return convert.HashesToProto(out), nil
}
