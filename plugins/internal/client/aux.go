package client

import (
	"context"
	"fmt"
	"sync"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// aux is the power of role aux.
type aux struct {
	b   *base
	rpc pb.AuxClient
}

func (a aux) AuxWork(ctx context.Context, parents <-chan coins.ParentTip, out chan<- *coins.AuxWork) error {
	bounded, cancel := bound(ctx, a.b.link)
	var tips sync.WaitGroup
	defer tips.Wait()
	defer cancel()
	stream, err := a.rpc.StreamAuxWork(bounded)
	if err == nil {
		err = stream.Send(&pb.StreamAuxWorkRequest{})
	}
	if err != nil {
		if _, broken := stream.Recv(); broken != nil {
			err = broken // says why, where Send only says that
		}
		return explain(ctx, a.b.link, err)
	}
	tips.Go(func() { sendTips(bounded, parents, stream.Send) })
	return receive(ctx, a.b.link, stream.Recv, convert.AuxWorkFromProto, out)
}

// sendTips tells the plugin the parent's tips. A plugin that does not read them
// holds up nothing but this.
func sendTips(ctx context.Context, parents <-chan coins.ParentTip, send func(*pb.StreamAuxWorkRequest) error) {
	for {
		select {
		case tip, ok := <-parents:
			if !ok {
				return
			}
			if send(convert.ParentTipToProto(tip)) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a aux) SubmitAux(ctx context.Context, p *coins.AuxProof) (coins.Verdict, error) {
	q, err := convert.AuxProofToProto(p)
	if err != nil {
		return coins.Verdict{}, fmt.Errorf("submit aux: %w", err)
	}
	m, err := unary(ctx, a.b.link, "submit aux", a.rpc.SubmitAux, q)
	if err != nil {
		return coins.Verdict{}, err
	}
	return convert.VerdictFromProto(m.GetVerdict())
}
