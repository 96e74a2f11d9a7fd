package auxpow

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestSlotVectors(t *testing.T) {
	type vector struct {
		Nonce   uint32
		ChainID uint32
		Height  int
		Slot    uint32
		Source  string
	}
	for _, v := range mustLoad[vector](t, "slots.json") {
		if got := Slot(v.Nonce, v.ChainID, v.Height); got != v.Slot {
			t.Errorf("Slot(%d, %d, %d) = %d, want %d (%s)", v.Nonce, v.ChainID, v.Height, got, v.Slot, v.Source)
		}
	}
}

// The slots of well-known chains in their sets' smallest trees, worked out
// with unbounded integers from the formula.
func TestSlotOfKnownChains(t *testing.T) {
	tests := []struct {
		height int
		slots  map[uint32]uint32
	}{
		{5, map[uint32]uint32{1: 11, 6: 12, 16: 14, 117: 15, 1224: 6, 1829: 31, 8228: 18}},
		{3, map[uint32]uint32{98: 0, 63: 1, 16: 6, 8211: 5}},
		{5, map[uint32]uint32{98: 24, 63: 17, 16: 14, 8211: 21, 8224: 30, 74: 0}},
	}
	for _, test := range tests {
		for id, want := range test.slots {
			if got := Slot(0, id, test.height); got != want {
				t.Errorf("Slot(0, %d, %d) = %d, want %d", id, test.height, got, want)
			}
		}
	}
}

// slotBySteps is the formula with unbounded integers, reduced at each step.
func slotBySteps(nonce, id uint32, height int) uint32 {
	word := new(big.Int).Lsh(big.NewInt(1), 32)
	r := new(big.Int).SetUint64(uint64(nonce))
	step := func() {
		r.Mul(r, big.NewInt(1103515245))
		r.Add(r, big.NewInt(12345))
		r.Mod(r, word)
	}
	step()
	r.Add(r, new(big.Int).SetUint64(uint64(id)))
	step()
	r.Mod(r, new(big.Int).Lsh(big.NewInt(1), uint(height)))
	return uint32(r.Uint64())
}

func TestSlotAgainstUnboundedIntegers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		nonce, id, height := rng.Uint32(), rng.Uint32(), rng.IntN(MaxHeight+1)
		if got, want := Slot(nonce, id, height), slotBySteps(nonce, id, height); got != want {
			t.Fatalf("Slot(%d, %d, %d) = %d, want %d", nonce, id, height, got, want)
		}
	}
}

// Two ids collide if and only if they are equal modulo the size, for every
// nonce. Half of the pairs are made to agree in their low bits.
func TestSlotCollidesIffEqualModuloSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	equal := 0
	for range 200_000 {
		nonce, a, b, height := rng.Uint32(), rng.Uint32(), rng.Uint32(), rng.IntN(MaxHeight+1)
		if rng.IntN(2) == 0 {
			shared := uint32(1)<<rng.IntN(MaxHeight+1) - 1
			b = b&^shared | a&shared
		}
		size := uint32(1) << height
		collide := Slot(nonce, a, height) == Slot(nonce, b, height)
		if want := a%size == b%size; collide != want {
			t.Fatalf("nonce %d, ids %d and %d, height %d: collide = %v, want %v", nonce, a, b, height, collide, want)
		}
		if collide {
			equal++
		}
	}
	if equal < 10_000 || equal > 190_000 {
		t.Errorf("%d of 200000 pairs collided: one side is hardly tested", equal)
	}
}

func ExampleSlot() {
	fmt.Println(Slot(0, 98, 3), Slot(67108864, 98, 6))
	// Output: 0 56
}
