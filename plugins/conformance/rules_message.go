package conformance

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

func messageRules() []rule {
	return []rule{
		of(coins.RoleMessageVerifier, "message-refusals", "what nobody has signed is refused by kind, with a reason", tryMessageRefusals),
		of(coins.RoleMessageVerifier, "message-vectors", "known signatures are good, for their address and message alone", tryMessageVectors),
	}
}

// forgeries are signatures of nobody.
var forgeries = []string{
	"", " ", "signature", "\x00", "\xff", strings.Repeat("A", 10_000), strings.Repeat("=", 88),
	base64.StdEncoding.EncodeToString(make([]byte, 65)), base64.StdEncoding.EncodeToString(append([]byte{31}, make([]byte, 64)...)),
	base64.StdEncoding.EncodeToString(append([]byte{2, 71}, make([]byte, 105)...)),
}

func (s *suite) verify(ctx context.Context, v coins.MessageVerifier, m SignedMessage) error {
	_, err := call(ctx, s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, v.VerifyMessage(ctx, m.Address, m.Message, m.Signature)
	})
	return err
}

func tryMessageRefusals(ctx context.Context, s *suite) error {
	v, err := as[coins.MessageVerifier](ctx, s)
	if err != nil {
		return err
	}
	var wrong []error
	try := func(m SignedMessage) {
		err := s.verify(ctx, v, m)
		var kind coins.MessageError
		switch {
		case err == nil:
			wrong = append(wrong, fmt.Errorf("the signature %q by %q is good, though nobody has made it", shorten(m.Signature), shorten(m.Address)))
		case !errors.As(err, &kind):
			wrong = append(wrong, fmt.Errorf("the signature %q by %q: an error, which means that nobody can tell; want a refusal of a kind: %w",
				shorten(m.Signature), shorten(m.Address), err))
		default:
			wrong = append(wrong, badText("reason", err.Error()))
		}
	}
	for _, signature := range forgeries {
		for _, a := range s.goodAddresses(v) {
			try(SignedMessage{a, "a message", signature})
		}
		try(SignedMessage{badAddresses[3], "a message", signature})
	}
	for _, a := range badAddresses {
		m := SignedMessage{a, "a message", forgeries[7]}
		if err := s.verify(ctx, v, m); errors.Is(err, coins.ErrBadSignature) {
			wrong = append(wrong, fmt.Errorf("%q is no address; want that said, got: %w", shorten(a), err))
		}
		try(m)
	}
	return errors.Join(wrong...)
}

func tryMessageVectors(ctx context.Context, s *suite) error {
	v, err := as[coins.MessageVerifier](ctx, s)
	if err != nil {
		return err
	}
	var wrong []error
	refused := func(what string, m SignedMessage) {
		if err := s.verify(ctx, v, m); !errors.Is(err, coins.ErrBadSignature) {
			wrong = append(wrong, fmt.Errorf("the signature %q by %s over %s: got %v, want %w", shorten(m.Signature), m.Address, what, err, coins.ErrBadSignature))
		}
	}
	for _, m := range s.cfg.Messages {
		if err := s.verify(ctx, v, m); err != nil {
			wrong = append(wrong, fmt.Errorf("the signature %q by %s over %q: %w", shorten(m.Signature), m.Address, shorten(m.Message), err))
		}
		m.Message += " "
		refused("its message and a blank", m)
	}
	if len(s.cfg.Messages) == 0 {
		s.note("no signed messages were given")
	}
	return errors.Join(wrong...)
}
