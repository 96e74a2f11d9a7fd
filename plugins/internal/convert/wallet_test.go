package convert

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

func TestPaymentsSurviveTheWire(t *testing.T) {
	type order struct {
		Payments []coins.Payment
		Fee      coins.FeePolicy
	}
	trip(t, "Prepare", nil, func(o order) (*pb.PreparePaymentRequest, error) { return PrepareToProto(o.Payments, o.Fee) },
		func(m *pb.PreparePaymentRequest) (o order, err error) {
			o.Payments, o.Fee, err = PrepareFromProto(m)
			return o, err
		})
	trip(t, "PreparedPayment", nil, func(p coins.PreparedPayment) (*pb.PreparePaymentResponse, error) { return PreparedToProto(p), nil }, PreparedFromProto)
	trip(t, "PaymentStatus", nil, StatusToProto, func(m *pb.PaymentStatusResponse) (coins.PaymentStatus, error) {
		return StatusFromProto(m, math.MaxInt32)
	})
	type question struct {
		Raw      []byte
		Payments []coins.Payment
	}
	trip(t, "status request", nil, func(q question) (*pb.PaymentStatusRequest, error) { return StatusRequest(q.Raw, q.Payments), nil },
		func(m *pb.PaymentStatusRequest) (q question, err error) {
			q.Raw, q.Payments = StatusRequestFromProto(m)
			return q, nil
		})
	type signed struct{ Address, Message, Signature string }
	trip(t, "Message", func(s *signed) { s.Message += "\xff\x00" }, func(s signed) (*pb.VerifyMessageRequest, error) {
		return MessageToProto(s.Address, s.Message, s.Signature), nil
	}, func(m *pb.VerifyMessageRequest) (s signed, err error) {
		s.Address, s.Message, s.Signature = MessageFromProto(m)
		return s, nil
	})
}

// every kind of refusal that there is.
var (
	walletKinds  = []coins.WalletError{coins.ErrNoWallet, coins.ErrWalletLocked, coins.ErrWalletPoor, coins.ErrWalletNetwork, coins.ErrWalletFee, coins.ErrPayment}
	messageKinds = []coins.MessageError{coins.ErrBadSignature, coins.ErrMalformedSignature, coins.ErrAddressKind, coins.ErrMessageAddress}
)

// A refusal has its kind and its words at the other end; what is none stays an
// error.
func TestRefusalsSurviveTheWire(t *testing.T) {
	if len(walletKinds) != len(pb.WalletRefusalCode_name)-1 || len(messageKinds) != len(pb.MessageVerdict_name)-2 {
		t.Fatal("this test does not know every kind")
	}
	wrap := func(kind error) error {
		return errors.Join(fmt.Errorf("%w: it has 1, \xff", kind), errors.New("and more"))
	}
	for _, kind := range walletKinds {
		m, err := RefusalToProto(wrap(kind))
		if err != nil {
			t.Fatal(err)
		}
		if got := RefusalFromProto(over(t, m)); !errors.Is(got, kind) || got.Error() != string(kind)+": it has 1, \uFFFD\nand more" {
			t.Errorf("%s: got %v", kind, got)
		}
		if got := RefusalFromProto(&pb.WalletRefusal{Code: m.Code}); got != kind {
			t.Errorf("%s without words: got %v", kind, got)
		}
	}
	for _, kind := range messageKinds {
		m, err := JudgedToProto(wrap(kind))
		if err != nil {
			t.Fatal(err)
		}
		if got := JudgedFromProto(over(t, m)); !errors.Is(got, kind) || got.Error() != string(kind)+": it has 1, \uFFFD\nand more" {
			t.Errorf("%s: got %v", kind, got)
		}
	}
	if m, err := JudgedToProto(nil); err != nil || JudgedFromProto(over(t, m)) != nil {
		t.Errorf("a good signature: got %v, %v", m, err)
	}
	if m, err := RefusalToProto(nil); m != nil || err != nil || RefusalFromProto(nil) != nil {
		t.Errorf("no refusal: got %v, %v", m, err)
	}
	trouble := errors.New("node is down")
	if m, err := RefusalToProto(trouble); m != nil || err != trouble {
		t.Errorf("trouble of a wallet: got %v, %v; want it an error", m, err)
	}
	if m, err := JudgedToProto(trouble); m != nil || err != trouble {
		t.Errorf("trouble with a message: got %v, %v; want it an error", m, err)
	}
	for name, kind := range map[string]error{"wallet": coins.WalletError("of a later time"), "message": coins.MessageError("")} {
		_, wallet := RefusalToProto(kind)
		_, message := JudgedToProto(kind)
		if wallet != kind || message != kind {
			t.Errorf("unknown kind of %s: got %v, %v", name, wallet, message)
		}
	}
}

func TestLongReasonsAreCut(t *testing.T) {
	m, err := RefusalToProto(fmt.Errorf("%w: %s", coins.ErrPayment, strings.Repeat("ü", 1<<20)))
	if err != nil || len(m.Reason) > refusalText+10 {
		t.Errorf("to the wire: %d bytes, %v", len(m.GetReason()), err)
	}
	got := RefusalFromProto(&pb.WalletRefusal{Code: pb.WalletRefusalCode_WALLET_REFUSAL_CODE_FEE, Reason: strings.Repeat("ü", 1<<20)})
	if !errors.Is(got, coins.ErrWalletFee) || len(got.Error()) > refusalText+10 {
		t.Errorf("from the wire: %d bytes", len(got.Error()))
	}
}

func TestWalletFromProtoRefuses(t *testing.T) {
	prepared := func(m *pb.PreparePaymentResponse) error { _, err := PreparedFromProto(m); return err }
	st := func(m *pb.PaymentStatusResponse) error { _, err := StatusFromProto(m, 2); return err }
	good := &pb.PaymentStatusResponse{State: pb.PaymentState_PAYMENT_STATE_CONFLICTED, Same: 2}
	if err := st(good); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	bad := func(change func(*pb.PaymentStatusResponse)) error {
		m := proto.Clone(good).(*pb.PaymentStatusResponse)
		change(m)
		return st(m)
	}
	_, _, blocks := PrepareFromProto(&pb.PreparePaymentRequest{Fee: &pb.FeePolicy{Blocks: 1 << 31}})
	for name, err := range map[string]error{
		"neither refused nor prepared": prepared(&pb.PreparePaymentResponse{}),
		"prepared without bytes":       prepared(&pb.PreparePaymentResponse{Txid: "x"}),
		"prepared without id":          prepared(&pb.PreparePaymentResponse{Raw: []byte{1}}),
		"refused without a kind":       prepared(&pb.PreparePaymentResponse{Txid: "x", Raw: []byte{1}, Refusal: &pb.WalletRefusal{Reason: "no"}}),
		"unknown refusal":              RefusalFromProto(&pb.WalletRefusal{Code: 99}),
		"state unset":                  bad(func(m *pb.PaymentStatusResponse) { m.State = 0 }),
		"state unknown":                bad(func(m *pb.PaymentStatusResponse) { m.State = 99 }),
		"more payments than there are": bad(func(m *pb.PaymentStatusResponse) { m.Same = 3 }),
		"endless confirmations":        bad(func(m *pb.PaymentStatusResponse) { m.Confirmations = 1 << 63 }),
		"blocks above int32":           blocks,
		"no verdict":                   JudgedFromProto(&pb.VerifyMessageResponse{}),
		"unknown verdict":              JudgedFromProto(&pb.VerifyMessageResponse{Verdict: 99}),
	} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want %v", name, err, ErrMalformed)
		}
	}
	if err := prepared(&pb.PreparePaymentResponse{Txid: "x", Raw: []byte{1}, Refusal: &pb.WalletRefusal{Code: pb.WalletRefusalCode_WALLET_REFUSAL_CODE_POOR}}); !errors.Is(err, coins.ErrWalletPoor) {
		t.Errorf("prepared and refused: got %v, want the refusal", err)
	}
}
