package algos_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/motherlode-pool/motherlode/algos"
)

// number returns t as a big.Int.
func number(t algos.Target) *big.Int {
	return new(big.Int).SetBytes(t[:])
}

// mustTarget reads a target in hexadecimal, without its leading zeros.
func mustTarget(t testing.TB, text string) (target algos.Target) {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 16)
	if !ok || n.BitLen() > 256 {
		t.Fatalf("bad target in the test: %q", text)
	}
	n.FillBytes(target[:])
	return target
}

// TestBits holds the cases of Bitcoin Core's arith_uint256_tests.cpp
// (bignum_SetCompact), with FromBits refusing what CheckProofOfWork refuses,
// and the edges around them.
func TestBits(t *testing.T) {
	cases := []struct {
		name      string
		compact   uint32
		target    string // in hexadecimal; empty for an error
		canonical uint32
		err       error
	}{
		{"all zero", 0x00000000, "", 0, algos.ErrZeroBits},
		{"size 0", 0x00123456, "", 0, algos.ErrZeroBits},
		{"size 1, shifted to zero", 0x01003456, "", 0, algos.ErrZeroBits},
		{"size 2, shifted to zero", 0x02000056, "", 0, algos.ErrZeroBits},
		{"size 3, zero", 0x03000000, "", 0, algos.ErrZeroBits},
		{"size 4, zero", 0x04000000, "", 0, algos.ErrZeroBits},
		{"size 255, zero", 0xff000000, "", 0, algos.ErrZeroBits},
		{"signed zero, size 0", 0x00923456, "", 0, algos.ErrZeroBits},
		{"signed zero, size 1", 0x01803456, "", 0, algos.ErrZeroBits},
		{"signed zero, size 2", 0x02800056, "", 0, algos.ErrZeroBits},
		{"signed zero, size 3", 0x03800000, "", 0, algos.ErrZeroBits},
		{"signed zero, size 255", 0xff800000, "", 0, algos.ErrZeroBits},

		{"one byte", 0x01123456, "12", 0x01120000, nil},
		{"one byte, top bit set", 0x02008000, "80", 0x02008000, nil},
		{"two bytes", 0x02123456, "1234", 0x02123400, nil},
		{"three bytes", 0x03123456, "123456", 0x03123456, nil},
		{"four bytes", 0x04123456, "12345600", 0x04123456, nil},
		{"four bytes, top bit set", 0x05009234, "92340000", 0x05009234, nil},
		{"32 bytes", 0x20123456, "1234560000000000000000000000000000000000000000000000000000000000", 0x20123456, nil},
		{"smallest, long form", 0x03000001, "1", 0x01010000, nil},
		{"long form with room", 0x05000012, "120000", 0x03120000, nil},

		{"negative, size 1", 0x01fedcba, "", 0, algos.ErrNegativeBits},
		{"negative, size 4", 0x04923456, "", 0, algos.ErrNegativeBits},
		{"negative and too large", 0xff923456, "", 0, algos.ErrNegativeBits},

		{"bitcoin, easiest", 0x1d00ffff, "ffff0000000000000000000000000000000000000000000000000000", 0x1d00ffff, nil},
		{"bitcoin, block 125552", 0x1a44b9f2, "44b9f20000000000000000000000000000000000000000000000", 0x1a44b9f2, nil},
		{"scrypt, difficulty 1", 0x1f00ffff, "ffff00000000000000000000000000000000000000000000000000000000", 0x1f00ffff, nil},
		{"regtest", 0x207fffff, "7fffff0000000000000000000000000000000000000000000000000000000000", 0x207fffff, nil},
		{"namecoin genesis, not canonical", 0x1c007fff, "7fff00000000000000000000000000000000000000000000000000", 0x1b7fff00, nil},

		{"size 33, largest that fits", 0x2100ffff, "ffff000000000000000000000000000000000000000000000000000000000000", 0x2100ffff, nil},
		{"size 33, too large", 0x21010000, "", 0, algos.ErrOverflowBits},
		{"size 34, largest that fits", 0x220000ff, "ff00000000000000000000000000000000000000000000000000000000000000", 0x2100ff00, nil},
		{"size 34, too large", 0x22000100, "", 0, algos.ErrOverflowBits},
		{"size 35, smallest", 0x23000001, "", 0, algos.ErrOverflowBits},
		{"size 255", 0xff123456, "", 0, algos.ErrOverflowBits},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := algos.FromBits(c.compact)
			if !errors.Is(err, c.err) {
				t.Fatalf("FromBits(%08x): got error %v, want %v", c.compact, err, c.err)
			}
			if c.err != nil {
				if got != (algos.Target{}) {
					t.Errorf("FromBits(%08x): got %v beside an error", c.compact, got)
				}
				return
			}
			if want := mustTarget(t, c.target); got != want {
				t.Fatalf("FromBits(%08x): got %v, want %v", c.compact, got, want)
			}
			if got := got.Bits(); got != c.canonical {
				t.Errorf("Bits: got %08x, want %08x", got, c.canonical)
			}
		})
	}
}

// TestBitsOfTarget holds targets that compact bits cannot hold in full.
func TestBitsOfTarget(t *testing.T) {
	cases := []struct {
		name, target string
		compact      uint32
	}{
		{"zero", "0", 0},
		{"one", "1", 0x01010000},
		{"7f", "7f", 0x017f0000},
		{"ff", "ff", 0x0200ff00},
		{"8000", "8000", 0x03008000},
		{"three bytes, top bit set", "800001", 0x04008000},
		{"four bytes", "7fffffff", 0x047fffff},
		{"largest", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x2100ffff},
	}
	for _, c := range cases {
		if got := mustTarget(t, c.target).Bits(); got != c.compact {
			t.Errorf("%s: Bits: got %08x, want %08x", c.name, got, c.compact)
		}
	}
}

// FuzzBits compares with the rules of arith_uint256 in big integers.
func FuzzBits(f *testing.F) {
	for _, seed := range []uint32{0, 0x1d00ffff, 0x207fffff, 0x1c007fff, 0x01fedcba,
		0x220000ff, 0x22000100, 0x04923456, 0x2100ffff, 0xff000000} {
		f.Add(seed)
	}
	f.Fuzz(checkCompact)
}

// TestBitsEverySize walks over every size with mantissas at their edges.
func TestBitsEverySize(t *testing.T) {
	mantissas := []uint32{0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff,
		0x10000, 0x123456, 0x7fffff, 0x800000, 0x800001, 0xffffff}
	for size := range uint32(256) {
		for _, mantissa := range mantissas {
			checkCompact(t, size<<24|mantissa)
		}
	}
}

// checkCompact compares FromBits and Bits with oracleBits.
func checkCompact(t *testing.T, compact uint32) {
	t.Helper()
	want, wantErr := oracleBits(compact)
	got, err := algos.FromBits(compact)
	if !errors.Is(err, wantErr) {
		t.Fatalf("FromBits(%08x): got error %v, want %v", compact, err, wantErr)
	}
	if wantErr != nil {
		return
	}
	if number(got).Cmp(want) != 0 {
		t.Fatalf("FromBits(%08x): got %v, want %x", compact, got, want)
	}

	// Canonical bits stand for the same target and are their own.
	canonical := got.Bits()
	again, err := algos.FromBits(canonical)
	if err != nil || again != got || again.Bits() != canonical {
		t.Errorf("%08x: canonical %08x gives %v, %v, want %v", compact, canonical, again, err, got)
	}
}

// oracleBits follows SetCompact step by step.
func oracleBits(compact uint32) (*big.Int, error) {
	size := uint(compact >> 24)
	word := compact & 0x007fffff
	n := new(big.Int)
	if size <= 3 {
		word >>= 8 * (3 - size)
		n.SetUint64(uint64(word))
	} else {
		n.SetUint64(uint64(word))
		n.Lsh(n, 8*(size-3))
	}
	switch {
	case word != 0 && compact&0x00800000 != 0:
		return nil, algos.ErrNegativeBits
	case n.BitLen() > 256:
		return nil, algos.ErrOverflowBits
	case n.Sign() == 0:
		return nil, algos.ErrZeroBits
	}
	return n, nil
}
