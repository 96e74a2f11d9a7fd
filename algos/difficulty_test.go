package algos_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
)

// ones holds the targets that tests take for difficulty 1: those in use and
// some at the edges.
func ones() []algos.Target {
	return []algos.Target{
		algos.DiffOneBitcoin, algos.DiffOneScrypt, algos.DiffOneSHA3x,
		{31: 1}, {15: 1}, {0: 0x80}, {31: 0xff, 20: 7, 3: 1},
	}
}

// oracleFloor returns floor(one/diff), at most 2^256-1, in rational numbers.
func oracleFloor(diff float64, one algos.Target) *big.Int {
	quo := new(big.Rat).SetFrac(number(one), big.NewInt(1))
	quo.Quo(quo, new(big.Rat).SetFloat64(diff))
	n := new(big.Int).Quo(quo.Num(), quo.Denom())
	if n.BitLen() > 256 {
		return number(algos.DiffOneSHA3x)
	}
	return n
}

// checkFloor compares FromDifficulty with oracleFloor.
func checkFloor(t *testing.T, diff float64, one algos.Target) {
	t.Helper()
	got, err := algos.FromDifficulty(diff, one)
	if err != nil {
		t.Fatalf("FromDifficulty(%g, %v): %v", diff, one, err)
	}
	if want := oracleFloor(diff, one); number(got).Cmp(want) != 0 {
		t.Errorf("FromDifficulty(%g, %v): got %v, want %x", diff, one, got, want)
	}
}

func TestFromDifficulty(t *testing.T) {
	cases := []struct {
		name string
		diff float64
		one  algos.Target
		want string
	}{
		{"bitcoin 1", 1, algos.DiffOneBitcoin, "ffff0000000000000000000000000000000000000000000000000000"},
		{"bitcoin 2", 2, algos.DiffOneBitcoin, "7fff8000000000000000000000000000000000000000000000000000"},
		{"bitcoin 3, no remainder", 3, algos.DiffOneBitcoin, "55550000000000000000000000000000000000000000000000000000"},
		{"bitcoin 1/2", 0.5, algos.DiffOneBitcoin, "1fffe0000000000000000000000000000000000000000000000000000"},
		{"bitcoin 65535", 65535, algos.DiffOneBitcoin, "10000000000000000000000000000000000000000000000000000"},
		{"bitcoin 2^60", 0x1p60, algos.DiffOneBitcoin, "ffff0000000000000000000000000000000000000"},
		{"bitcoin 1e-10, saturated", 1e-10, algos.DiffOneBitcoin, maxTarget},
		{"scrypt 1", 1, algos.DiffOneScrypt, algos.DiffOneScrypt.String()},
		{"scrypt 65536 is bitcoin 1", 65536, algos.DiffOneScrypt, algos.DiffOneBitcoin.String()},
		{"sha3x 1", 1, algos.DiffOneSHA3x, maxTarget},
		{"sha3x 2", 2, algos.DiffOneSHA3x, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
		{"just below 1 saturates", math.Nextafter(1, 0), algos.DiffOneSHA3x, maxTarget},
		{"2^255 is the last power", 0x1p255, algos.DiffOneSHA3x, "1"},
		{"2^256 leaves nothing", 0x1p256, algos.DiffOneSHA3x, "0"},
		{"largest float", math.MaxFloat64, algos.DiffOneBitcoin, "0"},
		{"smallest float", math.SmallestNonzeroFloat64, algos.DiffOneBitcoin, maxTarget},
		{"zero stays zero", math.SmallestNonzeroFloat64, algos.Target{}, "0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := algos.FromDifficulty(c.diff, c.one)
			if want := mustTarget(t, c.want); err != nil || got != want {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
}

func TestFromDifficultyRefused(t *testing.T) {
	for _, diff := range []float64{0, math.Copysign(0, -1), -1, -0x1p-1074,
		math.NaN(), math.Inf(1), math.Inf(-1)} {
		got, err := algos.FromDifficulty(diff, algos.DiffOneBitcoin)
		if !errors.Is(err, algos.ErrDifficulty) || got != (algos.Target{}) {
			t.Errorf("%v: got %v, %v, want error %v", diff, got, err, algos.ErrDifficulty)
		}
	}
}

// TestFromDifficultyExact walks over every power of two from the smallest to
// the largest float, its neighbours, and random mantissas.
func TestFromDifficultyExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, one := range ones() {
		for e := -1074; e < 1024; e++ {
			power := math.Ldexp(1, e)
			checkFloor(t, power, one)
			if below := math.Nextafter(power, 0); below > 0 {
				checkFloor(t, below, one)
			}
			checkFloor(t, math.Nextafter(power, math.Inf(1)), one)
			checkFloor(t, math.Ldexp(1+random.Float64(), e), one)
		}
	}
}

func FuzzFromDifficulty(f *testing.F) {
	for _, diff := range []float64{1e-10, 4.66e-10, 0.001, 1, 1.5, 65535, 1e12, 0x1p60, 0x1p-1074} {
		for _, one := range ones() {
			f.Add(diff, one[:])
		}
	}
	f.Fuzz(func(t *testing.T, diff float64, raw []byte) {
		if len(raw) != 32 {
			return
		}
		if !(diff > 0) || math.IsInf(diff, 0) {
			if _, err := algos.FromDifficulty(diff, algos.Target(raw)); !errors.Is(err, algos.ErrDifficulty) {
				t.Errorf("%v: got error %v, want %v", diff, err, algos.ErrDifficulty)
			}
			return
		}
		checkFloor(t, diff, algos.Target(raw))
	})
}

// TestDifficultyRoundTrip checks that a difficulty that was given out is read
// back from its target to the last bit.
func TestDifficultyRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		diff := math.Exp2(-31 + 91*random.Float64()) // 2^-31 to 2^60
		for _, one := range []algos.Target{algos.DiffOneBitcoin, algos.DiffOneScrypt, algos.DiffOneSHA3x} {
			target, err := algos.FromDifficulty(diff, one)
			if err != nil {
				t.Fatal(err)
			}
			if target == algos.DiffOneSHA3x {
				continue // saturated
			}
			if got := target.Difficulty(one); got != diff {
				t.Errorf("one %v: got %v, want %v", one, got, diff)
			}
		}
	}
}

func TestDifficulty(t *testing.T) {
	bits := func(compact uint32) algos.Target {
		target, err := algos.FromBits(compact)
		if err != nil {
			t.Fatal(err)
		}
		return target
	}
	cases := []struct {
		name   string
		target algos.Target
		one    algos.Target
		want   float64
	}{
		{"bitcoin 1", bits(0x1d00ffff), algos.DiffOneBitcoin, 1},
		{"bitcoin wiki's example", bits(0x1b0404cb), algos.DiffOneBitcoin, 16307.420938523983},
		{"bitcoin block 125552", bits(0x1a44b9f2), algos.DiffOneBitcoin, 244112.48777434},
		{"regtest", bits(0x207fffff), algos.DiffOneBitcoin, 4.656542373906925e-10},
		{"litecoin genesis, as its node counts", bits(0x1e0ffff0), algos.DiffOneBitcoin, 0.000244140625},
		{"litecoin genesis, as its miners count", bits(0x1e0ffff0), algos.DiffOneScrypt, 16},
		{"zero counts as one", algos.Target{}, algos.Target{31: 8}, 8},
		{"zero of the greatest", algos.Target{}, algos.DiffOneSHA3x, 0x1p256},
		{"no difficulty one", bits(0x1d00ffff), algos.Target{}, 0},
	}
	for _, c := range cases {
		if got := c.target.Difficulty(c.one); math.Abs(got-c.want) > 1e-12*c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		hash := reversed([32]byte(c.target))
		if got := algos.HashDifficulty(&hash, c.one); math.Abs(got-c.want) > 1e-12*c.want {
			t.Errorf("%s: HashDifficulty: got %v, want %v", c.name, got, c.want)
		}
	}
}

// FuzzDifficulty holds Difficulty, HashDifficulty and Work against rational
// numbers: the first is the nearest float, the others are within 2^-51.
func FuzzDifficulty(f *testing.F) {
	f.Add(make([]byte, 32), make([]byte, 32))
	for _, one := range ones() {
		f.Add(one[:], algos.DiffOneBitcoin[:])
	}
	f.Fuzz(func(t *testing.T, rawTarget, rawOne []byte) {
		if len(rawTarget) != 32 || len(rawOne) != 32 {
			return
		}
		checkDifficulty(t, algos.Target(rawTarget), algos.Target(rawOne))
	})
}

// TestDifficultyAccuracy is FuzzDifficulty over random numbers of every length,
// with long runs of ones and zeros where rounding goes wrong.
func TestDifficultyAccuracy(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		checkDifficulty(t, randomTarget(random), randomTarget(random))
	}
}

// randomTarget returns a target of random length, half of the time made of
// runs of equal bits.
func randomTarget(random *rand.Rand) (target algos.Target) {
	n := new(big.Int)
	for i := random.IntN(257); i > 0; {
		run := 1
		if random.IntN(2) == 0 {
			run = min(i, 1+random.IntN(64))
		}
		n.Lsh(n, uint(run))
		if random.IntN(2) == 0 {
			n.Or(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(run)), big.NewInt(1)))
		}
		i -= run
	}
	n.FillBytes(target[:])
	return target
}

// checkDifficulty is the property of FuzzDifficulty.
func checkDifficulty(t *testing.T, target, one algos.Target) {
	t.Helper()
	hash := reversed([32]byte(target))
	n := number(target)
	next := new(big.Int).Add(n, big.NewInt(1))
	if n.Sign() == 0 {
		n.SetInt64(1)
	}

	exact := new(big.Rat).SetFrac(number(one), n)
	nearest, _ := exact.Float64()
	if got := target.Difficulty(one); got != nearest {
		t.Errorf("%v Difficulty %v: got %v, want %v", target, one, got, nearest)
	}
	checkClose(t, "HashDifficulty", algos.HashDifficulty(&hash, one), exact)

	all := new(big.Int).Lsh(big.NewInt(1), 256)
	checkClose(t, "Work", target.Work(), new(big.Rat).SetFrac(all, next))
}

// checkClose checks that got is within 2^-51 of want, relative to want.
func checkClose(t *testing.T, name string, got float64, want *big.Rat) {
	t.Helper()
	diff := new(big.Rat).SetFloat64(got)
	diff.Sub(diff, want).Abs(diff)
	limit := new(big.Rat).Mul(want, new(big.Rat).SetFloat64(0x1p-51))
	if diff.Cmp(limit) > 0 {
		nearest, _ := want.Float64()
		t.Errorf("%s: got %v, want %v", name, got, nearest)
	}
}
