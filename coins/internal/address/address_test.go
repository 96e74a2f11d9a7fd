package address

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/btcsuite/btcd/address/v2/bech32"
)

// Addresses and scripts of BIP173, BIP350 and the networks' own documentation.
func TestGood(t *testing.T) {
	for _, tt := range []struct {
		name, address string
		network       Network
		script        string
		canonical     string // empty: as given
	}{
		{"p2pkh", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", BitcoinMain, "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac", ""},
		{"p2sh", "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", BitcoinMain, "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87", ""},
		{"p2wpkh", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", BitcoinMain, "0014751e76e8199196d454941c45d1b3a323f1433bd6", ""},
		{"p2wpkh, capitals", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", BitcoinMain, "0014751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"p2wsh", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", BitcoinTest, "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262", ""},
		{"taproot", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", BitcoinMain, "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", ""},
		{"signet shares test's", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", BitcoinSignet, "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262", ""},
		{"regtest p2pkh", "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8", BitcoinRegtest, "76a914000000000000000000000000000000000000000088ac", ""},
		{"regtest p2wsh", "bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85", BitcoinRegtest, "00204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260", ""},
		{"litecoin p2sh, old form", "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", LitecoinMain, "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87", "MVDCJxZd4A5VUm81QmeC1qf6U7LASsr7LT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode(tt.network, tt.address)
			if !got.Valid {
				t.Fatalf("refused: %s", got.Reason)
			}
			if s := hex.EncodeToString(got.Script); s != tt.script {
				t.Errorf("script: got %s, want %s", s, tt.script)
			}
			want := tt.canonical
			if want == "" {
				want = tt.address
			}
			if got.Address != want {
				t.Errorf("canonical: got %s, want %s", got.Address, want)
			}
			// The canonical form is good and means the same.
			if again := Decode(tt.network, got.Address); !again.Valid || again.Address != got.Address || string(again.Script) != string(got.Script) {
				t.Errorf("canonical form %s: got %+v", got.Address, again)
			}
		})
	}
}

func mustBech32(t *testing.T, hrp string, version byte, size int, modern bool) string {
	t.Helper()
	data, err := bech32.ConvertBits(make([]byte, size), 8, 5, true)
	if err != nil {
		t.Fatal(err)
	}
	encode := bech32.Encode
	if modern {
		encode = bech32.EncodeM
	}
	s, err := encode(hrp, append([]byte{version}, data...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBad(t *testing.T) {
	for _, tt := range []struct {
		name, address string
		network       Network
		reason        string // part of it
	}{
		{"empty", "", BitcoinMain, "empty"},
		{"white space", " 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", BitcoinMain, "white space"},
		{"not an address", "hello", BitcoinMain, "starting with bc1"},
		{"very long", strings.Repeat("1", 5000), BitcoinMain, "too long"},
		{"base58 mistyped", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", BitcoinMain, "checksum"},
		{"bech32 mistyped", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", BitcoinMain, "mistyped"},
		{"bech32, mixed case", "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", BitcoinMain, "mistyped"},
		{"bech32, only a prefix", "bc1", BitcoinMain, "mistyped"},
		{"no program", mustBech32(t, "bc", 0, 0, false), BitcoinMain, "0 bytes"},
		{"test on main, bech32", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", BitcoinMain, "belongs to Bitcoin test or Bitcoin signet, expected Bitcoin main"},
		{"main on regtest, bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", BitcoinRegtest, "belongs to Bitcoin main, expected Bitcoin regtest"},
		{"main on test, base58", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", BitcoinTest, "belongs to Bitcoin main"},
		{"litecoin on bitcoin", base58.CheckEncode(make([]byte, 20), 0x30), BitcoinMain, "belongs to Litecoin main"},
		{"bitcoin on litecoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", LitecoinMain, "belongs to Bitcoin main, expected Litecoin main"},
		{"namecoin on bitcoin", mustBech32(t, "nc", 0, 20, false), BitcoinMain, "belongs to Namecoin main"},
		{"dogecoin on bitcoin", base58.CheckEncode(make([]byte, 20), 0x1e), BitcoinMain, "belongs to Dogecoin main"},
		{"of no known coin", base58.CheckEncode(make([]byte, 20), 0x99), BitcoinMain, "another coin or network"},
		{"private key", base58.CheckEncode(make([]byte, 32), 0x80), BitcoinMain, "32 bytes, expected 20"},
		{"mweb", mustBech32(t, "ltcmweb", 0, 66, false), LitecoinMain, "MWEB address cannot be paid"},
		{"mweb on bitcoin", mustBech32(t, "ltcmweb", 0, 66, false), BitcoinMain, "belongs to Litecoin main"},
		{"version 0 with the later checksum", mustBech32(t, "bc", 0, 20, true), BitcoinMain, "version 0 with the checksum of later"},
		{"taproot with the old checksum", mustBech32(t, "bc", 1, 32, false), BitcoinMain, "version 1 with the checksum of version 0"},
		{"version 0 of 25 bytes", mustBech32(t, "bc", 0, 25, false), BitcoinMain, "25 bytes, expected 20 or 32"},
		{"taproot of 20 bytes", mustBech32(t, "bc", 1, 20, true), BitcoinMain, "20 bytes, expected 32"},
		{"version 2", mustBech32(t, "bc", 2, 32, true), BitcoinMain, "anyone could spend"},
		{"version 17", mustBech32(t, "bc", 17, 32, true), BitcoinMain, "anyone could spend"},
		{"no bech32 on dogecoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", DogecoinMain, "belongs to Bitcoin main"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode(tt.network, tt.address)
			if got.Valid || got.Script != nil {
				t.Fatalf("accepted as %x", got.Script)
			}
			if !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("reason: got %q, want %q in it", got.Reason, tt.reason)
			}
		})
	}
}

// FuzzDecode: no panic, and what is valid stays so in its canonical form.
func FuzzDecode(f *testing.F) {
	f.Add("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
	f.Add("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")
	f.Add("bc1")
	f.Add("ltcmweb1qq")
	f.Add("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")
	f.Add("pqq3728yw0y47sqn6l2na30mcw6zm78dzq5ucqzc37")
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range known {
			p := Decode(n, s)
			if p.Valid != (p.Reason == "") || p.Valid != (len(p.Script) > 0) {
				t.Errorf("%s, %q: %+v", n, s, p)
			}
			if p.Valid && !Decode(n, p.Address).Valid {
				t.Errorf("%s: canonical form %q of %q is refused", n, p.Address, s)
			}
		}
	})
}
