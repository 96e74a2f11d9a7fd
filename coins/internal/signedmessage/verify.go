package signedmessage

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/coins"
)

// Magic of the coins that have a family of their own, from their nodes' sources
// (src/util/message.cpp, src/validation.cpp). Most forks put their name in the
// place of Bitcoin's: see MagicFor.
const (
	Bitcoin  = "Bitcoin Signed Message:\n" // and Bitcoin Cash
	Litecoin = "Litecoin Signed Message:\n"
	Dogecoin = "Dogecoin Signed Message:\n"
	DigiByte = "DigiByte Signed Message:\n"
	Namecoin = "Namecoin Signed Message:\n"
	Syscoin  = "Syscoin Signed Message:\n"
)

// MagicFor is the magic of an operator's setting, which may lack the line feed at
// its end; where there is no setting, what nearly all forks of Bitcoin use, by
// the coin's name.
func MagicFor(setting, name string) string {
	if setting == "" {
		setting = name + " Signed Message:"
	}
	return strings.TrimSuffix(setting, "\n") + "\n"
}

// maxSignature is above the longest text of a signature of one key, which has
// some 150 characters.
const maxSignature = 1000

// Verifier knows one network's addresses and its coin's magic. Embed it: it has
// the one method that a coin needs to be a coins.MessageVerifier.
type Verifier struct {
	Magic  string                           // with the line feed at its end; empty where messages are signed in other ways
	Segwit bool                             // the chain has witness data; without it P2SH has no single key
	Decode func(address string) coins.Payee // of the network
}

// VerifyMessage is as coins.MessageVerifier has it. Ctx is not used: it takes a
// fraction of a millisecond.
func (v Verifier) VerifyMessage(_ context.Context, address, message, signature string) error {
	if v.Magic == "" {
		return fmt.Errorf("%w: this coin has a way of its own to sign messages", coins.ErrAddressKind)
	}
	payee := v.Decode(address)
	if !payee.Valid {
		return fmt.Errorf("%w: %s", coins.ErrMessageAddress, payee.Reason)
	}
	kind, hash := v.kindOf(payee.Script)
	if kind == other {
		return fmt.Errorf("%w: it must belong to one key alone, not to a script", coins.ErrAddressKind)
	}
	raw, simple, err := decode(signature)
	if err != nil {
		return err
	}
	if len(raw) == compactSize && !simple {
		return v.verifyCompact(kind, hash, message, raw)
	}
	return verifySimple(kind, payee.Script, message, raw)
}

// decode takes a signature out of its text. Simple says that the text names
// BIP-322's simple form.
func decode(text string) (raw []byte, simple bool, err error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, false, fmt.Errorf("%w: it is empty", coins.ErrMalformedSignature)
	case len(text) > maxSignature:
		return nil, false, fmt.Errorf("%w: %d characters are too many for a signature of one key", coins.ErrMalformedSignature, len(text))
	case strings.HasPrefix(text, "ful"), strings.HasPrefix(text, "pof"):
		// No signature that is read here begins so: its first byte would be 0x7c or more.
		return nil, false, fmt.Errorf("%w: it is a full signature or proof of funds of BIP-322; the simple form is needed", coins.ErrMalformedSignature)
	}
	text, simple = strings.CutPrefix(text, "smp")
	raw, err = base64.StdEncoding.DecodeString(text)
	if err != nil {
		var at base64.CorruptInputError
		if errors.As(err, &at) {
			err = fmt.Errorf("character %d of %d is wrong, or it is not whole", int64(at)+1, len(text))
		}
		return nil, false, fmt.Errorf("%w: it is not base64: %w", coins.ErrMalformedSignature, err)
	}
	return raw, simple, nil
}

// kind is what an address stands for.
type kind uint8

const (
	other    kind = iota // scripts, several keys
	p2pkh                // hash of a key
	p2shWPKH             // hash of a script that may be that of a P2WPKH
	p2wpkh               // hash of a compressed key
	p2tr                 // a tweaked key
)

// Output scripts:
//
//	p2pkh   76 a9 14 HASH 88 ac
//	p2sh    a9 14 HASH 87
//	p2wpkh  00 14 HASH
//	p2tr    51 20 KEY
func (v Verifier) kindOf(script []byte) (k kind, program []byte) {
	for _, form := range []struct {
		kind
		head, tail string
		size       int
	}{
		{p2pkh, "\x76\xa9\x14", "\x88\xac", 20},
		{p2shWPKH, "\xa9\x14", "\x87", 20},
		{p2wpkh, "\x00\x14", "", 20},
		{p2tr, "\x51\x20", "", 32},
	} {
		if len(script) != len(form.head)+form.size+len(form.tail) || form.kind != p2pkh && !v.Segwit {
			continue
		}
		if s := string(script); strings.HasPrefix(s, form.head) && strings.HasSuffix(s, form.tail) {
			return form.kind, script[len(form.head) : len(form.head)+form.size]
		}
	}
	return other, nil
}
