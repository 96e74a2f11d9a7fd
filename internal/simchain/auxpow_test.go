package simchain

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// realBlock is an entry of auxpow-blocks.json and selfbuilt-blocks.json.
type realBlock struct {
	Name, Chain, Algo, Hash, Hex   string
	ChainID                        uint16
	Strict, IndexZero, NoAuxParent bool
	HeaderOnly                     bool
	Template                       *template
}

func (b realBlock) rules() Rules {
	return Rules{
		Algorithm: Algorithm(b.Algo), ChainID: b.ChainID, Strict: b.Strict,
		IndexZero: b.IndexZero, NoAuxParent: b.NoAuxParent,
	}
}

func realBlocks(t testing.TB) []realBlock {
	return append(load[realBlock](t, "auxpow-blocks.json"), load[realBlock](t, "selfbuilt-blocks.json")...)
}

// TestRealBlocks reads every recorded block, writes it again byte for byte and
// tests its work.
func TestRealBlocks(t *testing.T) {
	for _, v := range realBlocks(t) {
		t.Run(v.Name, func(t *testing.T) {
			raw := unhex(t, v.Hex)
			if err := VerifyHeader(v.rules(), raw); err != nil {
				t.Fatalf("work refused: %v", err)
			}
			if v.HeaderOnly {
				r := &reader{rest: raw}
				b := readBlockHeader(r, true)
				if r.err != nil || len(r.rest) > 0 {
					t.Fatalf("read: %v, %d bytes left", r.err, len(r.rest))
				}
				checkRead(t, v, b, b.encodeHeader(), raw)
				return
			}
			b, err := parseBlock(raw, true)
			if err != nil {
				t.Fatal(err)
			}
			checkRead(t, v, b, b.encode(), raw)
			// The vectors without transactions end behind an empty list.
			if root, _ := b.txRoot(); len(b.txs) > 0 && root != b.root {
				t.Errorf("merkle root: got %s, want %s", root, b.root)
			}
		})
	}
}

func checkRead(t *testing.T, v realBlock, b *block, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("written again: got %d bytes, want %d, first difference at %d",
			len(got), len(want), firstDifference(got, want))
	}
	if v.Hash != "" && b.id.String() != v.Hash {
		t.Errorf("hash: got %s, want %s", b.id, v.Hash)
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestRealBlocksOtherRules changes one thing about the chain or the block, and
// the work must not count any more.
func TestRealBlocksOtherRules(t *testing.T) {
	for _, v := range realBlocks(t) {
		r := &reader{rest: unhex(t, v.Hex)}
		b := readBlockHeader(r, true)
		if b.aux == nil {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			rules := v.rules()
			if rules.Strict {
				rules.ChainID++
				if err := rules.verifyWork(b, true); !errors.Is(err, RuleOwnChainID) {
					t.Errorf("other chain id: got %v, want %v", err, RuleOwnChainID)
				}
				rules.ChainID--
			}
			moved := *b
			moved.time++
			moved.seal()
			if err := rules.verifyWork(&moved, true); !errors.Is(err, RuleRootMissing) {
				t.Errorf("other block: got %v, want %v", err, RuleRootMissing)
			}
			harder := *b
			harder.bits = 0x03000001
			harder.seal()
			if err := rules.verifyAuxPow(b.id, b.chainID(), harder.bits, b.aux); !errors.Is(err, RuleWork) {
				t.Errorf("harder target: got %v, want %v", err, RuleWork)
			}
		})
	}
}

func TestRealProofs(t *testing.T) {
	type entry struct {
		Name, AuxHash, Hex, Algo, Bits string
		ChainID                        uint16
		Strict, IndexZero              bool
	}
	for _, v := range load[entry](t, "auxpow-proofs.json") {
		t.Run(v.Name, func(t *testing.T) {
			rules := Rules{Algorithm: Algorithm(v.Algo), ChainID: v.ChainID, Strict: v.Strict, IndexZero: v.IndexZero}
			raw := unhex(t, v.Hex)
			if err := VerifyProof(rules, mustHash(t, v.AuxHash), bitsOf(t, v.Bits), raw); err != nil {
				t.Error(err)
			}
			p, err := parseProof(raw)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.encode(); !bytes.Equal(got, raw) {
				t.Errorf("written again: first difference at %d", firstDifference(got, raw))
			}
		})
	}
}

func TestWorkAboveTarget(t *testing.T) {
	aux := doubleSHA256([]byte("an aux block"))
	f := &forge{version: 0x20000000, script: slices.Concat([]byte{0x51, 44}, commit(aux, 1, 7))}
	p := f.solve(t, SHA256d, easiestBits, false)
	if err := VerifyProof(NamecoinRules(1), aux, easiestBits, p.encode()); !errors.Is(err, RuleWork) {
		t.Errorf("got %v, want %v", err, RuleWork)
	}
}

func TestProofWithoutInput(t *testing.T) {
	aux := doubleSHA256([]byte("an aux block"))
	p := prove(t, SHA256d, aux, 1, easiestBits, 0, nil)
	p.coinbase.in, p.branch = nil, nil
	p.coinbase.rehash()
	p.parent.root = p.coinbase.id
	if err := NamecoinRules(1).verifyAuxPow(aux, 1, easiestBits, p); !errors.Is(err, RuleNoInput) {
		t.Errorf("got %v, want %v", err, RuleNoInput)
	}
}

// TestAnnouncement: the version and the presence of a proof must agree.
func TestAnnouncement(t *testing.T) {
	p := prove(t, SHA256d, Hash{}, 1, easiestBits, 0, nil)
	for _, c := range []struct {
		name  string
		block block
		want  error
	}{
		{"announced and missing", block{header: header{version: 1<<16 | 0x104, bits: easiestBits}}, RuleNoProof},
		{"there and not announced", block{header: header{version: 1<<16 | 4, bits: easiestBits}, aux: p}, RuleNotAnnounced},
	} {
		if err := NamecoinRules(1).verifyWork(&c.block, true); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestProofCutAnywhere(t *testing.T) {
	aux := doubleSHA256([]byte("an aux block"))
	raw := prove(t, SHA256d, aux, 1, easiestBits, 2, nil).encode()
	for n := range raw {
		if err := VerifyProof(NamecoinRules(1), aux, easiestBits, raw[:n]); err == nil {
			t.Fatalf("taken with %d of %d bytes", n, len(raw))
		}
	}
	if err := VerifyProof(NamecoinRules(1), aux, easiestBits, append(raw, 0)); err != nil {
		t.Errorf("one byte behind it: %v", err)
	}
}

// TestSlots holds positions that stand in blocks of real chains.
func TestSlots(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range realBlocks(t) {
		r := &reader{rest: unhex(t, v.Hex)}
		if b := readBlockHeader(r, true); b.aux != nil {
			seen[fmt.Sprintf("%d in 2^%d", b.aux.chainIndex, len(b.aux.chainBranch))] = true
		}
	}
	if len(seen) < 5 {
		t.Errorf("the vectors hold only the slots %v", seen)
	}
	// Two ids share a slot in a tree of 2^h if they are equal modulo 2^h, for
	// every nonce, and only then.
	for nonce := range uint32(50) {
		for a := range int32(40) {
			for b := range int32(40) {
				same := slot(nonce*77777, a, 4) == slot(nonce*77777, b, 4)
				if same != (a%16 == b%16) {
					t.Fatalf("ids %d and %d, nonce %d: same slot is %v", a, b, nonce*77777, same)
				}
			}
		}
	}
}
