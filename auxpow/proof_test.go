package auxpow

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestProofLayout(t *testing.T) {
	coinbase := txVersion + oneInput + oneOutput + txLockTime
	p := Proof{
		Coinbase:       mustHex(t, coinbase),
		ParentHash:     fill(0xaa),
		CoinbaseBranch: [][32]byte{fill(0xb1), fill(0xb2)},
		CoinbaseIndex:  0x01020304,
		ChainBranch:    [][32]byte{fill(0xc1)},
		ChainIndex:     0x05060708,
	}
	for i := range p.ParentHeader {
		p.ParentHeader[i] = byte(i)
	}
	b := func(s string) string { return strings.Repeat(s, 32) }
	want := coinbase + b("aa") +
		"02" + b("b1") + b("b2") + "04030201" +
		"01" + b("c1") + "08070605" +
		hex.EncodeToString(p.ParentHeader[:])

	got := p.Append([]byte{0xee})
	if hex.EncodeToString(got) != "ee"+want {
		t.Errorf("got %x, want ee%s", got, want)
	}
	again, rest, err := Parse(append(got[1:], 1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again, p) {
		t.Errorf("read back %+v, want %+v", again, p)
	}
	if !bytes.Equal(rest, []byte{1, 2, 3}) {
		t.Errorf("rest %x, want 010203", rest)
	}
	if got := p.ParentVersion(); got != 0x03020100 {
		t.Errorf("parent version %08x, want 03020100", got)
	}
}

// A branch of 253 hashes needs a count of three bytes; nodes set no limit to
// the coinbase's branch.
func TestProofLongCoinbaseBranch(t *testing.T) {
	f := newForge(t, 1)
	f.txBranch = make([][32]byte, 300)
	p := f.proof()
	again, rest := mustParse(t, p.Append(nil))
	if len(rest) != 0 || len(again.CoinbaseBranch) != 300 {
		t.Fatalf("branch of %d with %d bytes left, want 300 and 0", len(again.CoinbaseBranch), len(rest))
	}
	if err := Verify(&again, f.auxHash, namecoinRules(1)); err != nil {
		t.Error(err)
	}
}

func TestParseKeepsNothingOfItsInput(t *testing.T) {
	f := newForge(t, sha256dSet...)
	want := f.proof()
	raw := want.Append(nil)
	got, _ := mustParse(t, raw)
	clear(raw)
	if !reflect.DeepEqual(got, want) {
		t.Error("the proof changed with the bytes that it was read from")
	}
}

func TestParseRefuses(t *testing.T) {
	f := newForge(t, sha256dSet...)
	p := f.proof()
	good := p.Append(nil)
	txBranchAt := len(p.Coinbase) + 32
	chainBranchAt := txBranchAt + 1 + 32*len(p.CoinbaseBranch) + 4

	for n := range good {
		if _, _, err := Parse(good[:n]); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d of %d bytes: got %v, want %v", n, len(good), err, ErrTruncated)
		}
	}
	for name, test := range map[string]struct {
		raw  []byte
		want Error
	}{
		"coinbase branch count in a long form": {slices.Replace(slices.Clone(good), txBranchAt, txBranchAt+1, 0xfd, 2, 0), ErrNotCanonical},
		"chain branch count in a long form":    {slices.Replace(slices.Clone(good), chainBranchAt, chainBranchAt+1, 0xfd, 5, 0), ErrNotCanonical},
		"chain branch count above the limit":   {slices.Replace(slices.Clone(good), chainBranchAt, chainBranchAt+1, 0xfe, 1, 0, 0, 2), ErrTooLarge},
		"count of branch above what is there":  {slices.Replace(slices.Clone(good), chainBranchAt, chainBranchAt+1, 0xfd, 0, 1), ErrTruncated},
		"coinbase of unknown flags":            {mustHex(t, txVersion+"0008"+oneInput+oneOutput+txLockTime), ErrTxFlags},
	} {
		if _, rest, err := Parse(test.raw); !errors.Is(err, test.want) || rest != nil {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}
