package signedmessage

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/address"
)

// on is a Verifier of a network.
func on(n address.Network, magic string) Verifier {
	return Verifier{Magic: magic, Segwit: n.HRP != "", Decode: func(a string) coins.Payee { return address.Decode(n, a) }}
}

var verifiers = map[string]Verifier{
	"main": on(address.BitcoinMain, Bitcoin),
	"test": on(address.BitcoinTest, Bitcoin),
	"cash": on(address.BitcoinCashMain, Bitcoin),
}

func mustRead(t testing.TB, name string, out any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		t.Fatal(err)
	}
}

type vector struct{ Name, Network, Address, Message, Signature string }

func compactVectors(t testing.TB) (list []vector) {
	mustRead(t, "compact.json", &list)
	return list
}

// What other wallets have signed is verified, with white space around it too,
// and nothing that differs from it.
func TestCompactVectors(t *testing.T) {
	all := compactVectors(t)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			verify := func(address, message, signature string) error {
				return verifiers[v.Network].VerifyMessage(t.Context(), address, message, signature)
			}
			for _, signature := range []string{v.Signature, " " + v.Signature + "\r\n", v.Signature[:40] + "\n" + v.Signature[40:]} {
				if err := verify(v.Address, v.Message, signature); err != nil {
					t.Errorf("%q: %v", signature, err)
				}
			}
			for _, message := range []string{"", v.Message + " ", v.Message[1:], v.Message + "\n"} {
				if err := verify(v.Address, message, v.Signature); !errors.Is(err, coins.ErrBadSignature) {
					t.Errorf("message %q: got %v, want %v", message, err, coins.ErrBadSignature)
				}
			}
			for _, w := range all {
				if w.Network != v.Network || w.Address == v.Address || w.Signature == v.Signature { // Electrum's two of one key
					continue
				}
				if err := verify(w.Address, v.Message, v.Signature); !errors.Is(err, coins.ErrBadSignature) {
					t.Errorf("by %s: got %v, want %v", w.Address, err, coins.ErrBadSignature)
				}
			}
			litecoin := verifiers[v.Network]
			litecoin.Magic = Litecoin
			if err := litecoin.VerifyMessage(t.Context(), v.Address, v.Message, v.Signature); !errors.Is(err, coins.ErrBadSignature) {
				t.Errorf("with the magic of another coin: got %v, want %v", err, coins.ErrBadSignature)
			}
		})
	}
}

// bip322 is a file of that BIP.
type bip322 struct {
	Hashes []struct {
		Message, Address string
		Spend            string `json:"to_spend_tx_hash"`
		Sign             string `json:"to_sign_tx_hash"`
	} `json:"tx_hashes"`
	Simple, Full []struct {
		Message, Address, Type string
		Signatures             []string `json:"bip322_signatures"`
	}
	Error []struct{ Description, Message, Address, Signature string }
}

// mine are the types of address that are verified here; the others are refused
// for what they are.
var mine = []string{"p2wpkh", "p2tr"}

func TestBIP322Vectors(t *testing.T) {
	main := verifiers["main"]
	kinds := map[string]int{}
	for _, name := range []string{"bip322-basic-test-vectors.json", "bip322-generated-test-vectors.json"} {
		var file bip322
		mustRead(t, name, &file)
		for _, h := range file.Hashes {
			spend := toSpend(main.Decode(h.Address).Script, h.Message)
			if got := spend.TxHash().String(); got != h.Spend {
				t.Errorf("to_spend of %q: got %s, want %s", h.Message, got, h.Spend)
			}
			if got := toSign(spend).TxHash().String(); got != h.Sign {
				t.Errorf("to_sign of %q: got %s, want %s", h.Message, got, h.Sign)
			}
		}
		for _, v := range file.Simple {
			for _, signature := range v.Signatures {
				kinds[v.Type]++
				plain := strings.TrimPrefix(signature, "smp")
				for _, signature := range []string{plain, "smp" + plain} {
					err := main.VerifyMessage(t.Context(), v.Address, v.Message, signature)
					if slices.Contains(mine, v.Type) && err != nil || !slices.Contains(mine, v.Type) && !errors.Is(err, coins.ErrAddressKind) {
						t.Errorf("%s %q: %v", v.Type, v.Message, err)
					}
				}
				err := main.VerifyMessage(t.Context(), v.Address, v.Message+" ", signature)
				if slices.Contains(mine, v.Type) && !errors.Is(err, coins.ErrBadSignature) {
					t.Errorf("%s %q, another message: got %v, want %v", v.Type, v.Message, err, coins.ErrBadSignature)
				}
			}
		}
		for _, v := range file.Full {
			for _, signature := range v.Signatures {
				kinds["full"]++
				err := main.VerifyMessage(t.Context(), v.Address, v.Message, signature)
				if !errors.Is(err, coins.ErrMalformedSignature) && !errors.Is(err, coins.ErrAddressKind) {
					t.Errorf("full, %s: got %v, want it refused for its form", v.Type, err)
				}
			}
		}
		for _, v := range file.Error {
			kinds["error"]++
			var kind coins.MessageError
			if err := main.VerifyMessage(t.Context(), v.Address, v.Message, v.Signature); !errors.As(err, &kind) {
				t.Errorf("%s: got %v, want a refusal", v.Description, err)
			}
		}
	}
	for _, kind := range append(mine, "full", "error") {
		if kinds[kind] == 0 {
			t.Errorf("no vector of kind %s: %v", kind, kinds)
		}
	}
}
