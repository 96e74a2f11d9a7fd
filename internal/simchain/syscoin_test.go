package simchain

import (
	"slices"
	"testing"
)

// syscoinProof solves aux work of a Syscoin chain, the parent carrying outputs
// of these scripts and standing on prev.
func syscoinProof(t *testing.T, n *Node, w auxWork, prev Hash, scripts ...[]byte) string {
	t.Helper()
	p := prove(t, n.cfg.Algorithm, mustHash(t, w.Hash), n.cfg.ChainID, bitsOf(t, w.Bits), 2, func(f *forge) {
		f.prev = prev
		for _, s := range scripts {
			f.more = append(f.more, txOut{script: s})
		}
	})
	return encodeHex(p.encode())
}

func TestSyscoinWantsItsOutputInTheParent(t *testing.T) {
	n := start(t, Config{ChainID: 16, Dialect: Syscoin})
	n.Jump(27)
	w, _, _ := auxOf(t, n)
	script := unhex(t, w.ParentScript)
	named := n.chain.best[20]
	if want := slices.Concat([]byte{0x6a, 39}, []byte("sys"), named.hash[:], []byte{20, 0, 0, 0}); !slices.Equal(script, want) {
		t.Fatalf("script: got %x, want %x, of block 20", script, want)
	}
	if w.TargetUnder == "" || w.ParentPrev != "" || w.Height != 28 {
		t.Errorf("work: got %+v", w)
	}
	other := slices.Clone(script)
	other[10] ^= 1
	for _, tt := range []struct {
		name    string
		scripts [][]byte
		reason  Reject
	}{
		{"none", nil, TagMissing},
		{"another block", [][]byte{other}, TagBad},
		{"twice", [][]byte{script, script}, TagTwice},
		{"not spendable, other data too", [][]byte{{0x6a, 1, 7}, script}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok := want[bool](t, n, "submitauxblock", w.Hash, syscoinProof(t, n, w, Hash{}, tt.scripts...))
			if got := last(t, n).Reason; ok != (tt.reason == "") || got != string(tt.reason) {
				t.Errorf("got %v, %q, want %q", ok, got, tt.reason)
			}
		})
	}
	if n.Height() != 28 {
		t.Errorf("height: got %d, want 28", n.Height())
	}
}

func TestSyscoinCommitsToTheParentsPreviousBlock(t *testing.T) {
	n := start(t, Config{ChainID: 16, Dialect: Syscoin, ParentEvery: 2})
	one, two := Hash{1}, Hash{2}
	create := func(params ...any) auxWork {
		return want[auxWork](t, n, "createauxblock", append([]any{testAddress}, params...)...)
	}
	if w := create(one.String()); w.ParentPrev != "" || w.Height != 1 {
		t.Fatalf("height 1: got %+v, want no commitment", w)
	}
	n.Jump(1)
	if got := wantFault(t, n, codeParameter, "createauxblock", testAddress); got.Message != "btcprevhash is required at this height" {
		t.Errorf("message: got %q", got.Message)
	}
	first, again, second := create(one.String()), create(one.String()), create(two.String())
	if first != again || first.Hash == second.Hash || first.ParentPrev != one.String() || second.ParentPrev != two.String() {
		t.Fatalf("work: got %+v, %+v, %+v", first, again, second)
	}
	script := unhex(t, first.ParentScript)

	// The wrong parent spoils the block for ever; the other is still good.
	if want[bool](t, n, "submitauxblock", second.Hash, syscoinProof(t, n, second, one, script)) || last(t, n).Reason != string(PrevMismatch) {
		t.Errorf("parent on another block: got %+v, want %q", last(t, n), PrevMismatch)
	}
	if want[bool](t, n, "submitauxblock", second.Hash, syscoinProof(t, n, second, two, script)) {
		t.Error("a block that was given with the wrong proof is taken")
	}
	if !want[bool](t, n, "submitauxblock", first.Hash, syscoinProof(t, n, first, one, script)) || n.Height() != 2 {
		t.Errorf("good proof: got %+v", last(t, n))
	}
	wantFault(t, n, codeMethod, "getauxblock")
}

func TestSyscoinKnowsItsParentItself(t *testing.T) {
	n := start(t, Config{ChainID: 16, Dialect: Syscoin, ParentEvery: 1, ParentTip: Hash{7}})
	if w := want[auxWork](t, n, "createauxblock", testAddress); w.ParentPrev != (Hash{7}).String() {
		t.Errorf("got %+v, want the node's own", w)
	}
}

func TestSyscoinReadsAParentsIDOnlyWithItsFlag(t *testing.T) {
	rules := (&Config{ChainID: 16, Dialect: Syscoin, PowLimit: easiestBits, Algorithm: SHA256d}).rules()
	for _, tt := range []struct {
		name    string
		version uint32
		refused bool
	}{
		{"bitcoin's", 0x20000000, false},
		{"the id without the flag", 0x20100000, false},
		{"another id with the flag", 0x20110100, false},
		{"the id with the flag", 0x20100100, true},
		{"the former id with the flag", 0x10000100, true},
		{"no id with the flag", 0x20000100, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := prove(t, SHA256d, Hash{1}, 16, easiestBits, 1, func(f *forge) { f.version = tt.version })
			want := error(nil)
			if tt.refused {
				want = RuleParentChainID
			}
			if got := VerifyProof(rules, Hash{1}, easiestBits, p.encode()); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
