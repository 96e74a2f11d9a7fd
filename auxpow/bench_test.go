package auxpow

import "testing"

func BenchmarkSlot(b *testing.B) {
	for b.Loop() {
		_ = Slot(0, 1224, 5)
	}
}

func BenchmarkPlanFiveChains(b *testing.B) {
	ids := []uint32{1, 6, 16, 1224, 1829}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Plan(ids); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildFiveChains(b *testing.B) {
	ids := []uint32{1, 6, 16, 1224, 1829}
	tree, leaves := mustPlan(b, ids...), leavesFor(ids)
	b.ReportAllocs()
	for b.Loop() {
		built, err := tree.Build(leaves)
		if err != nil {
			b.Fatal(err)
		}
		_ = built.Commitment()
	}
}

func BenchmarkCheckParentVersion(b *testing.B) {
	rules := namecoinRules(0x2024)
	b.ReportAllocs()
	for b.Loop() {
		_ = CheckParentVersion(bitcoinVersion, rules)
	}
}

// A proof as a large parent gives it: 12 hashes to its merkle root, five to
// the tree's.
func BenchmarkVerify(b *testing.B) {
	f := newForge(b, sha256dSet...)
	f.txBranch = make([][32]byte, 12)
	p, rules := f.proof(), namecoinRules(1)
	b.ReportAllocs()
	for b.Loop() {
		if err := Verify(&p, f.auxHash, rules); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	f := newForge(b, sha256dSet...)
	f.txBranch = make([][32]byte, 12)
	p := f.proof()
	raw := p.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
