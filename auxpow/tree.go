package auxpow

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// Tree is the plan of a chain tree: which chain stands where. It is made once
// from the configured set of chains and stays while that set does, so that a
// chain that comes or goes moves no other. A Tree is immutable, and safe for
// concurrent use. The zero Tree has no chain.
type Tree struct {
	height int
	places []place    // by slot, ascending
	empty  [][32]byte // root of an empty subtree by height, 0 to height-1
}

// place is a chain's position: its id, its slot, and where its id stood in the
// planned set.
type place struct {
	id     uint32
	slot   uint32
	member int
}

// Plan returns the smallest tree in which no two of the chain ids share a
// slot. A lone chain gets a tree of one leaf, whose root is the chain's block
// hash. The nonce is always 0, for no nonce resolves a collision.
//
// A tree's cost follows the number of chains and its height, not its size.
//
// Errors: ErrNoChains, *DuplicateError, ErrTreeTooTall.
func Plan(ids []uint32) (Tree, error) {
	if len(ids) == 0 {
		return Tree{}, ErrNoChains
	}
	if dup := duplicates(ids); dup != nil {
		return Tree{}, &DuplicateError{IDs: dup}
	}
	height, err := smallestHeight(ids)
	if err != nil {
		return Tree{}, err
	}

	t := Tree{height: height, places: make([]place, len(ids))}
	for i, id := range ids {
		t.places[i] = place{id: id, slot: Slot(0, id, height), member: i}
	}
	slices.SortFunc(t.places, func(a, b place) int {
		return cmp.Compare(a.slot, b.slot)
	})

	// A leaf that nobody uses is zeros; each level above hashes two alike.
	t.empty = make([][32]byte, height)
	for i := 1; i < height; i++ {
		t.empty[i] = hashPair(&t.empty[i-1], &t.empty[i-1])
	}
	return t, nil
}

// duplicates returns the ids that stand more than once, or nil.
func duplicates(ids []uint32) []uint32 {
	var dup []uint32
	for i, id := range ids {
		if slices.Contains(ids[:i], id) && !slices.Contains(dup, id) {
			dup = append(dup, id)
		}
	}
	return dup
}

// smallestHeight returns the smallest height at which all ids differ modulo
// 2^height. The ids are distinct. Each pair needs one more than the number of
// low bits that it has in common.
func smallestHeight(ids []uint32) (int, error) {
	height := 0
	for i, a := range ids {
		for _, b := range ids[:i] {
			need := bits.TrailingZeros32(a^b) + 1
			if need > MaxHeight {
				return 0, fmt.Errorf("%w of %d: %d and %d are equal modulo 2^%d",
					ErrTreeTooTall, MaxHeight, b, a, need-1)
			}
			height = max(height, need)
		}
	}
	return height, nil
}

// Height returns the number of levels above the leaves, which is the length of
// every chain's branch.
func (t Tree) Height() int { return t.height }

// Size returns the number of leaves, 2^Height.
func (t Tree) Size() uint32 { return 1 << t.height }

// Nonce returns the nonce of the slot function, which is 0.
func (t Tree) Nonce() uint32 { return 0 }

// Slot returns the place of a chain, and whether it is in the planned set.
func (t Tree) Slot(id uint32) (uint32, bool) {
	for i := range t.places {
		if t.places[i].id == id {
			return t.places[i].slot, true
		}
	}
	return 0, false
}
