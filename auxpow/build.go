package auxpow

import "fmt"

// Leaf is what one chain has to offer: its id and the hash of its block, in
// internal byte order.
type Leaf struct {
	ID   uint32
	Hash [32]byte
}

// Member is one chain's way to the root of a built tree.
type Member struct {
	ID      uint32
	Index   uint32     // the slot, as the proof carries it
	Branch  [][32]byte // lowest level first, as long as the tree is tall; read only
	Present bool       // false: no leaf was given, zeros stand in its place
}

// Built is a tree with its hashes. It is not changed any more once it is made.
type Built struct {
	Root    [32]byte // internal byte order
	Height  int
	Nonce   uint32
	Members []Member // in the order of the ids given to Plan
}

// Commitment returns what the parent's coinbase script carries for the tree.
func (b *Built) Commitment() [CommitmentSize]byte {
	return Commitment(b.Root, b.Height, b.Nonce)
}

// stackChains is the number of chains up to which Build needs no scratch
// memory from the heap; pools have seldom more.
const stackChains = 16

// node is a subtree that holds at least one planned chain.
type node struct {
	pos  uint32 // among the nodes of its level
	hash [32]byte
}

// Build hashes the tree for the given leaves, which may stand in any order. A
// chain without a leaf gets zeros, so that its neighbours are not affected.
//
// Errors: ErrNoChains, ErrUnknownID, ErrDuplicateLeaf.
func (t Tree) Build(leaves []Leaf) (Built, error) {
	if len(t.places) == 0 {
		return Built{}, ErrNoChains
	}
	out := Built{Height: t.height, Nonce: t.Nonce(), Members: make([]Member, len(t.places))}
	hashes := make([][32]byte, len(t.places)*t.height)
	for i, p := range t.places {
		branch := hashes[i*t.height : (i+1)*t.height : (i+1)*t.height]
		out.Members[p.member] = Member{ID: p.id, Index: p.slot, Branch: branch}
	}

	// level holds the populated nodes of the present level by position, and
	// under[i] is the one of them above the i-th place.
	var levelBuf [stackChains]node
	var underBuf [stackChains]int
	level, under := levelBuf[:0], underBuf[:0]
	for i, p := range t.places {
		level = append(level, node{pos: p.slot})
		under = append(under, i)
	}
	if err := t.fill(level, out.Members, leaves); err != nil {
		return Built{}, err
	}

	for h := range t.height {
		for i, p := range t.places {
			out.Members[p.member].Branch[h] = *sibling(level, under[i], &t.empty[h])
		}
		level = raise(level, under, &t.empty[h])
	}
	out.Root = level[0].hash
	return out, nil
}

// fill puts the leaves into the lowest level and marks their members.
func (t Tree) fill(level []node, members []Member, leaves []Leaf) error {
next:
	for _, leaf := range leaves {
		for i, p := range t.places {
			if p.id != leaf.ID {
				continue
			}
			if members[p.member].Present {
				return fmt.Errorf("%w: %d", ErrDuplicateLeaf, leaf.ID)
			}
			members[p.member].Present = true
			level[i].hash = leaf.Hash
			continue next
		}
		return fmt.Errorf("%w: %d", ErrUnknownID, leaf.ID)
	}
	return nil
}

// sibling returns the hash beside the i-th node of a level: a neighbour in the
// list, or the empty subtree.
func sibling(level []node, i int, empty *[32]byte) *[32]byte {
	want := level[i].pos ^ 1
	if want < level[i].pos {
		i--
	} else {
		i++
	}
	if i >= 0 && i < len(level) && level[i].pos == want {
		return &level[i].hash
	}
	return empty
}

// raise turns a level into the one above, in place, and moves under along.
func raise(level []node, under []int, empty *[32]byte) []node {
	up, place := 0, 0
	for i := 0; i < len(level); up++ {
		pair := 1
		if i+1 < len(level) && level[i+1].pos == level[i].pos^1 {
			pair = 2
		}
		left, right := &level[i].hash, sibling(level, i, empty)
		if level[i].pos&1 != 0 {
			left, right = right, left
		}
		above := node{pos: level[i].pos >> 1, hash: hashPair(left, right)}

		// The places stand in the order of their slots, so those below this
		// pair follow each other.
		for i += pair; place < len(under) && under[place] < i; place++ {
			under[place] = up
		}
		level[up] = above
	}
	return level[:up]
}
