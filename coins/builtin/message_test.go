package builtin

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chainhash/v2"

	"github.com/motherlode-pool/motherlode/coins"
)

// What the coins' own nodes put before a message, and the version bytes of their
// addresses of keys: of the main network, and of the others by name.
var signing = map[string]struct {
	magic    string
	main     byte
	others   map[string]byte
	settings string
}{
	"bitcoin":     {"Bitcoin Signed Message:\n", 0x00, map[string]byte{"test": 0x6f, "signet": 0x6f, "regtest": 0x6f, "simnet": 0x3f}, ""},
	"bitcoincash": {"Bitcoin Signed Message:\n", 0x00, map[string]byte{"test3": 0x6f, "test4": 0x6f, "chipnet": 0x6f, "scalenet": 0x6f, "regtest": 0x6f}, ""},
	"litecoin":    {"Litecoin Signed Message:\n", 0x30, map[string]byte{"test": 0x6f, "regtest": 0x6f}, ""},
	"digibyte":    {"DigiByte Signed Message:\n", 0x1e, map[string]byte{"test": 0x7e, "regtest": 0x7e}, ""},
	"namecoin":    {"Namecoin Signed Message:\n", 0x34, map[string]byte{"test": 0x6f, "regtest": 0x6f}, `,"mode":"getauxblock"`},
	"dogecoin":    {"Dogecoin Signed Message:\n", 0x1e, map[string]byte{"test": 0x71, "regtest": 0x6f}, `,"mode":"getauxblock"`},
	"syscoin":     {"Syscoin Signed Message:\n", 0x3f, map[string]byte{"test": 0x41, "regtest": 0x6f}, `,"address":"ADDRESS"`},
	"bitcoinlike": {"Forkcoin Signed Message:\n", 35, map[string]byte{"test": 35, "regtest": 35}, `,"symbol":"FRK","name":"Forkcoin","p2pkh":[35],"p2sh":[95]`},
	"auxpow":      {"Old Magic:\n", 35, map[string]byte{"test": 35, "regtest": 35}, `,"symbol":"FRK","p2pkh":35,"p2sh":95,"mode":"getauxblock","message_magic":"Old Magic:"`},
}

// These judge no messages: their keys or addresses are of other kinds.
var silent = []string{"elastos", "rsk", "tari"}

// Every coin of Bitcoin's family judges messages by its own magic, on each of its
// networks.
func TestSignedMessages(t *testing.T) {
	key, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	keyHash := address.Hash160(key.PubKey().SerializeCompressed())
	const message = "a message"
	for _, d := range Drivers() {
		info := d.Describe()
		t.Run(info.Driver, func(t *testing.T) {
			how, ok := signing[info.Driver]
			if announced := info.Has(coins.RoleMessageVerifier); announced != ok || ok == slices.Contains(silent, info.Driver) {
				t.Fatalf("announced: %t, in this test's table: %t", announced, ok)
			}
			if !ok {
				return
			}
			text := string(byte(len(how.magic))) + how.magic + string(byte(len(message))) + message
			signature := base64.StdEncoding.EncodeToString(ecdsa.SignCompact(key, chainhash.DoubleHashB([]byte(text)), true))
			for i, network := range info.Networks {
				version, known := how.main, i == 0
				if !known {
					version, known = how.others[network]
				}
				if !known {
					t.Fatalf("network %s is not in this test's table", network)
				}
				own := base58.CheckEncode(keyHash, version)
				settings := fmt.Sprintf(`{"nodes":[{"url":"http://127.0.0.1:1","user":"u","password":"p"}]%s}`, how.settings)
				c, err := d.Open(t.Context(), coins.Settings{Network: network, JSON: bytes.ReplaceAll([]byte(settings), []byte("ADDRESS"), []byte(own))})
				if err != nil {
					t.Fatalf("%s: %v", network, err)
				}
				v := c.(coins.MessageVerifier)
				if err := v.VerifyMessage(t.Context(), own, message, signature); err != nil {
					t.Errorf("%s: %v", network, err)
				}
				if err := v.VerifyMessage(t.Context(), own, message+".", signature); !errors.Is(err, coins.ErrBadSignature) {
					t.Errorf("%s, another message: got %v, want %v", network, err, coins.ErrBadSignature)
				}
				if err := v.VerifyMessage(t.Context(), "x"+own, message, signature); !errors.Is(err, coins.ErrMessageAddress) {
					t.Errorf("%s, no address: got %v, want %v", network, err, coins.ErrMessageAddress)
				}
				if _, ok := c.(coins.Wallet); !ok {
					t.Errorf("%s: it is no wallet", network)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
