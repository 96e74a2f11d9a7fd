package auxpow

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/crypto/scrypt"
)

// namecoinRules and dogecoinRules are the two families whose verdicts are
// recorded; syscoinRules demands the magic.
func namecoinRules(id uint32) Rules {
	return Rules{ChainID: id, StrictID: true, NoAuxParent: true}
}

func dogecoinRules(id uint32) Rules {
	return Rules{ChainID: id, StrictID: true, IndexZero: true}
}

func syscoinRules(id uint32) Rules {
	return Rules{ChainID: id, StrictID: true, MagicRequired: true}
}

// blockVector is an entry of auxpow-blocks.json, selfbuilt-blocks.json and
// auxpow-proofs.json.
type blockVector struct {
	Name         string
	Algo         string
	Hash         string
	AuxHash      string
	Bits         string
	ChainID      uint32
	Strict       bool
	IndexZero    bool
	NoAuxParent  bool
	HeaderOnly   bool
	Transactions *int
	Hex          string
}

func (v blockVector) rules() Rules {
	return Rules{ChainID: v.ChainID, StrictID: v.Strict, IndexZero: v.IndexZero, NoAuxParent: v.NoAuxParent}
}

// recordedVector is an entry of recorded.json.
type recordedVector struct {
	Name        string
	Algo        string
	IndexZero   bool
	NoAuxParent bool
	AuxBlock    struct {
		Hash, Bits string
		ChainID    uint32
	}
	Block          string
	AuxPow         string
	SubmitAuxBlock bool
}

// verdictVector is an entry of proof-verdicts.json.
type verdictVector struct {
	AuxHash   string `json:"aux_hash"`
	Bits      string
	Case      string
	ChainID   uint32 `json:"chain_id"`
	Node      string
	Proof     string
	Reply     json.RawMessage
	Algorithm string
}

// mustLoad reads a file of testdata into a slice of entries.
func mustLoad[T any](t testing.TB, name string) []T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var entries []T
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(entries) == 0 {
		t.Fatalf("%s holds nothing", name)
	}
	return entries
}

func mustHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustHash decodes a hash as nodes print it into internal order.
func mustHash(t testing.TB, s string) [32]byte {
	t.Helper()
	b := mustHex(t, s)
	if len(b) != 32 {
		t.Fatalf("hash of %d bytes", len(b))
	}
	slices.Reverse(b)
	return [32]byte(b)
}

func mustBits(t testing.TB, s string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

func mustParse(t testing.TB, b []byte) (Proof, []byte) {
	t.Helper()
	p, rest, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return p, rest
}

// powFor returns the proof-of-work function of an algorithm.
func powFor(t testing.TB, algo string) func(*[HeaderSize]byte) [32]byte {
	t.Helper()
	switch algo {
	case "sha256d":
		return func(h *[HeaderSize]byte) [32]byte { return DoubleHash(h[:]) }
	case "scrypt":
		return func(h *[HeaderSize]byte) [32]byte {
			sum, err := scrypt.Key(h[:], h[:], 1024, 1, 1, 32)
			if err != nil {
				t.Fatal(err)
			}
			return [32]byte(sum)
		}
	}
	t.Fatalf("unknown algorithm %q", algo)
	return nil
}

// headerBits returns the compact bits of a block header.
func headerBits(header []byte) uint32 {
	return binary.LittleEndian.Uint32(header[72:76])
}

// fill returns a hash of one repeated byte.
func fill(b byte) [32]byte {
	var h [32]byte
	for i := range h {
		h[i] = b
	}
	return h
}
