package client

import (
	"context"
	"fmt"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// wallet is the power of role wallet. No call is ever made twice here: whether to
// ask again is decided by the caller, who keeps a journal.
type wallet struct {
	b   *base
	rpc pb.WalletClient
}

func (w wallet) Funds(ctx context.Context) (uint64, error) {
	m, err := unary(ctx, w.b.link, "funds", w.rpc.Funds, &pb.FundsRequest{})
	if err != nil {
		return 0, err
	}
	if err := convert.RefusalFromProto(m.GetRefusal()); err != nil {
		return 0, err
	}
	return m.GetAmount(), nil
}

func (w wallet) Reserve(ctx context.Context, open [][]byte) error {
	m, err := unary(ctx, w.b.link, "reserve inputs", w.rpc.ReserveInputs, &pb.ReserveInputsRequest{Open: open})
	if err != nil {
		return err
	}
	return convert.RefusalFromProto(m.GetRefusal())
}

func (w wallet) Prepare(ctx context.Context, payments []coins.Payment, fee coins.FeePolicy) (coins.PreparedPayment, error) {
	q, err := convert.PrepareToProto(payments, fee)
	if err != nil {
		return coins.PreparedPayment{}, fmt.Errorf("prepare payment: %w", err)
	}
	m, err := unary(ctx, w.b.link, "prepare payment", w.rpc.PreparePayment, q)
	if err != nil {
		return coins.PreparedPayment{}, err
	}
	return convert.PreparedFromProto(m)
}

func (w wallet) Send(ctx context.Context, raw []byte) error {
	m, err := unary(ctx, w.b.link, "send payment", w.rpc.SendPayment, &pb.SendPaymentRequest{Raw: raw})
	if err != nil {
		return err
	}
	return convert.RefusalFromProto(m.GetRefusal())
}

func (w wallet) PaymentStatus(ctx context.Context, raw []byte, payments []coins.Payment) (coins.PaymentStatus, error) {
	m, err := unary(ctx, w.b.link, "payment status", w.rpc.PaymentStatus, convert.StatusRequest(raw, payments))
	if err != nil {
		return coins.PaymentStatus{}, err
	}
	return convert.StatusFromProto(m, len(payments))
}

// verifier is the power of role message_verifier.
type verifier struct {
	b   *base
	rpc pb.MessageVerifierClient
}

func (v verifier) VerifyMessage(ctx context.Context, address, message, signature string) error {
	m, err := unary(ctx, v.b.link, "verify message", v.rpc.VerifyMessage, convert.MessageToProto(address, message, signature))
	if err != nil {
		return err
	}
	return convert.JudgedFromProto(m)
}
