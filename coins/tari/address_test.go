package tari

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"
)

// graxil is a public example: the help text of graxil, a SHA3x miner (MIT).
const graxil = "125ohcEDcG8sL4DcdtqZ6YLbSgVYFJWtGeCfHmRocTcyGNYRqMYidnfs1JQPijqQvqV5SLygC5ynxZH3zED5Rr9fPAW"

var mainNet = networks[0]

func mustHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPublicAddress(t *testing.T) {
	p := validate(mainNet, graxil)
	if !p.Valid || p.Address != graxil || len(p.Script) != dualSize {
		t.Fatalf("got %+v", p)
	}
	if p.Script[0] != 0 || p.Script[1] != featureOneSided || p.Script[66] != 79 {
		t.Errorf("network, features, checksum: got %d, %d, %d, want 0, 1, 79", p.Script[0], p.Script[1], p.Script[66])
	}
}

// address builds an address of the public one's keys.
func address(t testing.TB, change func(b []byte) []byte) string {
	b, err := decodeAddress(mainNet, graxil)
	if err != nil {
		t.Fatal(err)
	}
	b = change(slices.Clone(b[:66]))
	return encodeAddress(append(b, dammSum(b)))
}

func TestAddresses(t *testing.T) {
	edit := func(at int, v byte) string {
		return address(t, func(b []byte) []byte { b[at] = v; return b })
	}
	long := func(n int, features byte) string {
		return address(t, func(b []byte) []byte { b[1] = features; return append(b, make([]byte, n)...) })
	}
	for _, tt := range []struct {
		name, address string
		want          string // part of the reason; empty for valid
	}{
		{"one-sided", graxil, ""},
		{"both kinds of payment", edit(1, 3), ""},
		{"with payment id", long(5, 5), ""},
		{"with the longest payment id", long(256, 7), ""},
		{"payment id too long", long(257, 7), "has 324 bytes, an address has 67"},
		{"longer without payment id", long(5, 1), "without payment id"},
		{"interactive only", edit(1, 2), "only be paid interactively"},
		{"unknown features", edit(1, 9), "unknown features 0x9"},
		{"other network", edit(0, 38), "is of network esmeralda, expected main"},
		{"no network", edit(0, 7), "network number 7"},
		{"view key no point", edit(33, 0xff), "view key that is no point"},
		{"spend key no point", address(t, func(b []byte) []byte { copy(b[34:], make([]byte, 32)); return b }), "spend key that is no point"},
		{"mistyped", strings.Replace(graxil, "ohc", "ohd", 1), "checksum"},
		{"swapped", strings.Replace(graxil, "oh", "ho", 1), "checksum"},
		{"cut", graxil[:60], "bytes, an address has 67"},
		{"single", encodeAddress(append(make([]byte, 34), 0)), "has no view key"},
		{"empty", "", "is empty"},
		{"two characters", "12", "too short"},
		{"space", " " + graxil, "character 1"},
		{"hex", "0001" + strings.Repeat("ab", 65), "base58"},
		{"emoji", "🐢📟🍎", "emoji and hex forms are not taken"},
		{"endless", strings.Repeat("1", 10000), "has 10000 characters"},
		{"bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "base58"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := validate(mainNet, tt.address)
			if p.Valid != (tt.want == "") || !strings.Contains(p.Reason, tt.want) {
				t.Errorf("got %+v, want reason %q", p, tt.want)
			}
		})
	}
}

func TestExampleAddresses(t *testing.T) {
	var keys []byte
	for name, n := range map[string]int{"view": 3, "spend": 0} {
		for i := range n {
			h := blake2b.Sum256(fmt.Appendf(nil, "motherlode example address, %s key %d", name, i))
			if isPoint(h[:]) {
				t.Errorf("%s key %d is a point already", name, i)
			}
		}
	}
	for _, text := range []string{"view key 3", "spend key 0"} {
		h := blake2b.Sum256([]byte("motherlode example address, " + text))
		keys = append(keys, h[:]...)
	}
	if hex.EncodeToString(keys) != exampleKeys {
		t.Errorf("keys: got %x, want %s", keys, exampleKeys)
	}
	for _, n := range networks {
		a := exampleAddress(n)
		if p := validate(n, a); !p.Valid {
			t.Errorf("%s: %s is refused: %s", n.name, a, p.Reason)
		}
		for _, other := range networks {
			if other.id != n.id && validate(other, a).Valid {
				t.Errorf("%s: the address of %s is taken", other.name, n.name)
			}
		}
	}
}

func TestDammSum(t *testing.T) {
	if got := dammSum(make([]byte, 33)); got != 0 {
		t.Errorf("33 zero bytes: got %d, want 0", got)
	}
	b := mustHex(t, exampleKeys)
	b = append(b, dammSum(b))
	if dammSum(b) != 0 {
		t.Error("the sum over a checksum is not 0")
	}
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			if dammSum(b) == 0 {
				t.Errorf("byte %d, bit %d: change is not seen", i, bit)
			}
			b[i] ^= 1 << bit
		}
	}
}

func TestPoints(t *testing.T) {
	text, err := os.ReadFile("testdata/ristretto.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct{ Good, Bad []string }
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Good) != 15 || len(vectors.Bad) != 30 {
		t.Fatalf("%d good and %d bad vectors", len(vectors.Good), len(vectors.Bad))
	}
	for _, v := range vectors.Good {
		if !isPoint(mustHex(t, v)) {
			t.Errorf("%s is refused", v)
		}
	}
	for _, v := range vectors.Bad {
		if isPoint(mustHex(t, v)) {
			t.Errorf("%s is taken", v)
		}
	}
	// Minus a point, and a multiple of the field's prime more.
	n := new(big.Int).SetBytes(reversed(mustHex(t, vectors.Good[0])))
	n.Sub(new(big.Int).Lsh(fieldP, 1), n)
	if isPoint(reversed(n.FillBytes(make([]byte, 32)))) {
		t.Error("a number beyond the field is taken")
	}
	if isPoint(nil) || isPoint(make([]byte, 33)) {
		t.Error("another length is taken")
	}
}

func FuzzAddress(f *testing.F) {
	f.Add(graxil)
	f.Add(exampleAddress(networks[3]))
	f.Add("12")
	f.Add("1111")
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range networks {
			p := validate(n, text)
			if p.Valid == (p.Reason != "") {
				t.Fatalf("valid %t with reason %q", p.Valid, p.Reason)
			}
			if p.Valid && (encodeAddress(p.Script) != text || p.Script[0] != n.id) {
				t.Fatalf("%q reads as %x", text, p.Script)
			}
		}
	})
}
