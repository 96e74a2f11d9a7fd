package work

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestOf(t *testing.T) {
	unit := new(big.Float).SetMantExp(big.NewFloat(1), workFraction)
	for _, d := range []float64{1e-10, 1, 0.1, 1.5, 31.999, 65536, 1e13 + 0.25, math.MaxUint64, 0x1p60, 0x1p72} {
		want, _ := new(big.Float).SetPrec(300).Mul(new(big.Float).SetPrec(300).SetFloat64(d), unit).Int(nil)
		if got := Of(d).Big(); got.Cmp(want) != 0 {
			t.Errorf("%v: got %v units, want %v", d, got, want)
		}
	}
	for _, d := range []float64{0, -1, math.NaN(), math.Inf(-1), 0x1p-49} {
		if got := Of(d); got != (Work{}) {
			t.Errorf("%v: got %v, want no work", d, got)
		}
	}
	if got := Of(math.Inf(1)); got != Of(maxDifficult) {
		t.Errorf("infinite: got %v, want the largest", got)
	}
}

// random is any work, small and large ones alike often.
func random(rng *rand.Rand) Work {
	w := Work{rng.Uint64(), rng.Uint64()}
	n := rng.UintN(128)
	if n >= 64 {
		return Work{Lo: w.Lo >> (n - 64)}
	}
	return Work{w.Hi >> n, w.Lo}
}

func TestArithmeticIsThatOfBigIntegers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	limit := new(big.Int).Lsh(big.NewInt(1), 128)
	for range 20_000 {
		a, b, n := random(rng), random(rng), rng.Uint64()>>rng.UintN(64)|1
		A, B, N := a.Big(), b.Big(), new(big.Int).SetUint64(n)
		if got, want := a.Cmp(b), A.Cmp(B); got != want {
			t.Fatalf("%v with %v: got %d, want %d", A, B, got, want)
		}
		if got, want := a.Over(n).Big(), new(big.Int).Quo(A, N); got.Cmp(want) != 0 {
			t.Fatalf("%v / %d: got %v, want %v", A, n, got, want)
		}
		product := new(big.Int).Mul(A, N)
		if got := a.Times(n).Big(); product.Cmp(limit) < 0 && got.Cmp(product) != 0 || product.Cmp(limit) >= 0 && a.Times(n) != (Work{math.MaxUint64, math.MaxUint64}) {
			t.Fatalf("%v * %d: got %v, want %v", A, n, got, product)
		}
		if a.Cmp(b) > 0 {
			a, b, A, B = b, a, B, A
		}
		if b.IsZero() {
			continue
		}
		q, r := new(big.Int).QuoRem(new(big.Int).Mul(N, A), B, new(big.Int))
		if got, rest := MulDiv(n, a, b); new(big.Int).SetUint64(got).Cmp(q) != 0 || rest.Big().Cmp(r) != 0 {
			t.Fatalf("%d * %v / %v: got %d rest %v, want %v rest %v", n, A, B, got, rest.Big(), q, r)
		}
		part := random(rng)
		want := new(big.Int).Quo(new(big.Int).Mul(A, part.Big()), B)
		if want.Cmp(limit) < 0 && Part(a, part, b).Big().Cmp(want) != 0 {
			t.Fatalf("%v of %v in %v: got %v, want %v", part.Big(), A, B, Part(a, part, b).Big(), want)
		}
		if got, rest, err := Parse(append(a.Append(nil), 7)); got != a || len(rest) != 1 || err != nil {
			t.Fatalf("stored %v: got %v, rest %x, %v", a, got, rest, err)
		}
	}
}
