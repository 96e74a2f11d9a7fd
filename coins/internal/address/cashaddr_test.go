package address

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2/base58"
)

// The checksums of the CashAddr specification's test vectors.
func TestCashChecksum(t *testing.T) {
	for _, tt := range []struct {
		text string
		good bool
	}{
		{"prefix:x64nx6hz", true},
		{"p:gpf8m4h7", true},
		{"bitcoincash:qpzry9x8gf2tvdw0s3jn54khce6mua7lcw20ayyn", true},
		{"bchtest:testnetaddress4d6njnut", true},
		{"bchreg:555555555555555555555555555555555555555555555udxmlmrz", true},
		{"prefix:x32nx6hz", false},
		{"prefix:x64nx6hy", false},
		{"bchtest:qpzry9x8gf2tvdw0s3jn54khce6mua7lcw20ayyn", false},
	} {
		prefix, text, _ := strings.Cut(tt.text, ":")
		values := make([]byte, len(text))
		for i := range values {
			values[i] = byte(strings.IndexByte(cashDigits, text[i]))
		}
		if got := cashPolymod(prefix, values) == 0; got != tt.good {
			t.Errorf("%s: got %v, want %v", tt.text, got, tt.good)
		}
	}
}

// Payloads of the CashAddr specification's test vectors.
func TestCashVectors(t *testing.T) {
	const (
		twenty    = "f5bf48b397dae70be82b3cca4793f8eb2b6cdac9"
		thirtytwo = "3173ef6623c6b48ffd1a3dcc0cc6489b0a07bb47a37f47cfef4fe69de825c060"
		sixtyfour = "d0f346310d5513d9e01e299978624ba883e6bda8f4c60883c10f28c2967e67ec77ecc7eeeaeafc6da89fad72d11ac961e164678b868aeeec5f2c1da08884175b"
	)
	for _, tt := range []struct {
		kind    byte
		hash    string
		address string
	}{
		{0, twenty, "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2"},
		{1, twenty, "bchtest:pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t"},
		{1, twenty, "pref:pr6m7j9njldwwzlg9v7v53unlr4jkmx6ey65nvtks5"},
		{15, twenty, "prefix:0r6m7j9njldwwzlg9v7v53unlr4jkmx6ey3qnjwsrf"},
		{0, thirtytwo, "bitcoincash:qvch8mmxy0rtfrlarg7ucrxxfzds5pamg73h7370aa87d80gyhqxq5nlegake"},
		{0, sixtyfour, "bitcoincash:qlg0x333p4238k0qrc5ej7rzfw5g8e4a4r6vvzyrcy8j3s5k0en7calvclhw46hudk5flttj6ydvjc0pv3nchp52amk97tqa5zygg96mtky5sv5w"},
	} {
		t.Run(tt.address, func(t *testing.T) {
			prefix, text, _ := strings.Cut(tt.address, ":")
			kind, hash, err := decodeCash(prefix, text)
			if err != nil || kind != tt.kind || hex.EncodeToString(hash) != tt.hash {
				t.Errorf("got kind %d, %x, %v; want %d, %s", kind, hash, err, tt.kind, tt.hash)
			}
			if len(hash) <= hash256 {
				if got := encodeCash(prefix, kind, hash); got != tt.address {
					t.Errorf("encoded: got %s", got)
				}
			}
		})
	}
}

// The specification's table of legacy addresses and what they become.
func TestCashTranslation(t *testing.T) {
	for legacy, cash := range map[string]string{
		"1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu": "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
		"1KXrWXciRDZUpQwQmuM1DbwsKDLYAYsVLR": "bitcoincash:qr95sy3j9xwd2ap32xkykttr4cvcu7as4y0qverfuy",
		"16w1D5WRVKJuZUsSRzdLp9w3YGcgoxDXb":  "bitcoincash:qqq3728yw0y47sqn6l2na30mcw6zm78dzqre909m2r",
		"3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC": "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
		"3LDsS579y7sruadqu11beEJoTjdFiFCdX4": "bitcoincash:pr95sy3j9xwd2ap32xkykttr4cvcu7as4yc93ky28e",
		"31nwvkZwyPdgzjBJZXfDmSWsC4ZLKpYyUw": "bitcoincash:pqq3728yw0y47sqn6l2na30mcw6zm78dzq5ucqzc37",
	} {
		t.Run(cash, func(t *testing.T) {
			_, bare, _ := strings.Cut(cash, ":")
			want := Decode(BitcoinMain, legacy).Script // the same script as Bitcoin's
			for _, form := range []string{cash, bare, strings.ToUpper(cash), strings.ToUpper(bare), legacy} {
				got := Decode(BitcoinCashMain, form)
				if !got.Valid || got.Address != cash || !bytes.Equal(got.Script, want) {
					t.Errorf("%s: got %+v, want %s, %x", form, got, cash, want)
				}
			}
		})
	}
}

func TestCashTokens(t *testing.T) {
	hash := bytes.Repeat([]byte{7}, 32)
	key, script := encodeCash("bitcoincash", cashTokenKey, hash[:20]), encodeCash("bitcoincash", cashTokenScript, hash)
	if got := Decode(BitcoinCashMain, key); !got.Valid || got.Address != encodeCash("bitcoincash", cashKey, hash[:20]) {
		t.Errorf("token form of a key: got %+v", got)
	}
	want := "aa20" + hex.EncodeToString(hash) + "87"
	if got := Decode(BitcoinCashMain, script); !got.Valid || hex.EncodeToString(got.Script) != want {
		t.Errorf("token form of a 32-byte script: got %+v, want %s", got, want)
	}
	plain := Network{Coin: "Other", Name: "main", P2SH: []byte{5}, CashAddr: "bitcoincash"}
	for name, a := range map[string]string{"a token address": key, "a 32-byte script": encodeCash("bitcoincash", cashScript, hash)} {
		if got := Decode(plain, a); got.Valid {
			t.Errorf("%s where there are no tokens: accepted as %x", name, got.Script)
		}
	}
}

func TestBadCash(t *testing.T) {
	const good = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
	for _, tt := range []struct {
		name, address string
		network       Network
		reason        string
	}{
		{"mistyped", good[:len(good)-1] + "z", BitcoinCashMain, "checksum"},
		{"mistyped, without prefix", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6z", BitcoinCashMain, "checksum"},
		{"mistyped prefix", "bitcoinkash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", BitcoinCashMain, "another coin or network, expected Bitcoin Cash main"},
		{"strange character", "bitcoincash:qpm2qsznhks23z7629mmb6s4cwef74vcwvy22gdx6a", BitcoinCashMain, "cannot contain 'b'"},
		{"mixed case", "bitcoincash:Qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", BitcoinCashMain, "cannot contain 'Q'"},
		{"only a prefix", "bitcoincash:", BitcoinCashMain, "checksum"},
		{"no payload", "prefix:x64nx6hz", Network{Coin: "P", CashAddr: "prefix"}, "whole bytes"},
		{"not whole bytes", "bchtest:testnetaddress4d6njnut", BitcoinCashTest, "mistyped"},
		{"kind of no meaning", encodeCash("bchtest", 4, make([]byte, 20)), BitcoinCashTest, "kind 4"},
		{"key of 32 bytes", encodeCash("bchtest", cashKey, make([]byte, 32)), BitcoinCashTest, "32 bytes"},
		{"test on main", encodeCash("bchtest", cashKey, make([]byte, 20)), BitcoinCashMain, "belongs to Bitcoin Cash test, expected Bitcoin Cash main"},
		{"test on main, without prefix", strings.TrimPrefix(encodeCash("bchtest", cashKey, make([]byte, 20)), "bchtest:"), BitcoinCashMain, "belongs to Bitcoin Cash test"},
		{"regtest on test", encodeCash("bchreg", cashKey, make([]byte, 20)), BitcoinCashTest, "belongs to Bitcoin Cash regtest"},
		{"on Bitcoin", good, BitcoinMain, "belongs to Bitcoin Cash main, expected Bitcoin main"},
		{"on Bitcoin, without prefix", good[12:], BitcoinMain, "belongs to Bitcoin Cash main, expected Bitcoin main"},
		{"Bitcoin's bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", BitcoinCashMain, "belongs to Bitcoin main, expected Bitcoin Cash main"},
		{"Litecoin's base58", base58.CheckEncode(make([]byte, 20), 0x30), BitcoinCashMain, "belongs to Litecoin main"},
		{"not an address", "hello", BitcoinCashMain, "CashAddr starting with bitcoincash:, or base58"},
		{"DigiByte's on Bitcoin Cash", mustBech32(t, "dgb", 0, 20, false), BitcoinCashMain, "belongs to DigiByte main"},
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

func TestOldVersionBytes(t *testing.T) {
	n := Network{Coin: "Other", Name: "main", P2PKH: 0x19, OldP2PKH: []byte{0x4c}, P2SH: []byte{0x55}}
	hash := bytes.Repeat([]byte{9}, 20)
	got := Decode(n, base58.CheckEncode(hash, 0x4c))
	if !got.Valid || got.Address != base58.CheckEncode(hash, 0x19) || !bytes.Equal(got.Script, keyScript(hash)) {
		t.Errorf("got %+v, want the present form", got)
	}
}

// Every network accepts its own example, in the form that it is written.
func TestExample(t *testing.T) {
	for _, n := range known {
		a := Example(n)
		if got := Decode(n, a); a == "" || !got.Valid || got.Address != a {
			t.Errorf("%s: example %q: got %+v", n, a, got)
		}
	}
	scripts := Network{Coin: "Scripts", Name: "main", NoP2PKH: true, P2SH: []byte{0x55}}
	if a := Example(scripts); !Decode(scripts, a).Valid || Decode(scripts, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").Valid {
		t.Errorf("a network of scripts alone: example %q, or a key's address is taken", a)
	}
	if a := Example(Network{Coin: "Nothing"}); a != "" {
		t.Errorf("a network of no form: got %q", a)
	}
	for _, tt := range []struct {
		network Network
		want    string
	}{
		{BitcoinMain, "bc1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq9e75rs"},
		{DogecoinRegtest, "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"},
	} {
		if got := Example(tt.network); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.network, got, tt.want)
		}
	}
}

// FuzzCash: what decodes encodes to the same text.
func FuzzCash(f *testing.F) {
	f.Add("bitcoincash", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")
	f.Add("prefix", "x64nx6hz")
	f.Add("bchtest", "testnetaddress4d6njnut")
	f.Fuzz(func(t *testing.T, prefix, text string) {
		kind, hash, err := decodeCash(prefix, text)
		if err != nil || len(hash) != hash160 && len(hash) != hash256 {
			return
		}
		if got := encodeCash(prefix, kind, hash); got != prefix+":"+text {
			t.Errorf("%s:%s: encoded again %s", prefix, text, got)
		}
	})
}

// FuzzCashRoundTrip: what is encoded decodes to the same.
func FuzzCashRoundTrip(f *testing.F) {
	f.Add("bitcoincash", byte(0), make([]byte, 20))
	f.Add("ecash", byte(1), make([]byte, 32))
	f.Fuzz(func(t *testing.T, prefix string, kind byte, hash []byte) {
		if kind > 15 || len(hash) != hash160 && len(hash) != hash256 {
			return
		}
		text := strings.TrimPrefix(encodeCash(prefix, kind, hash), prefix+":")
		k, h, err := decodeCash(prefix, text)
		if err != nil || k != kind || !bytes.Equal(h, hash) {
			t.Errorf("%s:%s: got %d %x %v, want %d %x", prefix, text, k, h, err, kind, hash)
		}
	})
}
