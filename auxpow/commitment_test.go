package auxpow

import (
	"encoding/hex"
	"slices"
	"testing"
)

func TestCommitmentLayout(t *testing.T) {
	var root [32]byte
	for i := range root {
		root[i] = byte(i)
	}
	got := Commitment(root, 5, 0x04030201)
	want := "fabe6d6d" +
		"1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100" +
		"20000000" + "01020304"
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("got %x, want %s", got, want)
	}
	if root[0] != 0 || root[31] != 31 {
		t.Error("the caller's root was turned")
	}
}

func TestCommitmentSizes(t *testing.T) {
	tests := []struct {
		height int
		want   string
	}{
		{0, "01000000"},
		{1, "02000000"},
		{4, "10000000"},
		{8, "00010000"},
		{MaxHeight, "00000040"},
	}
	for _, test := range tests {
		c := Commitment([32]byte{}, test.height, 0)
		if got := hex.EncodeToString(c[36:40]); got != test.want {
			t.Errorf("height %d: size %s, want %s", test.height, got, test.want)
		}
	}
}

func TestBuiltCommitment(t *testing.T) {
	built := mustBuild(t, mustPlan(t, sha256dSet...), leavesFor(sha256dSet)...)
	if got, want := built.Commitment(), Commitment(built.Root, 5, 0); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestContainsMagic(t *testing.T) {
	m := Magic()
	commitment := Commitment(fill(0x11), 0, 0)
	spelling := fill(0)
	copy(spelling[9:], []byte{'m', 'm', 0xbe, 0xfa}) // reversed, so the commitment spells it
	spelled := Commitment(spelling, 0, 0)
	tests := []struct {
		name   string
		script []byte
		want   int
	}{
		{"empty", nil, 0},
		{"cut off", m[:3], 0},
		{"bare", m[:], 1},
		{"in a commitment", commitment[:], 1},
		{"extranonce spells it too", slices.Concat([]byte{3, 1, 2, 3}, commitment[:], m[:]), 2},
		{"across height and extranonce", slices.Concat([]byte{3, 0, 0xfa, 0xbe}, []byte("mm"), commitment[:]), 2},
		{"nonce and extranonce spell it together", func() []byte {
			c := Commitment(fill(0x11), 0, 0xbefa0000)
			return append(c[:], "mm"...)
		}(), 2},
		{"root spells it too", spelled[:], 2},
		{"three in a row", slices.Concat(m[:], m[:], m[:]), 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ContainsMagic(test.script); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
