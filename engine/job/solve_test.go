package job

import (
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
