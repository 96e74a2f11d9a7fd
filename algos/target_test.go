package algos_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
)

const maxTarget = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

// TestMeets compares at equality and one above and below, with the difference
// in every word of 64 bits and over the borders between them.
func TestMeets(t *testing.T) {
	targets := []string{
		"1",
		"ffff0000000000000000000000000000000000000000000000000000",
		"10000000000000000",
		"ffffffffffffffff",
		"100000000000000000000000000000000",
		"ffffffffffffffffffffffffffffffff",
		"1000000000000000000000000000000000000000000000000",
		"ffffffffffffffffffffffffffffffffffffffffffffffff",
		"8000000000000000000000000000000000000000000000000000000000000000",
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe",
	}
	for _, text := range targets {
		target := mustTarget(t, text)
		for _, step := range []int64{-1, 0, 1} {
			n := new(big.Int).Add(number(target), big.NewInt(step))
			var hash [32]byte
			n.FillBytes(hash[:])
			hash = reversed(hash)
			if got, want := target.Meets(&hash), step <= 0; got != want {
				t.Errorf("target %v, hash %+d: Meets: got %v, want %v", target, step, got, want)
			}
		}
	}
}

func TestMeetsEdges(t *testing.T) {
	var zero, one algos.Target
	one[31] = 1
	all := mustTarget(t, maxTarget)
	zeroHash, allHash := [32]byte{}, [32]byte(all)
	cases := []struct {
		name   string
		target algos.Target
		hash   *[32]byte
		want   bool
	}{
		{"zero meets zero", zero, &zeroHash, true},
		{"one does not meet zero", zero, &[32]byte{1}, false},
		{"one meets one", one, &[32]byte{1}, true},
		{"the hash is little-endian", one, &[32]byte{31: 1}, false},
		{"the greatest meets the greatest", all, &allHash, true},
	}
	for _, c := range cases {
		if got := c.target.Meets(c.hash); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// FuzzMeets compares Meets and Cmp with big integers.
func FuzzMeets(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add([]byte("0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < 64 {
			return
		}
		a, b := algos.Target(raw[:32]), algos.Target(raw[32:64])
		want := number(a).Cmp(number(b))
		if got := a.Cmp(b); got != want {
			t.Errorf("%v Cmp %v: got %d, want %d", a, b, got, want)
		}
		hash := reversed([32]byte(b))
		if got := a.Meets(&hash); got != (want >= 0) {
			t.Errorf("%v Meets %v: got %v, want %v", a, b, got, want >= 0)
		}
	})
}

func TestTargetString(t *testing.T) {
	want := "00000000ffff0000000000000000000000000000000000000000000000000000"
	if got := algos.DiffOneBitcoin.String(); got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
}

func TestDiffOne(t *testing.T) {
	fromBits := func(compact uint32) algos.Target {
		target, err := algos.FromBits(compact)
		if err != nil {
			t.Fatal(err)
		}
		return target
	}
	if got, want := algos.DiffOneBitcoin, fromBits(0x1d00ffff); got != want {
		t.Errorf("bitcoin: got %v, want %v", got, want)
	}
	if got, want := algos.DiffOneScrypt, fromBits(0x1f00ffff); got != want {
		t.Errorf("scrypt: got %v, want %v", got, want)
	}
	ratio := new(big.Int).Lsh(number(algos.DiffOneBitcoin), 16)
	if number(algos.DiffOneScrypt).Cmp(ratio) != 0 {
		t.Errorf("scrypt: got %v, want 65536 times bitcoin's", algos.DiffOneScrypt)
	}
	if got, want := algos.DiffOneSHA3x, mustTarget(t, maxTarget); got != want {
		t.Errorf("sha3x: got %v, want %v", got, want)
	}
}

func TestWork(t *testing.T) {
	cases := []struct {
		name, target string
		want         float64
	}{
		{"every hash", maxTarget, 1},
		{"every second", "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 2},
		{"carry over three words", "ffffffffffffffffffffffffffffffffffffffffffffffff", 0x1p64},
		{"one", "1", 0x1p255},
		{"zero", "0", 0x1p256},
		{"bitcoin, difficulty 1", algos.DiffOneBitcoin.String(), 0x1p48 / 0xffff},
		{"scrypt, difficulty 1", algos.DiffOneScrypt.String(), 0x1p32 / 0xffff},
	}
	for _, c := range cases {
		got := mustTarget(t, c.target).Work()
		if math.Abs(got/c.want-1) > 0x1p-51 {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
