package client

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// Describe asks what a plugin is.
func Describe(ctx context.Context, l Link) (coins.Info, error) {
	m, err := unary(ctx, l, "describe", pb.NewDriverClient(l).Describe, &pb.DescribeRequest{HostMinor: pb.Minor})
	if err != nil {
		return coins.Info{}, err
	}
	info, err := convert.InfoFromProto(m)
	if err != nil {
		return coins.Info{}, fmt.Errorf("describe: %w", err)
	}
	return info, nil
}

// Open makes the plugin's coin. It has the powers that info announces and no
// others. The link is the coin's from then on; with an error it stays the
// caller's.
func Open(ctx context.Context, l Link, info coins.Info, s coins.Settings) (coins.Coin, error) {
	m, err := unary(ctx, l, "open", pb.NewDriverClient(l).Open, convert.SettingsToProto(s))
	if err != nil {
		return nil, err
	}
	if problems := convert.ProblemsFromProto(m.GetProblems()); len(problems) > 0 {
		return nil, problems
	}
	coin, err := convert.CoinInfoFromProto(m.GetCoin())
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return shape(&base{link: l, rpc: pb.NewCoinClient(l), info: coin}, info), nil
}

// base is what every coin can do.
type base struct {
	link Link
	rpc  pb.CoinClient
	info coins.CoinInfo
}

func (b *base) Info() coins.CoinInfo { return b.info }

// PID is the process that the coin lives in.
func (b *base) PID() int { return b.link.PID() }

// Done is closed when the plugin is gone.
func (b *base) Done() <-chan struct{} { return b.link.Life().Done() }

// Close ends the plugin's process.
func (b *base) Close() error { return b.link.Close() }

func (b *base) ValidateAddress(ctx context.Context, address string) (coins.Payee, error) {
	m, err := unary(ctx, b.link, "validate address", b.rpc.ValidateAddress, convert.AddressToProto(address))
	if err != nil {
		return coins.Payee{}, err
	}
	return convert.PayeeFromProto(m)
}

func (b *base) BlockStatus(ctx context.Context, hash coins.Hash, height uint64) (coins.BlockStatus, error) {
	m, err := unary(ctx, b.link, "block status", b.rpc.BlockStatus, &pb.BlockStatusRequest{Hash: hash[:], Height: height})
	if err != nil {
		return coins.BlockStatus{}, err
	}
	return convert.BlockStatusFromProto(m)
}

func (b *base) Health(ctx context.Context, out chan<- coins.Health) error {
	bounded, cancel := bound(ctx, b.link)
	defer cancel()
	stream, err := b.rpc.StreamHealth(bounded, &pb.StreamHealthRequest{})
	if err != nil {
		return explain(ctx, b.link, err)
	}
	return receive(ctx, b.link, stream.Recv, convert.HealthFromProto, out)
}

// parent is the power of role parent.
type parent struct{ b *base }

func (p parent) Templates(ctx context.Context, out chan<- *coins.Template) error {
	bounded, cancel := bound(ctx, p.b.link)
	defer cancel()
	stream, err := p.b.rpc.StreamTemplates(bounded, &pb.StreamTemplatesRequest{})
	if err != nil {
		return explain(ctx, p.b.link, err)
	}
	return receive(ctx, p.b.link, stream.Recv, convert.TemplateFromProto, out)
}

func (p parent) SubmitBlock(ctx context.Context, block *coins.Block) (coins.Verdict, error) {
	q, err := convert.BlockToProto(block)
	if err != nil {
		return coins.Verdict{}, fmt.Errorf("submit block: %w", err)
	}
	m, err := unary(ctx, p.b.link, "submit block", p.b.rpc.SubmitBlock, q)
	if err != nil {
		return coins.Verdict{}, err
	}
	return convert.VerdictFromProto(m.GetVerdict())
}

// hasher is the power of role hasher.
type hasher struct {
	b   *base
	rpc pb.HasherClient
}

func (h hasher) HashBatch(ctx context.Context, size int, headers, param []byte, out []coins.Hash) error {
	q, err := convert.HashBatchToProto(size, headers, param, len(out))
	if err != nil {
		return fmt.Errorf("hash batch: %w", err)
	}
	m, err := unary(ctx, h.b.link, "hash batch", h.rpc.HashBatch, q)
	if err != nil {
		return err
	}
	return convert.HashesFromProto(m, out)
}
