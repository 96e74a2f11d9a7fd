package job

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// TestSolveKeepsARootOnlyForItsOwnCoinbase holds a scratch that was used before
// to what a fresh one says.
func TestSolveKeepsARootOnlyForItsOwnCoinbase(t *testing.T) {
	spec, tmpl := mustSpec(t, 1), testTemplate(t, 7)
	a := mustBuild(t, spec, Input{ID: 1, Template: tmpl})
	b := mustBuild(t, spec, Input{ID: 2, Template: tmpl})
	va, vb, other := mustVariant(t, a, poolPayee), mustVariant(t, b, poolPayee), mustVariant(t, a, NewPayee("other", []byte{0x51}))
	base := testNonces()
	with := func(change func(*Nonces)) *Nonces {
		n := *base
		n.Extranonce = slices.Clone(base.Extranonce)
		change(&n)
		return &n
	}
	var used Scratch
	for _, c := range []struct {
		name string
		j    *Job
		v    *Variant
		n    *Nonces
	}{
		{"first", a, va, base},
		{"nonce", a, va, with(func(n *Nonces) { n.Nonce++ })},
		{"time", a, va, with(func(n *Nonces) { n.NTime++ })},
		{"version", a, va, with(func(n *Nonces) { n.VersionBits ^= 0x2000 })},
		{"last byte of the extranonce", a, va, with(func(n *Nonces) { n.Extranonce[11]++ })},
		{"first byte of the extranonce", a, va, with(func(n *Nonces) { n.Extranonce[0]++ })},
		{"payee", a, other, base},
		{"job", b, vb, base},
		{"the first job again", a, va, base},
	} {
		var fresh Scratch
		c.j.Solve(&fresh, c.v, c.n)
		c.j.Solve(&used, c.v, c.n)
		if used.Hash != fresh.Hash || string(used.Header()) != string(fresh.Header()) {
			t.Errorf("%s: a used scratch gives %x, a fresh one %x", c.name, used.Hash, fresh.Hash)
		}
	}
}

func BenchmarkSolve12Branch(b *testing.B) {
	for _, name := range []string{"extranonce=new", "extranonce=kept"} {
		b.Run(name, func(b *testing.B) {
			j := mustBuild(b, mustSpec(b, 1), Input{Template: testTemplate(b, 4000), Aux: []Work{{0, auxWork(1, "a")}}})
			if len(j.Branch()) != 12 {
				b.Fatalf("branch of %d steps, want 12", len(j.Branch()))
			}
			v, n := mustVariant(b, j, poolPayee), testNonces()
			roll := name == "extranonce=new"
			var s Scratch
			b.ReportAllocs()
			for b.Loop() {
				n.Nonce++
				if roll {
					binary.LittleEndian.PutUint64(n.Extranonce[4:], n.Nonce)
				}
				j.Solve(&s, v, n)
			}
		})
	}
}

// A coin that hashes for itself gives the engine no algorithm: all but the hash
// is the same.
func TestPrepareNeedsNoAlgorithm(t *testing.T) {
	known, foreign := mustSpec(t, 1), mustSpec(t, 1)
	foreign.Algorithm = nil
	in := Input{ID: 7, Template: testTemplate(t, 3), Aux: []Work{{0, auxWork(1, "a")}}, Now: testNow}
	a, b := mustBuild(t, known, in), mustBuild(t, foreign, in)
	va, vb := mustVariant(t, a, poolPayee), mustVariant(t, b, poolPayee)
	var sa, sb Scratch
	a.Solve(&sa, va, testNonces())
	b.Prepare(&sb, vb, testNonces())
	if !bytes.Equal(sa.Header(), sb.Header()) || len(sb.Header()) != headerSize {
		t.Errorf("prepared %x, solved %x", sb.Header(), sa.Header())
	}
	if sb.Hash != ([32]byte{}) || b.HashParam() != nil {
		t.Errorf("hash %x, parameter %x, want none", sb.Hash, b.HashParam())
	}
	want, got := a.Block(va, testNonces(), nil), b.Block(vb, testNonces(), nil)
	if got.Hash != want.Hash || !bytes.Equal(got.Raw, want.Raw) {
		t.Errorf("block %s, want %s", got.Hash, want.Hash)
	}
	if _, err := b.Proof(0, vb, testNonces()); err != nil {
		t.Errorf("proof: %v", err)
	}
}
