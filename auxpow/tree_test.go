package auxpow

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// Sets of chains that are mined together, by chain id.
var (
	sha256dSet     = []uint32{1, 6, 16, 117, 1224, 1829, 8228}
	scryptSet      = []uint32{98, 63, 16, 8211}
	largeScryptSet = []uint32{98, 63, 16, 8211, 8224, 74}
)

func mustPlan(t testing.TB, ids ...uint32) Tree {
	t.Helper()
	tree, err := Plan(ids)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func mustBuild(t testing.TB, tree Tree, leaves ...Leaf) Built {
	t.Helper()
	built, err := tree.Build(leaves)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// leavesFor gives each chain a hash of its own.
func leavesFor(ids []uint32) []Leaf {
	leaves := make([]Leaf, len(ids))
	for i, id := range ids {
		leaves[i] = Leaf{ID: id, Hash: DoubleHash([]byte{byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)})}
	}
	return leaves
}

// wholeTree hashes all leaves of a tree, level by level.
func wholeTree(height int, leaves map[uint32][32]byte) [][][32]byte {
	level := make([][32]byte, 1<<height)
	for slot, hash := range leaves {
		level[slot] = hash
	}
	levels := [][][32]byte{level}
	for len(level) > 1 {
		up := make([][32]byte, len(level)/2)
		for i := range up {
			up[i] = DoubleHash(slices.Concat(level[2*i][:], level[2*i+1][:]))
		}
		levels, level = append(levels, up), up
	}
	return levels
}

func TestBuildAgainstWholeTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		ids := randomIDs(rng, 1+rng.IntN(20), 1<<(5+rng.IntN(6)))
		leaves := leavesFor(ids)
		rng.Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
		leaves = leaves[:rng.IntN(len(leaves)+1)]

		tree := mustPlan(t, ids...)
		built := mustBuild(t, tree, leaves...)

		bySlot := map[uint32][32]byte{}
		for _, leaf := range leaves {
			bySlot[Slot(0, leaf.ID, tree.Height())] = leaf.Hash
		}
		levels := wholeTree(tree.Height(), bySlot)
		if want := levels[tree.Height()][0]; built.Root != want {
			t.Fatalf("ids %v: root %x, want %x", ids, built.Root, want)
		}
		checkMembers(t, built, ids, levels, bySlot)
	}
}

func checkMembers(t *testing.T, built Built, ids []uint32, levels [][][32]byte, bySlot map[uint32][32]byte) {
	t.Helper()
	if len(built.Members) != len(ids) {
		t.Fatalf("%d members, want %d", len(built.Members), len(ids))
	}
	for i, m := range built.Members {
		_, present := bySlot[m.Index]
		if m.ID != ids[i] || m.Index != Slot(0, ids[i], built.Height) || m.Present != present {
			t.Fatalf("member %d is %d at %d, present %v; want %d at %d, present %v", i,
				m.ID, m.Index, m.Present, ids[i], Slot(0, ids[i], built.Height), present)
		}
		if len(m.Branch) != built.Height {
			t.Fatalf("branch of %d hashes, want %d", len(m.Branch), built.Height)
		}
		for h, got := range m.Branch {
			if want := levels[h][m.Index>>h^1]; got != want {
				t.Fatalf("ids %v: branch of %d at level %d is %x, want %x", ids, m.ID, h, got, want)
			}
		}
		if root := BranchRoot(bySlot[m.Index], m.Branch, m.Index); root != built.Root {
			t.Fatalf("branch of %d leads to %x, want %x", m.ID, root, built.Root)
		}
	}
}

func TestBuildLoneChain(t *testing.T) {
	leaf := Leaf{ID: 98, Hash: fill(0xab)}
	built := mustBuild(t, mustPlan(t, 98), leaf)
	m := built.Members[0]
	if built.Root != leaf.Hash || built.Height != 0 || built.Nonce != 0 || m.Index != 0 || len(m.Branch) != 0 {
		t.Errorf("got %+v, want the block hash as root, height 0, index 0 and an empty branch", built)
	}
}

// A chain that is down leaves zeros and moves nobody; the neighbours' slots
// and the size stay.
func TestBuildZerosForDeadChain(t *testing.T) {
	tree := mustPlan(t, sha256dSet...)
	all := leavesFor(sha256dSet)
	full := mustBuild(t, tree, all...)
	down := mustBuild(t, tree, all[1:]...)

	zeroed := slices.Clone(all)
	zeroed[0].Hash = [32]byte{}
	if want := mustBuild(t, tree, zeroed...); down.Root != want.Root {
		t.Errorf("root without a leaf is %x, with a leaf of zeros %x", down.Root, want.Root)
	}
	if down.Root == full.Root {
		t.Error("the root does not depend on the leaf")
	}
	if down.Members[0].Present || !full.Members[0].Present {
		t.Errorf("present = %v when down and %v when up", down.Members[0].Present, full.Members[0].Present)
	}
	for i := range all {
		m := down.Members[i]
		if m.Index != full.Members[i].Index || down.Height != full.Height {
			t.Errorf("chain %d moved to %d of height %d", m.ID, m.Index, down.Height)
		}
		if i > 0 && BranchRoot(all[i].Hash, m.Branch, m.Index) != down.Root {
			t.Errorf("chain %d does not lead to the root", m.ID)
		}
	}

	// With nobody alive the tree is one of zeros.
	none := mustBuild(t, tree)
	if want := wholeTree(tree.Height(), nil)[tree.Height()][0]; none.Root != want {
		t.Errorf("root of nobody is %x, want %x", none.Root, want)
	}
}

func TestBuildTallTreeStaysSmall(t *testing.T) {
	ids := []uint32{7, 7 + 1<<29, 8, 1 << 28}
	leaves := leavesFor(ids)
	tree := mustPlan(t, ids...)
	if tree.Height() != MaxHeight {
		t.Fatalf("height %d, want %d", tree.Height(), MaxHeight)
	}
	built := mustBuild(t, tree, leaves...)
	for i, m := range built.Members {
		if got := BranchRoot(leaves[i].Hash, m.Branch, m.Index); len(m.Branch) != MaxHeight || got != built.Root {
			t.Errorf("chain %d: branch of %d leads to %x, want %x", m.ID, len(m.Branch), got, built.Root)
		}
	}
}

// The order in which chains are configured does not change the tree.
func TestBuildDoesNotDependOnOrder(t *testing.T) {
	want := mustBuild(t, mustPlan(t, sha256dSet...), leavesFor(sha256dSet)...)
	ids := slices.Clone(sha256dSet)
	slices.Reverse(ids)
	got := mustBuild(t, mustPlan(t, ids...), leavesFor(sha256dSet)...)
	if got.Root != want.Root {
		t.Errorf("root %x, want %x", got.Root, want.Root)
	}
}

func TestBuildRefuses(t *testing.T) {
	tree := mustPlan(t, 1, 6)
	tests := []struct {
		name   string
		tree   Tree
		leaves []Leaf
		want   Error
	}{
		{"zero tree", Tree{}, nil, ErrNoChains},
		{"unknown chain", tree, []Leaf{{ID: 2}}, ErrUnknownID},
		{"two leaves for a chain", tree, []Leaf{{ID: 6}, {ID: 1}, {ID: 6}}, ErrDuplicateLeaf},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.tree.Build(test.leaves); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// A branch must not be able to grow into its neighbour's.
func TestBuildBranchesDoNotOverlap(t *testing.T) {
	built := mustBuild(t, mustPlan(t, scryptSet...), leavesFor(scryptSet)...)
	for _, m := range built.Members {
		if cap(m.Branch) != len(m.Branch) {
			t.Errorf("branch of %d has room for %d beyond its %d", m.ID, cap(m.Branch), len(m.Branch))
		}
	}
}
