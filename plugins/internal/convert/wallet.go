package convert

import (
	"errors"
	"math"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// refusalText is the most bytes of a refusal's reason, or of what else a plugin says
// for people, that are passed on: it goes to logs, to miners and to files.
const refusalText = 4 << 10

// Refused is a refusal of the other end: an error of the kind that it named, in
// its words.
type Refused struct {
	kind error
	text string
}

func (r *Refused) Error() string { return r.text }
func (r *Refused) Unwrap() error { return r.kind }

// refused makes the error of a kind. A reason that is empty is the kind's own.
func refused(kind error, reason string) error {
	if reason == "" {
		return kind
	}
	return &Refused{kind: kind, text: cut(reason)}
}

func cut(s string) string {
	if len(s) > refusalText {
		return text(s[:refusalText]) + " ..."
	}
	return text(s)
}

// RefusalToProto is the refusal that an error of a Wallet is. It is nil without
// an error where err is nil, and err itself where that is no refusal.
func RefusalToProto(err error) (*pb.WalletRefusal, error) {
	var kind coins.WalletError
	if err == nil || !errors.As(err, &kind) {
		return nil, err
	}
	code, ok := walletRefusals.to[kind]
	if !ok {
		return nil, err
	}
	return &pb.WalletRefusal{Code: code, Reason: cut(err.Error())}, nil
}

// RefusalFromProto is the error that a refusal stands for; nil for none.
func RefusalFromProto(m *pb.WalletRefusal) error {
	if m == nil {
		return nil
	}
	c := checker{message: "WalletRefusal"}
	kind := fromWire(&c, "code", walletRefusals, m.GetCode())
	if err := c.err(); err != nil {
		return err
	}
	return refused(kind, m.GetReason())
}

func paymentsToProto(list []coins.Payment) []*pb.Payment {
	var out []*pb.Payment
	for _, p := range list {
		out = append(out, &pb.Payment{Address: text(p.Address), Amount: p.Amount})
	}
	return out
}

func paymentsFromProto(list []*pb.Payment) []coins.Payment {
	var out []coins.Payment
	for _, p := range list {
		out = append(out, coins.Payment{Address: p.GetAddress(), Amount: p.GetAmount()})
	}
	return out
}

// PrepareToProto is the request of PreparePayment.
func PrepareToProto(payments []coins.Payment, fee coins.FeePolicy) (*pb.PreparePaymentRequest, error) {
	c := checker{message: "PreparePaymentRequest"}
	return &pb.PreparePaymentRequest{
		Payments: paymentsToProto(payments),
		Fee:      &pb.FeePolicy{Rate: fee.Rate, Blocks: c.put("fee.blocks", fee.Blocks), Max: fee.Max},
	}, c.err()
}

// PrepareFromProto reads the request of PreparePayment.
func PrepareFromProto(m *pb.PreparePaymentRequest) ([]coins.Payment, coins.FeePolicy, error) {
	c := checker{message: "PreparePaymentRequest"}
	fee := coins.FeePolicy{Rate: m.GetFee().GetRate(), Blocks: c.size("fee.blocks", m.GetFee().GetBlocks()), Max: m.GetFee().GetMax()}
	return paymentsFromProto(m.GetPayments()), fee, c.err()
}

// PreparedToProto is the answer of PreparePayment.
func PreparedToProto(p coins.PreparedPayment) *pb.PreparePaymentResponse {
	return &pb.PreparePaymentResponse{Txid: text(p.TxID), Raw: p.Raw, Fee: p.Fee}
}

// PreparedFromProto reads the answer of PreparePayment: a whole transaction or a
// refusal.
func PreparedFromProto(m *pb.PreparePaymentResponse) (coins.PreparedPayment, error) {
	if err := RefusalFromProto(m.GetRefusal()); err != nil {
		return coins.PreparedPayment{}, err
	}
	c := checker{message: "PreparePaymentResponse"}
	if m.GetTxid() == "" {
		c.failf("txid", "is empty")
	}
	if len(m.GetRaw()) == 0 {
		c.failf("raw", "is empty")
	}
	if err := c.err(); err != nil {
		return coins.PreparedPayment{}, err
	}
	return coins.PreparedPayment{TxID: m.GetTxid(), Raw: m.GetRaw(), Fee: m.GetFee()}, nil
}

// StatusToProto is the answer of PaymentStatus.
func StatusToProto(s coins.PaymentStatus) (*pb.PaymentStatusResponse, error) {
	c := checker{message: "PaymentStatus"}
	return &pb.PaymentStatusResponse{
		State: toWire(&c, "state", paymentStates, s.State), Confirmations: s.Confirmations, By: text(s.By), Same: c.put("same", s.Same),
	}, c.err()
}

// StatusFromProto reads the answer of PaymentStatus about a transaction of n
// payments.
func StatusFromProto(m *pb.PaymentStatusResponse, n int) (coins.PaymentStatus, error) {
	if err := RefusalFromProto(m.GetRefusal()); err != nil {
		return coins.PaymentStatus{}, err
	}
	c := checker{message: "PaymentStatusResponse"}
	s := coins.PaymentStatus{
		State: fromWire(&c, "state", paymentStates, m.GetState()), Confirmations: m.GetConfirmations(),
		By: m.GetBy(), Same: c.size("same", m.GetSame()),
	}
	if s.Same > n {
		c.failf("same", "%d of %d payments", s.Same, n)
	}
	if s.Confirmations > math.MaxInt64 {
		c.failf("confirmations", "%d is above the limit", s.Confirmations)
	}
	if err := c.err(); err != nil {
		return coins.PaymentStatus{}, err
	}
	return s, nil
}

// StatusRequest is the request of PaymentStatus.
func StatusRequest(raw []byte, payments []coins.Payment) *pb.PaymentStatusRequest {
	return &pb.PaymentStatusRequest{Raw: raw, Payments: paymentsToProto(payments)}
}

// StatusRequestFromProto reads the request of PaymentStatus.
func StatusRequestFromProto(m *pb.PaymentStatusRequest) (raw []byte, payments []coins.Payment) {
	return orNil(m.GetRaw()), paymentsFromProto(m.GetPayments())
}
