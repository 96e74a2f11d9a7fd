package reward

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// What is taken of an amount is the exact part of it, rounded down to 2^-64 of a
// unit, whatever the amount.
func TestLessIsExact(t *testing.T) {
	whole := func(a Amount) *big.Int {
		n := new(big.Int).Lsh(new(big.Int).SetUint64(a.Units), 64)
		return n.Or(n, new(big.Int).SetUint64(a.Fraction))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(a Amount, share int) {
		t.Helper()
		want := whole(a)
		want.Sub(want, bps(want, int64(share)))
		if got := whole(a.less(share)); got.Cmp(want) != 0 {
			t.Errorf("%+v less %d: got %v, want %v", a, share, got, want)
		}
	}
	for _, share := range []int{0, 1, 33, 9999, 10_000} {
		check(Amount{}, share)
		check(Amount{math.MaxUint64, math.MaxUint64}, share)
	}
	for range 2000 {
		check(Amount{rng.Uint64() >> rng.UintN(64), rng.Uint64() >> rng.UintN(64)}, rng.IntN(10_001))
	}
	if got := (Amount{5, 5}).less(20_000); got != (Amount{}) {
		t.Errorf("more than all: got %+v, want nothing left", got)
	}
}
