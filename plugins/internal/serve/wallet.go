package serve

import (
	"context"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/plugins/internal/convert"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

type walletService struct {
	pb.UnimplementedWalletServer
	s *Server
}

// refusal is the refusal that a wallet's error is, or the status of one that is
// none.
func refusal(err error) (*pb.WalletRefusal, error) {
	r, err := convert.RefusalToProto(err)
	return r, failure(err)
}

func (w walletService) Funds(ctx context.Context, _ *pb.FundsRequest) (_ *pb.FundsResponse, err error) {
	wallet, err := power[coins.Wallet](w.s, "wallet")
	if err != nil {
		return nil, err
	}
	defer w.s.recovered("Funds", &err)
	n, err := wallet.Funds(ctx)
	if err != nil {
		n = 0
	}
	r, err := refusal(err)
	return &pb.FundsResponse{Amount: n, Refusal: r}, err
}

func (w walletService) ReserveInputs(ctx context.Context, m *pb.ReserveInputsRequest) (_ *pb.ReserveInputsResponse, err error) {
	wallet, err := power[coins.Wallet](w.s, "wallet")
	if err != nil {
		return nil, err
	}
	defer w.s.recovered("Reserve", &err)
	r, err := refusal(wallet.Reserve(ctx, m.GetOpen()))
	return &pb.ReserveInputsResponse{Refusal: r}, err
}

func (w walletService) PreparePayment(ctx context.Context, m *pb.PreparePaymentRequest) (_ *pb.PreparePaymentResponse, err error) {
	wallet, err := power[coins.Wallet](w.s, "wallet")
	if err != nil {
		return nil, err
	}
	payments, fee, err := convert.PrepareFromProto(m)
	if err != nil {
		return nil, failure(err)
	}
	defer w.s.recovered("Prepare", &err)
	p, err := wallet.Prepare(ctx, payments, fee)
	if err != nil {
		r, err := refusal(err)
		return &pb.PreparePaymentResponse{Refusal: r}, err
	}
	return convert.PreparedToProto(p), nil
}

func (w walletService) SendPayment(ctx context.Context, m *pb.SendPaymentRequest) (_ *pb.SendPaymentResponse, err error) {
	wallet, err := power[coins.Wallet](w.s, "wallet")
	if err != nil {
		return nil, err
	}
	defer w.s.recovered("Send", &err)
	r, err := refusal(wallet.Send(ctx, m.GetRaw()))
	return &pb.SendPaymentResponse{Refusal: r}, err
}

func (w walletService) PaymentStatus(ctx context.Context, m *pb.PaymentStatusRequest) (_ *pb.PaymentStatusResponse, err error) {
	wallet, err := power[coins.Wallet](w.s, "wallet")
	if err != nil {
		return nil, err
	}
	defer w.s.recovered("PaymentStatus", &err)
	raw, payments := convert.StatusRequestFromProto(m)
	st, err := wallet.PaymentStatus(ctx, raw, payments)
	if err != nil {
		r, err := refusal(err)
		return &pb.PaymentStatusResponse{Refusal: r}, err
	}
	answer, err := convert.StatusToProto(st)
	return answer, failure(err)
}

type verifierService struct {
	pb.UnimplementedMessageVerifierServer
	s *Server
}

func (v verifierService) VerifyMessage(ctx context.Context, m *pb.VerifyMessageRequest) (_ *pb.VerifyMessageResponse, err error) {
	verifier, err := power[coins.MessageVerifier](v.s, "message verifier")
	if err != nil {
		return nil, err
	}
	defer v.s.recovered("VerifyMessage", &err)
	address, message, signature := convert.MessageFromProto(m)
	answer, err := convert.JudgedToProto(verifier.VerifyMessage(ctx, address, message, signature))
	return answer, failure(err)
}
