package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/chain"
)

func addressRules() []rule {
	return []rule{
		every("address-good", "good addresses are valid, with a script and one canonical form", tryGoodAddresses),
		every("address-bad", "bad addresses are invalid with a reason, and no error", tryBadAddresses),
	}
}

// goodAddresses are the coin's own and the caller's.
func (s *suite) goodAddresses(coin coins.Coin) []string {
	var list []string
	if a := coin.Info().ExampleAddress; a != "" {
		list = append(list, a)
	}
	return append(list, s.cfg.Good...)
}

func (s *suite) validate(ctx context.Context, coin coins.Coin, address string) (coins.Payee, error) {
	p, err := call(ctx, s, func(ctx context.Context) (coins.Payee, error) { return coin.ValidateAddress(ctx, address) })
	if err != nil {
		return p, fmt.Errorf("%q: ValidateAddress returned an error, which means that it could not be decided: %w", shorten(address), err)
	}
	return p, nil
}

func tryGoodAddresses(ctx context.Context, s *suite) error {
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	good := s.goodAddresses(coin)
	if len(good) == 0 {
		return errors.New("no good address is known: set CoinInfo.ExampleAddress to one of the coin's network, or give one (--good-address, Config.Good)")
	}
	var wrong []error
	for _, a := range good {
		wrong = append(wrong, s.tryGoodAddress(ctx, coin, a))
	}
	return errors.Join(wrong...)
}

func (s *suite) tryGoodAddress(ctx context.Context, coin coins.Coin, address string) error {
	p, err := s.validate(ctx, coin, address)
	if err != nil {
		return err
	}
	if !p.Valid {
		return fmt.Errorf("%q is invalid: %s", address, p.Reason)
	}
	if err := chain.CheckPayee(p); err != nil {
		return fmt.Errorf("%q: %w", address, err)
	}
	if p.Address == "" {
		return fmt.Errorf("%q has no canonical form", address)
	}
	again, err := s.validate(ctx, coin, p.Address)
	if err != nil {
		return err
	}
	if !again.Valid || again.Address != p.Address || !bytes.Equal(again.Script, p.Script) {
		return fmt.Errorf("the canonical form of %q is %q with script %x, but of that one it is %q with %x (valid %t)",
			address, p.Address, p.Script, again.Address, again.Script, again.Valid)
	}
	return nil
}

// badAddresses are such that no coin can pay.
var badAddresses = []string{
	"", " ", "\x00", "address", "0", "not an address at all", "\xff\xfe\xfd", "null", "../../etc/passwd",
	strings.Repeat("a", 100), strings.Repeat("1", 10_000), "ä漢字🂡",
}

func tryBadAddresses(ctx context.Context, s *suite) error {
	coin, err := s.opened(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, a := range append(append([]string{}, badAddresses...), s.cfg.Bad...) {
		wrong = append(wrong, s.tryBadAddress(ctx, coin, a, ""))
	}
	for _, a := range s.goodAddresses(coin) {
		for _, m := range mistyped(a) {
			wrong = append(wrong, s.tryBadAddress(ctx, coin, m, a))
		}
	}
	return errors.Join(wrong...)
}

func (s *suite) tryBadAddress(ctx context.Context, coin coins.Coin, address, of string) error {
	p, err := s.validate(ctx, coin, address)
	switch {
	case err != nil:
		return err
	case p.Valid && of != "":
		return fmt.Errorf("%q, which is %q mistyped, is valid: what is mistyped would be paid to nobody", address, of)
	case p.Valid:
		return fmt.Errorf("%q is valid", shorten(address))
	case p.Reason == "":
		return fmt.Errorf("%q is invalid without a reason for the person who typed it", shorten(address))
	}
	return badText("reason", p.Reason)
}

// mistyped is an address with one character changed, at several places, to one
// of the same sort; and with its last one missing.
func mistyped(address string) []string {
	var list []string
	for _, at := range []int{len(address) / 3, len(address) / 2, 2 * len(address) / 3, len(address) - 1} {
		if at < 0 || at >= len(address) {
			continue
		}
		if c, ok := other(address[at]); ok {
			list = append(list, address[:at]+string(c)+address[at+1:])
		}
	}
	if len(address) > 1 {
		list = append(list, address[:len(address)-1])
	}
	return list
}

// other is another character of the same sort.
func other(c byte) (byte, bool) {
	switch {
	case c >= '0' && c < '9', c >= 'a' && c < 'z', c >= 'A' && c < 'Z':
		return c + 1, true
	case c == '9', c == 'z', c == 'Z':
		return c - 1, true
	}
	return 0, false
}
