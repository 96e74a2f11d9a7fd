package signedmessage

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
	"github.com/motherlode-pool/motherlode/internal/testnode"
)

// A real wallet's signatures, and what the node's verifymessage makes of them.
func TestSignaturesOfLitecoind(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	node := testnode.MustLitecoind(t)
	v := on(address.LitecoinRegtest, Litecoin)
	must := func(out any, method string, params ...any) {
		t.Helper()
		if err := node.CallWallet(t.Context(), "w", out, method, params...); err != nil {
			t.Fatal(err)
		}
	}
	if err := node.Call(t.Context(), nil, "createwallet", "w"); err != nil {
		t.Fatal(err)
	}
	messages := []string{"", "hello", "motherlode: bind DAddress to me\n\n2026", "ü漢字🂡 ", string(make([]byte, 300))}
	var last string
	for _, message := range messages {
		var a, signature string
		must(&a, "getnewaddress", "", "legacy")
		must(&signature, "signmessage", a, message)
		for _, tt := range []struct {
			address, message, signature string
			want                        error
		}{
			{a, message, signature, nil},
			{a, message + "x", signature, coins.ErrBadSignature},
			{last, message, signature, coins.ErrBadSignature},
		} {
			if tt.address == "" {
				continue
			}
			var node bool
			must(&node, "verifymessage", tt.address, tt.signature, tt.message)
			err := v.VerifyMessage(t.Context(), tt.address, tt.message, tt.signature)
			if !errors.Is(err, tt.want) || node != (err == nil) {
				t.Errorf("%q by %s: got %v, want %v; the node says %t", tt.message, tt.address, err, tt.want, node)
			}
		}
		last = a

		// The same key's other addresses, as Electrum and as Trezor sign for them.
		var key struct{ PubKey string }
		must(&key, "getaddressinfo", a)
		raw, err := base64.StdEncoding.DecodeString(signature)
		if err != nil {
			t.Fatal(err)
		}
		for form, head := range map[string]byte{"wpkh(%s)": headP2WPKH, "sh(wpkh(%s))": headP2SHWPKH} {
			var descriptor struct{ Descriptor string }
			must(&descriptor, "getdescriptorinfo", fmt.Sprintf(form, key.PubKey))
			var others []string
			must(&others, "deriveaddresses", descriptor.Descriptor)
			again := bytes.Clone(raw)
			again[0] = head + (raw[0] - headCompressed)
			for _, signature := range []string{signature, base64.StdEncoding.EncodeToString(again)} {
				if err := v.VerifyMessage(t.Context(), others[0], message, signature); err != nil {
					t.Errorf("%q by %s: %v", message, others[0], err)
				}
			}
		}
	}
}
