package simchain

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// TestSpoiltProofs breaks one thing of a good proof and wants the rule named.
func TestSpoiltProofs(t *testing.T) {
	aux := doubleSHA256([]byte("an aux block"))
	const bits, height = easiestBits, 3
	root := func(f *forge) Hash { return foldBranch(aux, f.p.chainBranch, f.p.chainIndex) }
	at := func(f *forge) []byte { return f.script[6:38] } // the root in the script
	cases := []struct {
		name       string
		nmc, doge  error
		spoil      func(*forge)
		chainID    uint16
		after      func(*proof)
		magicRules error // with MagicRequired; nil: as nmc
	}{
		{name: "nothing wrong"},
		{name: "root in wire order", nmc: RuleRootMissing, doge: RuleRootMissing, spoil: func(f *forge) { slices.Reverse(at(f)) }},
		{name: "another root", nmc: RuleRootMissing, doge: RuleRootMissing, spoil: func(f *forge) { at(f)[5]++ }},
		{name: "tree size doubled", nmc: RuleTreeSize, doge: RuleTreeSize, spoil: func(f *forge) { f.script[38] *= 2 }},
		{name: "tree size halved", nmc: RuleTreeSize, doge: RuleTreeSize, spoil: func(f *forge) { f.script[38] /= 2 }},
		{name: "tree size big-endian", nmc: RuleTreeSize, doge: RuleTreeSize, spoil: func(f *forge) { slices.Reverse(f.script[38:42]) }},
		{name: "another nonce", nmc: RuleSlot, doge: RuleSlot, spoil: func(f *forge) { f.script[42]++ }},
		{name: "neighbouring slot", nmc: RuleSlot, doge: RuleSlot, spoil: func(f *forge) {
			f.p.chainIndex ^= 1
			f.script = slices.Concat([]byte{0x51, 44}, commit(root(f), 1<<height, 7))
		}},
		{name: "index of another slot only", nmc: RuleRootMissing, doge: RuleRootMissing, after: func(p *proof) { p.chainIndex ^= 1 }},
		{name: "slot plus tree size", nmc: RuleSlot, doge: RuleSlot, after: func(p *proof) { p.chainIndex += 1 << height }},
		{name: "index minus one", nmc: RuleRootMissing, doge: RuleRootMissing, after: func(p *proof) { p.chainIndex = -1 }},
		{name: "branch step swapped", nmc: RuleRootMissing, doge: RuleRootMissing, after: func(p *proof) {
			p.chainBranch[0], p.chainBranch[1] = p.chainBranch[1], p.chainBranch[0]
		}},
		{name: "branch one short", nmc: RuleRootMissing, doge: RuleRootMissing, after: func(p *proof) { p.chainBranch = p.chainBranch[1:] }},
		{name: "coinbase index 1", doge: RuleCoinbaseIndex, after: func(p *proof) { p.index = 1 }},
		{name: "another coinbase branch", nmc: RuleParentRoot, doge: RuleParentRoot, after: func(p *proof) { p.branch[0][3]++ }},
		{name: "coinbase changed", nmc: RuleParentRoot, doge: RuleParentRoot, after: func(p *proof) { p.coinbase.version++; p.coinbase.rehash() }},
		{name: "parent hash of ones", after: func(p *proof) { p.parentHash = Hash(bytes.Repeat([]byte{1}, 32)) }},
		{name: "two magics", nmc: RuleTwoMagics, doge: RuleTwoMagics, spoil: func(f *forge) { f.script = append(f.script, magic...) }},
		{name: "second magic before", nmc: RuleTwoMagics, doge: RuleTwoMagics, spoil: func(f *forge) { f.script = slices.Concat(magic, f.script) }},
		{name: "byte between magic and root", nmc: RuleMagicPosition, doge: RuleMagicPosition, spoil: func(f *forge) {
			f.script = slices.Insert(f.script, 6, 0)
		}},
		{name: "root earlier as well", nmc: RuleMagicPosition, doge: RuleMagicPosition, spoil: func(f *forge) {
			f.script = slices.Concat(at(f), f.script)
		}},
		{name: "root later as well", spoil: func(f *forge) { f.script = append(f.script, at(f)...) }},
		{name: "late magic", spoil: func(f *forge) { f.script = append(make([]byte, 45), f.script...) }},
		{name: "no magic, root at 20", magicRules: RuleMagicRequired, spoil: func(f *forge) {
			f.script = append(make([]byte, 20), f.script[6:]...)
		}},
		{name: "no magic, root at 21", nmc: RuleRootPosition, doge: RuleRootPosition, magicRules: RuleMagicRequired, spoil: func(f *forge) {
			f.script = append(make([]byte, 21), f.script[6:]...)
		}},
		{name: "seven bytes behind the root", nmc: RuleSizeNonceShort, doge: RuleSizeNonceShort, spoil: func(f *forge) { f.script = f.script[:45] }},
		{name: "eight bytes behind the root", spoil: func(f *forge) { f.script = f.script[:46] }},
		{name: "script of 128 bytes", spoil: func(f *forge) { f.script = append(f.script, make([]byte, 128-len(f.script))...) }},
		{name: "branch of 31", nmc: RuleBranchLength, doge: RuleBranchLength, spoil: func(f *forge) {
			for len(f.p.chainBranch) < 31 {
				f.p.chainBranch = append(f.p.chainBranch, Hash{})
			}
			f.script = slices.Concat([]byte{0x51, 44}, commit(root(f), 1<<31, 7))
		}},
		{name: "branch of 30", spoil: func(f *forge) {
			for len(f.p.chainBranch) < 30 {
				f.p.chainBranch = append(f.p.chainBranch, Hash{})
			}
			f.p.chainIndex = slot(7, 98, 30)
			f.script = slices.Concat([]byte{0x51, 44}, commit(root(f), 1<<30, 7))
		}},
		{name: "merge-mined parent", nmc: RuleParentAux, spoil: func(f *forge) { f.version = 0x20000100 }},
		{name: "parent of our chain", nmc: RuleParentChainID, doge: RuleParentChainID, spoil: func(f *forge) { f.version = 98<<16 | 4 }},
		{name: "parent rolled", spoil: func(f *forge) { f.version = 0x3fffe000 }},
		{name: "parent rolled into our id", chainID: 0x2024, nmc: RuleParentChainID, doge: RuleParentChainID, spoil: func(f *forge) {
			f.version = 0x20240000
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id := uint16(98)
			if c.chainID != 0 {
				id = c.chainID
			}
			p := prove(t, SHA256d, aux, id, bits, height, c.spoil)
			if c.after != nil {
				c.after(p)
			}
			doge := DogecoinRules(id)
			doge.Algorithm = SHA256d
			strict, loose := NamecoinRules(id), NamecoinRules(id)
			strict.MagicRequired, loose.Strict = true, false
			for _, x := range []struct {
				name  string
				rules Rules
				want  error
			}{{"namecoin", NamecoinRules(id), c.nmc}, {"dogecoin", doge, c.doge}} {
				if got := VerifyProof(x.rules, aux, bits, p.encode()); !errors.Is(got, x.want) {
					t.Errorf("%s: got %v, want %v", x.name, got, x.want)
				}
			}
			wanted := c.magicRules
			if wanted == nil {
				wanted = c.nmc
			}
			if got := VerifyProof(strict, aux, bits, p.encode()); !errors.Is(got, wanted) {
				t.Errorf("magic required: got %v, want %v", got, wanted)
			}
			if wanted = c.nmc; wanted == RuleParentChainID {
				wanted = nil
			}
			if got := VerifyProof(loose, aux, bits, p.encode()); !errors.Is(got, wanted) {
				t.Errorf("not strict: got %v, want %v", got, wanted)
			}
		})
	}
}
