package algos_test

import (
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
	oracle "golang.org/x/crypto/scrypt"
)

func BenchmarkSum(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"sha256d", 80}, {"scrypt", 80}, {"sha3x", 41}} {
		a, header, hash := mustAlgorithm(b, c.name), make([]byte, c.size), new([32]byte)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				header[0]++
				a.Sum(hash, header, nil)
			}
		})
	}
}

// BenchmarkScryptOracle is what our own scrypt is measured by.
func BenchmarkScryptOracle(b *testing.B) {
	header := make([]byte, 80)
	b.ReportAllocs()
	for b.Loop() {
		header[0]++
		if _, err := oracle.Key(header, header, 1024, 1, 1, 32); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDoubleSHA256 hashes a merkle node and a coinbase.
func BenchmarkDoubleSHA256(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"64", 64}, {"300", 300}} {
		data, hash := make([]byte, c.size), new([32]byte)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				algos.DoubleSHA256(hash, data)
			}
		})
	}
}

// Results go here, so that the compiler cannot leave out what makes them.
var (
	sinkBool   bool
	sinkFloat  float64
	sinkTarget algos.Target
	sinkBits   uint32
)

func BenchmarkTarget(b *testing.B) {
	hash := &[32]byte{27: 0x12, 26: 0x34, 3: 5}
	target := algos.DiffOneBitcoin
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"Meets", func() { sinkBool = target.Meets(hash) }},
		{"HashDifficulty", func() { sinkFloat = algos.HashDifficulty(hash, target) }},
		{"HashDifficulty64", func() { _, _ = algos.HashDifficulty64(hash) }},
		{"Difficulty", func() { sinkFloat = target.Difficulty(algos.DiffOneBitcoin) }},
		{"FromDifficulty", func() { sinkTarget, _ = algos.FromDifficulty(12345.678, target) }},
		{"FromBits", func() { sinkTarget, _ = algos.FromBits(0x1a44b9f2) }},
		{"Bits", func() { sinkBits = target.Bits() }},
		{"Work", func() { sinkFloat = target.Work() }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.run()
			}
		})
	}
}
