package algos

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestNearest places the bits that decide on rounding at every distance from
// the leading one: below half, exactly half, and just above it, on an even and
// on an odd float.
func TestNearest(t *testing.T) {
	checkNearest(t, words{})
	for shift := range uint(256) {
		for _, lead := range []uint64{1 << 53, 1<<53 | 1, 1<<53 | 2, 1<<53 | 3, 1<<54 - 1} {
			n := new(big.Int).Lsh(new(big.Int).SetUint64(lead), shift)
			for _, add := range []int64{-1, 0, 1} {
				w := new(big.Int).Add(n, big.NewInt(add))
				if w.BitLen() <= 256 {
					checkNearest(t, wordsOf(w))
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(11, 12))
	for range 5000 {
		w := words{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()}
		w.shiftRight(random.IntN(256))
		checkNearest(t, w)
	}
}

// wordsOf converts a number below 2^256.
func wordsOf(n *big.Int) words {
	var t Target
	n.FillBytes(t[:])
	return targetWords(&t)
}

// checkNearest compares with the rounding of math/big.
func checkNearest(t *testing.T, w words) {
	t.Helper()
	text := w.target()
	want, _ := new(big.Float).SetInt(new(big.Int).SetBytes(text[:])).Float64()
	if got := w.float(); got != want {
		t.Errorf("%v: got %b, want %b", text, got, want)
	}
}
