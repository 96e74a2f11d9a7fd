package convert

import (
	"errors"

	"github.com/motherlode-pool/motherlode/coins"
	pb "github.com/motherlode-pool/motherlode/plugins/proto/coinv1"
)

// MessageToProto is the request of VerifyMessage. A message is bytes; address and
// signature that are no text are no good, whatever is sent in their place.
func MessageToProto(address, message, signature string) *pb.VerifyMessageRequest {
	return &pb.VerifyMessageRequest{Address: text(address), Message: []byte(message), Signature: text(signature)}
}

// MessageFromProto reads the request of VerifyMessage.
func MessageFromProto(m *pb.VerifyMessageRequest) (address, message, signature string) {
	return m.GetAddress(), string(m.GetMessage()), m.GetSignature()
}

// JudgedToProto is the answer of VerifyMessage that an error of a MessageVerifier,
// or none, stands for; err itself where it is no answer.
func JudgedToProto(err error) (*pb.VerifyMessageResponse, error) {
	if err == nil {
		return &pb.VerifyMessageResponse{Verdict: pb.MessageVerdict_MESSAGE_VERDICT_VALID}, nil
	}
	var kind coins.MessageError
	if !errors.As(err, &kind) || kind == "" {
		return nil, err
	}
	code, ok := messageVerdicts.to[kind]
	if !ok {
		return nil, err
	}
	return &pb.VerifyMessageResponse{Verdict: code, Reason: cut(err.Error())}, nil
}

// JudgedFromProto is the error that the answer of VerifyMessage stands for; nil
// for a good signature.
func JudgedFromProto(m *pb.VerifyMessageResponse) error {
	c := checker{message: "VerifyMessageResponse"}
	kind := fromWire(&c, "verdict", messageVerdicts, m.GetVerdict())
	if err := c.err(); err != nil {
		return err
	}
	if kind == "" {
		return nil
	}
	return refused(kind, m.GetReason())
}
