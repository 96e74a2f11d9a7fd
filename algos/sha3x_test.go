package algos_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
)

// TestDifficulty64 holds the unit values of Tari's difficulty.rs and the edges
// of the cap.
func TestDifficulty64(t *testing.T) {
	cases := []struct {
		name, target string
		want         uint64
	}{
		{"greatest", maxTarget, 1},
		{"ff ff ff 00 and so on", "ffffff0000000000000000000000000000000000000000000000000000000000", 1},
		{"half, rounded down", "8000000000000000000000000000000000000000000000000000000000000000", 1},
		{"just below half", "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 2},
		{"2^192, not capped", "1000000000000000000000000000000000000000000000000", math.MaxUint64},
		{"2^192-1, capped", "ffffffffffffffffffffffffffffffffffffffffffffffff", math.MaxUint64},
		{"64, capped", "40", math.MaxUint64},
		{"one, capped", "1", math.MaxUint64},
	}
	for _, c := range cases {
		target := mustTarget(t, c.target)
		if got, err := target.Difficulty64(); err != nil || got != c.want {
			t.Errorf("%s: got %d, %v, want %d", c.name, got, err, c.want)
		}
		hash := reversed([32]byte(target))
		if got, err := algos.HashDifficulty64(&hash); err != nil || got != c.want {
			t.Errorf("%s: HashDifficulty64: got %d, %v, want %d", c.name, got, err, c.want)
		}
	}
}

func TestDifficulty64Refused(t *testing.T) {
	if _, err := algos.FromDifficulty64(0); !errors.Is(err, algos.ErrDifficulty) {
		t.Errorf("FromDifficulty64(0): got error %v, want %v", err, algos.ErrDifficulty)
	}
	if _, err := (algos.Target{}).Difficulty64(); !errors.Is(err, algos.ErrZeroHash) {
		t.Errorf("Difficulty64 of zero: got error %v, want %v", err, algos.ErrZeroHash)
	}
	if _, err := algos.HashDifficulty64(new([32]byte)); !errors.Is(err, algos.ErrZeroHash) {
		t.Errorf("HashDifficulty64 of zero: got error %v, want %v", err, algos.ErrZeroHash)
	}
}

// TestFromDifficulty64 checks the target, the way back, and the rule that it
// stands for, at random difficulties of every length.
func TestFromDifficulty64(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	diffs := []uint64{1, 2, 3, 28, 60e9, 4500000000000, math.MaxUint64, math.MaxUint64 - 1}
	for range 2000 {
		diffs = append(diffs, random.Uint64()>>random.IntN(64)|1)
	}
	for _, diff := range diffs {
		target, err := algos.FromDifficulty64(diff)
		if err != nil {
			t.Fatalf("FromDifficulty64(%d): %v", diff, err)
		}
		want := new(big.Int).Quo(number(algos.DiffOneSHA3x), new(big.Int).SetUint64(diff))
		if number(target).Cmp(want) != 0 {
			t.Errorf("FromDifficulty64(%d): got %v, want %x", diff, target, want)
		}
		if got, err := target.Difficulty64(); err != nil || got != diff {
			t.Errorf("Difficulty64: got %d, %v, want %d", got, err, diff)
		}
	}
}

// FuzzDifficulty64 checks the difficulty of any hash against big integers, and
// that a target lets through just the hashes of its difficulty and more.
func FuzzDifficulty64(f *testing.F) {
	for _, v := range mustLoad[sha3xVector](f, "sha3x.json") {
		f.Add(mustHex(f, v.Digest), v.Difficulty)
	}
	f.Add(mustHex(f, maxTarget), uint64(1))
	f.Add(make([]byte, 32), uint64(math.MaxUint64))
	f.Fuzz(checkDifficulty64)
}

// TestDifficulty64Random is FuzzDifficulty64 over random numbers.
func TestDifficulty64Random(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 20000 {
		target := randomTarget(random)
		checkDifficulty64(t, target[:], random.Uint64()>>random.IntN(64))
	}
}

// checkDifficulty64 is the property of FuzzDifficulty64, for a big-endian hash.
func checkDifficulty64(t *testing.T, raw []byte, diff uint64) {
	n := new(big.Int).SetBytes(raw)
	if len(raw) != 32 || n.Sign() == 0 {
		return
	}
	quo := new(big.Int).Quo(number(algos.DiffOneSHA3x), n)
	want := uint64(math.MaxUint64)
	if quo.IsUint64() {
		want = quo.Uint64()
	}
	hash := reversed([32]byte(raw))
	if got, err := algos.HashDifficulty64(&hash); err != nil || got != want {
		t.Errorf("HashDifficulty64 of %x: got %d, %v, want %d", raw, got, err, want)
	}

	// The hash's own difficulty is the last that it meets.
	for _, d := range []uint64{diff, want, want + 1} {
		if d == 0 {
			continue
		}
		target, err := algos.FromDifficulty64(d)
		if err != nil {
			t.Fatalf("FromDifficulty64(%d): %v", d, err)
		}
		if got := target.Meets(&hash); got != (want >= d) {
			t.Errorf("%x at difficulty %d: Meets: got %v, want %v", raw, d, got, want >= d)
		}
	}
}
