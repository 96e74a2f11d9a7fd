package algos_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
)

// mustLanes makes the Lanes of an algorithm that has some.
func mustLanes(t testing.TB, name string) algos.Lanes {
	t.Helper()
	l, ok := algos.NewLanes(mustAlgorithm(t, name))
	if !ok || !algos.Slow(mustAlgorithm(t, name)) {
		t.Fatalf("%s has no lanes", name)
	}
	return l
}

// TestLanesOracle hashes one to as many headers as fit at a time, of every
// length in turn, in one memory, and compares with golang.org/x/crypto.
func TestLanesOracle(t *testing.T) {
	l := mustLanes(t, "scrypt")
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 24 {
		n := 1 + round%l.Width()
		headers, dst := make([][]byte, n), make([]*[32]byte, n)
		for i := range n {
			headers[i] = make([]byte, []int{80, 80, 80, 0, 64, 65, 1000, 133}[rng.IntN(8)])
			for k := range headers[i] {
				headers[i][k] = byte(rng.Uint32())
			}
			dst[i] = new([32]byte)
		}
		before := make([][]byte, n)
		for i := range n {
			before[i] = bytes.Clone(headers[i])
		}
		l.Sum(dst, headers)
		for i := range n {
			if want := oracleScrypt(t, before[i]); *dst[i] != want {
				t.Fatalf("round %d, header %d of %d, %d bytes: got %x, want %x", round, i, n, len(headers[i]), *dst[i], want)
			}
			if !bytes.Equal(headers[i], before[i]) {
				t.Fatalf("header %d was changed", i)
			}
		}
	}
}

func TestLanesDoNotAllocate(t *testing.T) {
	l := mustLanes(t, "scrypt")
	headers, dst := make([][]byte, l.Width()), make([]*[32]byte, l.Width())
	for i := range headers {
		headers[i], dst[i] = make([]byte, 80), new([32]byte)
	}
	if got := testing.AllocsPerRun(5, func() { l.Sum(dst, headers) }); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func TestQuickAlgorithmsHaveNoLanes(t *testing.T) {
	for _, name := range []string{"sha256d", "sha3x"} {
		a := mustAlgorithm(t, name)
		if _, ok := algos.NewLanes(a); ok || algos.Slow(a) {
			t.Errorf("%s has lanes", name)
		}
	}
}

// FuzzLanes compares four headers made of one input with what Sum says of each.
func FuzzLanes(f *testing.F) {
	for _, v := range mustLoad[headerVector](f, "scrypt-headers.json") {
		f.Add(mustHex(f, v.Header), uint8(3))
	}
	f.Add([]byte{}, uint8(0))
	a, l := mustAlgorithm(f, "scrypt"), mustLanes(f, "scrypt")
	f.Fuzz(func(t *testing.T, header []byte, more uint8) {
		n := 1 + int(more)%l.Width()
		headers, dst := make([][]byte, n), make([]*[32]byte, n)
		for i := range n {
			headers[i], dst[i] = append(bytes.Clone(header), make([]byte, i)...), new([32]byte)
		}
		l.Sum(dst, headers)
		for i := range n {
			var want [32]byte
			a.Sum(&want, headers[i], nil)
			if oracle := oracleScrypt(t, headers[i]); *dst[i] != want || want != oracle {
				t.Errorf("%x: lanes %x, sum %x, oracle %x", headers[i], *dst[i], want, oracle)
			}
		}
	})
}

// BenchmarkLanes hashes as many headers as fit at a time; the time is of one.
func BenchmarkLanes(b *testing.B) {
	l := mustLanes(b, "scrypt")
	headers, dst := make([][]byte, l.Width()), make([]*[32]byte, l.Width())
	for i := range headers {
		headers[i], dst[i] = make([]byte, 80), new([32]byte)
	}
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(headers) {
		for i := range headers {
			headers[i][0]++
		}
		l.Sum(dst, headers)
	}
}
