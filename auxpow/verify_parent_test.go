package auxpow

import (
	"testing"
)

func TestVerifyCoinbase(t *testing.T) {
	second := func(f *forge) { f.txIndex = 1 }
	runRuleTests(t, []ruleTest{
		{name: "index 1, proved as first, Namecoin ignores it", want: nil, spoil: func(f *forge) {
			p := f.proof()
			root := [32]byte(p.ParentHeader[headerMerkleRoot:headerMerkleRootEnd])
			f.root, f.txIndex = &root, 1
		}},
		{name: "index 1, proved as first, Dogecoin family", rules: dogecoinRules, want: RuleCoinbaseIndex, spoil: func(f *forge) {
			p := f.proof()
			root := [32]byte(p.ParentHeader[headerMerkleRoot:headerMerkleRootEnd])
			f.root, f.txIndex = &root, 1
		}},
		{name: "really the second transaction, Namecoin", want: RuleMerkleRoot, spoil: second},
		{name: "really the second transaction, Dogecoin family", rules: dogecoinRules, want: RuleCoinbaseIndex, spoil: second},
		{name: "no input", want: RuleNoInput, spoil: func(f *forge) { f.inputs = 0 }},
		{name: "a second input beside the one that commits", want: nil, spoil: func(f *forge) { f.inputs = 2 }},
		{name: "the second input commits", want: RuleRootMissing, spoil: func(f *forge) {
			f.inputs, f.second, f.script = 2, f.script, heightPush
		}},
		{name: "magic in the second input too", want: nil, spoil: func(f *forge) {
			f.inputs, f.second = 2, f.script
		}},
		{name: "merkle root of another block", want: RuleMerkleRoot, spoil: func(f *forge) {
			root := fill(0x77)
			f.root = &root
		}},
		{name: "foreign hash in the coinbase branch", want: RuleMerkleRoot, spoil: func(f *forge) {
			p := f.proof()
			root := [32]byte(p.ParentHeader[headerMerkleRoot:headerMerkleRootEnd])
			f.root = &root
			f.txBranch = [][32]byte{fill(0x31), fill(0x33)}
		}},
		{name: "coinbase alone in its block", want: nil, spoil: func(f *forge) { f.txBranch = nil }},
		{name: "coinbase with witness", want: nil, spoil: func(f *forge) { f.witness = true }},
		{name: "coinbase with witness, Dogecoin family", rules: dogecoinRules, want: nil, spoil: func(f *forge) { f.witness = true }},
		{name: "bytes after the coinbase", want: RuleCoinbaseMalformed, spoil: func(f *forge) {
			f.coinbase = func(tx []byte) []byte { return append(tx, 0) }
		}},
		{name: "coinbase cut off", want: RuleCoinbaseMalformed, spoil: func(f *forge) {
			f.coinbase = func(tx []byte) []byte { return tx[:len(tx)-1] }
		}},
		{name: "no coinbase", want: RuleCoinbaseMalformed, spoil: func(f *forge) {
			f.coinbase = func([]byte) []byte { return nil }
		}},
	})
}

// The txid that counts does not cover the witness, so one header serves the
// full and the stripped coinbase.
func TestVerifyStrippedAndFullCoinbaseAlike(t *testing.T) {
	f := newForge(t, 1, 6)
	f.witness = true
	p := f.proof()
	stripped, err := Strip(p.Coinbase)
	if err != nil {
		t.Fatal(err)
	}
	if len(stripped) != len(p.Coinbase)-36 {
		t.Fatalf("stripped %d of 36 bytes", len(p.Coinbase)-len(stripped))
	}
	p.Coinbase = stripped
	if err := Verify(&p, f.auxHash, namecoinRules(1)); err != nil {
		t.Error(err)
	}
}

func TestVerifyParent(t *testing.T) {
	version := func(v uint32) func(*forge) {
		return func(f *forge) { f.version = v }
	}
	fractal := []uint32{0x2024, 1}
	runRuleTests(t, []ruleTest{
		{name: "parent with own id, Namecoin", want: RuleParentOwnID, spoil: version(0x00010004)},
		{name: "parent with own id, Dogecoin family", ids: scryptSet, rules: dogecoinRules, want: RuleParentOwnID, spoil: version(0x00620004)},
		{name: "parent with own id, not strict", rules: func(id uint32) Rules { return Rules{ChainID: id} }, want: nil, spoil: version(0x00010004)},
		{name: "parent with bit 8, Namecoin", want: RuleParentIsAux, spoil: version(0x00620104)},
		{name: "parent with bit 8, Dogecoin family", ids: scryptSet, rules: dogecoinRules, want: nil, spoil: version(0x003f0104)},
		{name: "parent rolled in bits 13 to 28", want: nil, spoil: version(0x3fffe000)},
		{name: "parent rolled onto the id", ids: fractal, want: RuleParentOwnID, spoil: version(0x20240000)},
		{name: "parent rolled onto the id, low bits too", ids: fractal, want: RuleParentOwnID, spoil: version(0x2024e000)},
		{name: "parent rolled beside the id", ids: fractal, want: nil, spoil: version(0x20260000)},
		{name: "parent rolled with BIP 323 onto bit 8", want: RuleParentIsAux, spoil: version(0x20000120)},
	})
}

func TestVerifyIgnoresParentHash(t *testing.T) {
	f := newForge(t, scryptSet...)
	for _, hash := range [][32]byte{{}, fill(0xff)} {
		p := f.proof()
		p.ParentHash = hash
		for _, rules := range []Rules{namecoinRules(98), dogecoinRules(98), syscoinRules(98)} {
			if err := Verify(&p, f.auxHash, rules); err != nil {
				t.Errorf("parent hash %x: %v", hash[:2], err)
			}
		}
	}
}
