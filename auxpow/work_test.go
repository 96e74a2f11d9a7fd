package auxpow

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// number returns a little-endian hash as a number.
func number(le [32]byte) *big.Int {
	slices.Reverse(le[:])
	return new(big.Int).SetBytes(le[:])
}

func TestExpandBits(t *testing.T) {
	tests := []struct {
		bits uint32
		want string // hexadecimal, "" for refused
	}{
		{0x1d00ffff, "ffff0000000000000000000000000000000000000000000000000000"},
		{0x207fffff, "7fffff0000000000000000000000000000000000000000000000000000000000"},
		{0x1b00b269, "b269000000000000000000000000000000000000000000000000"},
		{0x03123456, "123456"},
		{0x02123456, "1234"},
		{0x01123456, "12"},
		{0x01003456, ""},
		{0x00123456, ""},
		{0x00000000, ""},
		{0x1d000000, ""},
		{0x1d80ffff, ""},
		{0x1dffffff, ""},
		{0x20ffffff, ""},
		{0x2100ffff, "ffff000000000000000000000000000000000000000000000000000000000000"},
		{0x220000ff, "ff00000000000000000000000000000000000000000000000000000000000000"},
		{0x21010000, ""},
		{0x22000100, ""},
		{0x23000001, ""},
		{0xff000001, ""},
	}
	for _, test := range tests {
		got, err := expandBits(test.bits)
		switch {
		case test.want == "" && !errors.Is(err, ErrBits):
			t.Errorf("%08x: error %v, want %v", test.bits, err, ErrBits)
		case test.want != "" && err != nil:
			t.Errorf("%08x: %v", test.bits, err)
		case test.want != "" && number(got).Text(16) != test.want:
			t.Errorf("%08x: got %x, want %s", test.bits, number(got), test.want)
		}
	}
}

func TestVerifyWorkCompares(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var p Proof
	for range 2000 {
		bits := uint32(rng.IntN(33))<<24 | rng.Uint32N(1<<23)
		target, err := expandBits(bits)
		if err != nil {
			continue
		}
		hash := target
		if i := rng.IntN(40); i < len(hash) {
			hash[i] += byte(rng.IntN(3)) - 1
		}
		err = p.VerifyWork(bits, func(*[HeaderSize]byte) [32]byte { return hash })
		if enough := number(hash).Cmp(number(target)) <= 0; enough != (err == nil) || !enough && !errors.Is(err, RuleWork) {
			t.Fatalf("hash %x, target %x: %v", number(hash), number(target), err)
		}
	}
	if err := p.VerifyWork(0, nil); !errors.Is(err, ErrBits) {
		t.Errorf("bits of 0: got %v, want %v", err, ErrBits)
	}
}

func TestVerifyWorkHashesTheParent(t *testing.T) {
	p := Proof{ParentHeader: [HeaderSize]byte{1, 2, 3}}
	_ = p.VerifyWork(0x207fffff, func(h *[HeaderSize]byte) [32]byte {
		if *h != p.ParentHeader {
			t.Errorf("got header %x", h[:3])
		}
		return [32]byte{}
	})
}
