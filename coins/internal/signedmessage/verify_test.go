package signedmessage

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/txscript/v2"

	"github.com/motherlode-pool/motherlode/coins"
	own "github.com/motherlode-pool/motherlode/coins/internal/address"
)

// key signs in these tests; everybody knows it.
var key, _ = btcec.PrivKeyFromBytes([]byte("everybody knows this private key"))

// keyHash160 is the hash of its compressed form.
var keyHash160 = address.Hash160(key.PubKey().SerializeCompressed())

// A network whose addresses are output scripts: of any kind.
func scripts(magic string) Verifier {
	return Verifier{Magic: magic, Segwit: true, Decode: func(a string) coins.Payee {
		return coins.Payee{Valid: a != "", Reason: "empty", Script: []byte(a)}
	}}
}

// Addresses of key in that network.
var (
	addrP2PKH  = "\x76\xa9\x14" + string(keyHash160) + "\x88\xac"
	addrNested = "\xa9\x14" + string(address.Hash160(redeem(keyHash160))) + "\x87"
	addrP2WPKH = string(redeem(keyHash160))
	addrP2TR   = "\x51\x20" + string(txscript.ComputeTaprootKeyNoScript(key.PubKey()).SerializeCompressed()[1:])
	addrP2WSH  = "\x00\x20" + strings.Repeat("x", 32)
)

// compactBy signs as wallets do, with a header of the caller's choice.
func compactBy(v Verifier, message string, head byte, compressed bool) string {
	raw := ecdsa.SignCompact(key, v.messageHash(message), compressed)
	raw[0] = head + (raw[0]-headUncompressed)%4
	return base64.StdEncoding.EncodeToString(raw)
}

// simpleBy signs by BIP-322.
func simpleBy(t testing.TB, script, message string, kind kind, hashType txscript.SigHashType) []byte {
	t.Helper()
	tx := toSign(toSpend([]byte(script), message))
	spent := txscript.NewCannedPrevOutputFetcher([]byte(script), 0)
	hashes := txscript.NewTxSigHashes(tx, spent)
	var items [][]byte
	if kind == p2tr {
		w, err := txscript.TaprootWitnessSignature(tx, hashes, 0, 0, []byte(script), hashType, key)
		if err != nil {
			t.Fatal(err)
		}
		items = w
	} else {
		w, err := txscript.WitnessSignature(tx, hashes, 0, 0, []byte(addrP2WPKH), hashType, key, true)
		if err != nil {
			t.Fatal(err)
		}
		items = w
	}
	raw := []byte{byte(len(items))}
	for _, item := range items {
		raw = append(append(raw, byte(len(item))), item...)
	}
	return raw
}

// Every header of BIP-137 against every kind of address.
func TestHeaders(t *testing.T) {
	v := scripts(DigiByte)
	for name, tt := range map[string]struct {
		address string
		good    []byte
	}{
		"p2pkh":       {addrP2PKH, []byte{headCompressed}},
		"p2sh-p2wpkh": {addrNested, []byte{headCompressed, headP2SHWPKH}},
		"p2wpkh":      {addrP2WPKH, []byte{headCompressed, headP2WPKH}},
		"p2tr":        {addrP2TR, nil},
	} {
		for _, head := range []byte{headUncompressed, headCompressed, headP2SHWPKH, headP2WPKH} {
			err := v.VerifyMessage(t.Context(), tt.address, "hello", compactBy(v, "hello", head, true))
			if good := strings.Contains(string(tt.good), string(head)); good && err != nil || !good && !errors.Is(err, coins.ErrBadSignature) {
				t.Errorf("%s with header %d: got %v, want it good: %t", name, head, err, good)
			}
		}
		for _, head := range []byte{0, headUncompressed - 4, headEnd, 252} {
			if err := v.VerifyMessage(t.Context(), tt.address, "hello", compactBy(v, "hello", head, true)); !errors.Is(err, coins.ErrMalformedSignature) {
				t.Errorf("%s with header %d: got %v, want %v", name, head, err, coins.ErrMalformedSignature)
			}
		}
	}
}

func TestSimpleSignatures(t *testing.T) {
	v := scripts(Bitcoin)
	for name, tt := range map[string]struct {
		address string
		kind    kind
		hash    txscript.SigHashType
		want    error
	}{
		"p2wpkh":                 {addrP2WPKH, p2wpkh, txscript.SigHashAll, nil},
		"p2sh-p2wpkh":            {addrNested, p2shWPKH, txscript.SigHashAll, nil},
		"p2tr":                   {addrP2TR, p2tr, txscript.SigHashDefault, nil},
		"p2tr, said to be all":   {addrP2TR, p2tr, txscript.SigHashAll, nil},
		"p2wpkh, none":           {addrP2WPKH, p2wpkh, txscript.SigHashNone, coins.ErrMalformedSignature},
		"p2wpkh, anyone":         {addrP2WPKH, p2wpkh, txscript.SigHashAll | txscript.SigHashAnyOneCanPay, coins.ErrMalformedSignature},
		"p2tr, single":           {addrP2TR, p2tr, txscript.SigHashSingle, coins.ErrMalformedSignature},
		"p2wpkh's, for p2tr":     {addrP2TR, p2wpkh, txscript.SigHashAll, coins.ErrMalformedSignature},
		"p2tr's, for p2wpkh":     {addrP2WPKH, p2tr, txscript.SigHashDefault, coins.ErrMalformedSignature},
		"p2wpkh's, for another":  {string(redeem(address.Hash160([]byte("x")))), p2wpkh, txscript.SigHashAll, coins.ErrBadSignature},
		"nested, for another":    {"\xa9\x14" + strings.Repeat("x", 20) + "\x87", p2shWPKH, txscript.SigHashAll, coins.ErrBadSignature},
		"witness for a p2pkh":    {addrP2PKH, p2wpkh, txscript.SigHashAll, coins.ErrMalformedSignature},
		"witness for a script":   {addrP2WSH, p2wpkh, txscript.SigHashAll, coins.ErrAddressKind},
		"witness for no address": {"", p2wpkh, txscript.SigHashAll, coins.ErrMessageAddress},
	} {
		t.Run(name, func(t *testing.T) {
			raw := simpleBy(t, tt.address, "hello", tt.kind, tt.hash)
			verify := func(raw []byte) error {
				return v.VerifyMessage(t.Context(), tt.address, "hello", base64.StdEncoding.EncodeToString(raw))
			}
			if err := verify(raw); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				return
			}
			// No byte of it is without meaning.
			for i := range raw {
				bad := append([]byte(nil), raw...)
				bad[i] ^= 1 << (i % 8)
				if err := verify(bad); !errors.Is(err, coins.ErrBadSignature) && !errors.Is(err, coins.ErrMalformedSignature) {
					t.Fatalf("bit %d of byte %d turned: got %v", i%8, i, err)
				}
			}
			for _, bad := range [][]byte{raw[:len(raw)-1], append(raw[:len(raw):len(raw)], 0)} {
				if err := verify(bad); !errors.Is(err, coins.ErrMalformedSignature) {
					t.Errorf("%d bytes of %d: got %v, want %v", len(bad), len(raw), err, coins.ErrMalformedSignature)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	main := verifiers["main"]
	doge := on(own.DogecoinMain, Dogecoin)
	good := compactBy(main, "m", headCompressed, true)
	const p2wsh = "bc1qp0ahvfh83088w49k405szqgg4f3pptr7p2g06tdxfjcd40z4lh4q95lsz9"
	for _, tt := range []struct {
		name, address, signature string
		v                        Verifier
		want                     error
		says                     string
	}{
		{"no address", "nonsense", good, main, coins.ErrMessageAddress, "not an address"},
		{"of another network", "mvbu1Gdy8SUjTenqerxUaZyYjmveZvt33q", good, main, coins.ErrMessageAddress, "Bitcoin test"},
		{"witness script", p2wsh, good, main, coins.ErrAddressKind, "one key"},
		{"script where there is no segwit", base58.CheckEncode(address.Hash160(redeem(keyHash160)), 0x16), compactBy(doge, "m", headP2SHWPKH, true), doge, coins.ErrAddressKind, "one key"},
		{"empty", "15hETetDmcXm1mM4sEf7U2KXC9hDHFMSzz", " \n", main, coins.ErrMalformedSignature, "empty"},
		{"too long", "15hETetDmcXm1mM4sEf7U2KXC9hDHFMSzz", strings.Repeat("A", maxSignature+4), main, coins.ErrMalformedSignature, "too many"},
		{"no base64", "15hETetDmcXm1mM4sEf7U2KXC9hDHFMSzz", "Hzsu!U/T", main, coins.ErrMalformedSignature, "character 5"},
		{"cut", "15hETetDmcXm1mM4sEf7U2KXC9hDHFMSzz", good[:87], main, coins.ErrMalformedSignature, "base64"},
		{"full form", "bc1qq2tmmcngng78nllq2pvrkchcdukemtj56uyue0", "fulAgAA", main, coins.ErrMalformedSignature, "simple"},
		{"taproot by signmessage", "bc1p9cyuceaazr8cz46mvgkzl94wy397mwpqsrk84su37t72jvkg6wzqv52nfp", good, main, coins.ErrBadSignature, "BIP-322"},
		{"no key", "15hETetDmcXm1mM4sEf7U2KXC9hDHFMSzz", base64.StdEncoding.EncodeToString(append([]byte{31}, make([]byte, 64)...)), main, coins.ErrBadSignature, "no key"},
	} {
		err := tt.v.VerifyMessage(t.Context(), tt.address, "m", tt.signature)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %v with %q", tt.name, err, tt.want, tt.says)
		}
	}
}

// What a signature is read as depends on its text alone, and never ends the
// process; what is verified is one of the two that the key has made.
func FuzzVerify(f *testing.F) {
	v := scripts(Litecoin)
	addresses := []string{addrP2PKH, addrNested, addrP2WPKH, addrP2TR, addrP2WSH, ""}
	for _, seed := range compactVectors(f) {
		f.Add(seed.Message, seed.Signature, byte(0))
	}
	for i, k := range []kind{p2pkh, p2shWPKH, p2wpkh, p2tr} {
		f.Add("hello", base64.StdEncoding.EncodeToString(simpleBy(f, addresses[i], "hello", max(k, p2shWPKH), txscript.SigHashAll)), byte(i))
		f.Add("hello", compactBy(v, "hello", headCompressed, true), byte(i))
	}
	f.Add("", "smp", byte(2))
	f.Add("", "smpAA==", byte(3))
	f.Fuzz(func(t *testing.T, message, signature string, which byte) {
		err := v.VerifyMessage(t.Context(), addresses[int(which)%len(addresses)], message, signature)
		var kind coins.MessageError
		if err != nil && !errors.As(err, &kind) {
			t.Errorf("%q: got %v, want a refusal", signature, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%q: its refusal is %q", signature, err)
		}
		if again := v.VerifyMessage(t.Context(), addresses[int(which)%len(addresses)], message+"!", signature); err == nil && again == nil {
			t.Errorf("%q is of two messages", signature)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	v := scripts(Bitcoin)
	signature := compactBy(v, "hello", headP2WPKH, true)
	simple := base64.StdEncoding.EncodeToString(simpleBy(b, addrP2TR, "hello", p2tr, txscript.SigHashDefault))
	b.Run("compact", func(b *testing.B) {
		for b.Loop() {
			if err := v.VerifyMessage(b.Context(), addrP2WPKH, "hello", signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("simple", func(b *testing.B) {
		for b.Loop() {
			if err := v.VerifyMessage(b.Context(), addrP2TR, "hello", simple); err != nil {
				b.Fatal(err)
			}
		}
	})
}
