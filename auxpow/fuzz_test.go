package auxpow

import (
	"bytes"
	"testing"
)

// addSeeds gives a fuzz target every proof of testdata, and a transaction of
// each form.
func addSeeds(f *testing.F) {
	f.Helper()
	for _, v := range mustLoad[verdictVector](f, "proof-verdicts.json") {
		f.Add(mustHex(f, v.Proof))
	}
	for _, v := range mustLoad[blockVector](f, "auxpow-proofs.json") {
		f.Add(mustHex(f, v.Hex))
	}
	for _, v := range mustLoad[recordedVector](f, "recorded.json") {
		f.Add(mustHex(f, v.AuxPow))
		f.Add(mustHex(f, v.Block)[HeaderSize+1:])
	}
	f.Add(mustHex(f, txVersion+oneInput+oneOutput+txLockTime))
	f.Add(mustHex(f, txVersion+"0001"+oneInput+oneOutput+oneItem+txLockTime))
	f.Add(mustHex(f, txVersion+"0000"+txLockTime))
}

// FuzzParse reads anything; what it takes is written with the same bytes, and
// judged without a panic.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, rest, err := Parse(b)
		if err != nil {
			if rest != nil || p.Coinbase != nil {
				t.Fatalf("a part is returned beside %v", err)
			}
			return
		}
		if got := append(p.Append(nil), rest...); !bytes.Equal(got, b) {
			t.Fatalf("written as %x, read as %x", got, b)
		}
		for _, rules := range []Rules{{}, namecoinRules(1), dogecoinRules(63), syscoinRules(16)} {
			_ = Verify(&p, fill(1), rules)
		}
		_ = p.VerifyWork(headerBits(p.ParentHeader[:]), func(h *[HeaderSize]byte) [32]byte { return DoubleHash(h[:]) })
	})
}

// FuzzStrip strips anything; a stripped coinbase has the id of the full one
// and is not changed by stripping it again.
func FuzzStrip(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		// What a proof starts with is a transaction, which as a whole b is not.
		if tx, err := scanTransaction(b); err == nil {
			b = tx.raw
		}
		stripped, err := Strip(b)
		if err != nil {
			return
		}
		again, err := Strip(stripped)
		if err != nil || !bytes.Equal(again, stripped) {
			t.Fatalf("stripped %x, then %x: %v", stripped, again, err)
		}
		full, err := TxID(b)
		if err != nil || full != DoubleHash(stripped) {
			t.Fatalf("id %x, stripped %x: %v", full, DoubleHash(stripped), err)
		}
		if len(stripped) > len(b) {
			t.Fatalf("%d bytes out of %d", len(stripped), len(b))
		}
	})
}

// FuzzScript judges sound proofs whose script was replaced: the verdict on any
// script must agree with a plain reading of the rules.
func FuzzScript(f *testing.F) {
	base := newForge(f, 1, 6)
	sound := base.script
	root := sound[8:40]
	f.Add(sound, uint8(0))
	f.Add(append(bytes.Clone(sound), magic[:]...), uint8(7))
	f.Add(bytes.Clone(root), uint8(20))
	f.Add(append(bytes.Clone(root), 2, 0, 0, 0, 0, 0, 0, 0), uint8(21))
	f.Fuzz(func(t *testing.T, script []byte, pad uint8) {
		script = append(make([]byte, pad), script...)
		forged := *base
		forged.script = script
		p := forged.proof()
		got := Verify(&p, forged.auxHash, namecoinRules(1)) == nil
		if want := plainVerdict(script, root); got != want {
			t.Fatalf("script %x: taken = %v, want %v", script, got, want)
		}
	})
}

// plainVerdict reads the rules for a script in a tree of 2 of chain 1 with
// nothing but loops over offsets.
func plainVerdict(script, root []byte) bool {
	rootAt, magics, magicAt := -1, 0, -1
	for i := range script {
		if rootAt < 0 && bytes.HasPrefix(script[i:], root) {
			rootAt = i
		}
		if bytes.HasPrefix(script[i:], []byte{0xfa, 0xbe, 0x6d, 0x6d}) {
			magics++
			magicAt = i
		}
	}
	if rootAt < 0 || magics > 1 {
		return false
	}
	if magics == 1 && magicAt+4 != rootAt || magics == 0 && rootAt > 20 {
		return false
	}
	behind := script[rootAt+32:]
	if len(behind) < 8 || !bytes.Equal(behind[:4], []byte{2, 0, 0, 0}) {
		return false
	}
	// Of two slots chain 1 has the second exactly when the nonce is even: the
	// formula's constants are odd, so modulo 2 it is nonce + 1.
	return behind[4]%2 == 0
}
