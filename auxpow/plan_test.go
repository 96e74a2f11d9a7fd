package auxpow

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPlanHeight(t *testing.T) {
	tests := []struct {
		name string
		ids  []uint32
		want int
	}{
		{"lone chain", []uint32{1}, 0},
		{"lone chain of id 0", []uint32{0}, 0},
		{"odd and even", []uint32{1, 6}, 1},
		{"two even", []uint32{16, 6}, 2},
		{"sha256d set", sha256dSet, 5},
		{"scrypt set", scryptSet, 3},
		{"larger scrypt set", largeScryptSet, 5},
		{"equal modulo 2^15", []uint32{0, 1 << 15}, 16},
		{"equal modulo 2^20", []uint32{5, 5 + 1<<20}, 21},
		{"the tallest that nodes take", []uint32{7, 7 + 1<<29}, 30},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := mustPlan(t, test.ids...)
			if tree.Height() != test.want || tree.Size() != 1<<test.want || tree.Nonce() != 0 {
				t.Errorf("height %d, size %d, nonce %d, want height %d, size %d, nonce 0",
					tree.Height(), tree.Size(), tree.Nonce(), test.want, 1<<test.want)
			}
			seen := map[uint32]uint32{}
			for _, id := range test.ids {
				slot, ok := tree.Slot(id)
				if want := Slot(0, id, test.want); !ok || slot != want {
					t.Errorf("slot of %d = %d, %v, want %d", id, slot, ok, want)
				}
				if other, taken := seen[slot]; taken {
					t.Errorf("ids %d and %d share slot %d", other, id, slot)
				}
				seen[slot] = id
			}
		})
	}
	if _, ok := mustPlan(t, 1, 6).Slot(2); ok {
		t.Error("a slot for an id that was not planned")
	}
}

// One level less has a collision, for every set of ids.
func TestPlanIsTheSmallest(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		ids := randomIDs(rng, 1+rng.IntN(12), 1<<16)
		tree := mustPlan(t, ids...)
		if tree.Height() > 16 {
			t.Fatalf("height %d for ids of 16 bits: %v", tree.Height(), ids)
		}
		if tree.Height() == 0 {
			continue
		}
		below := map[uint32]bool{}
		for _, id := range ids {
			below[Slot(0, id, tree.Height()-1)] = true
		}
		if len(below) == len(ids) {
			t.Fatalf("ids %v fit into a smaller tree than height %d", ids, tree.Height())
		}
	}
}

func randomIDs(rng *rand.Rand, n int, below uint32) []uint32 {
	var ids []uint32
	for len(ids) < n {
		if id := rng.Uint32N(below); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestPlanRefuses(t *testing.T) {
	tests := []struct {
		name string
		ids  []uint32
		want Error
		text string
	}{
		{"no chain", nil, ErrNoChains, "no chain to plan a tree for"},
		{"one id twice", []uint32{16, 1, 16}, ErrDuplicateID, "duplicate chain id: 16"},
		{"two ids, one of them three times", []uint32{7, 7, 9, 7, 1, 9}, ErrDuplicateID, "duplicate chain id: 7, 9"},
		{"equal modulo 2^30", []uint32{1, 3, 3 + 1<<30}, ErrTreeTooTall,
			"chain ids need a tree above the limit of 30: 3 and 1073741827 are equal modulo 2^30"},
		{"equal modulo 2^31", []uint32{0, 1 << 31}, ErrTreeTooTall,
			"chain ids need a tree above the limit of 30: 0 and 2147483648 are equal modulo 2^31"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Plan(test.ids)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err.Error() != test.text {
				t.Errorf("text %q, want %q", err, test.text)
			}
		})
	}

	var dup *DuplicateError
	if _, err := Plan([]uint32{7, 7, 9, 7, 1, 9}); !errors.As(err, &dup) || !slices.Equal(dup.IDs, []uint32{7, 9}) {
		t.Errorf("ids named by %v, want 7 and 9", err)
	}
}
