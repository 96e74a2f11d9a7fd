package auxpow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

// ruleTest is one row of the rules: what is spoiled, under which rules, and
// the rule that has to be named, or nil for a proof that nodes take.
type ruleTest struct {
	name  string
	ids   []uint32 // the first is the chain proved; nil: the sha256d set
	rules func(uint32) Rules
	spoil func(*forge)
	want  error
}

func runRuleTests(t *testing.T, tests []ruleTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ids := test.ids
			if ids == nil {
				ids = sha256dSet
			}
			f := newForge(t, ids...)
			if test.spoil != nil {
				test.spoil(f)
			}
			rules := namecoinRules
			if test.rules != nil {
				rules = test.rules
			}
			p := f.proof()
			err := Verify(&p, f.auxHash, rules(ids[0]))
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}

			// What went over the wire is judged alike.
			if wired, _, parseErr := Parse(p.Append(nil)); parseErr == nil {
				if again := Verify(&wired, f.auxHash, rules(ids[0])); !errors.Is(again, test.want) {
					t.Errorf("got %v after a trip over the wire, want %v", again, test.want)
				}
			} else if !errors.Is(err, RuleCoinbaseMalformed) {
				t.Error(parseErr)
			}
		})
	}
}

func TestVerifyTrees(t *testing.T) {
	runRuleTests(t, []ruleTest{
		{name: "lone chain, size 1", ids: []uint32{1}},
		{name: "tree of 2", ids: []uint32{1, 6}},
		{name: "tree of 4", ids: []uint32{16, 6}, rules: syscoinRules},
		{name: "tree of 8, scrypt set", ids: scryptSet, rules: dogecoinRules},
		{name: "tree of 16", ids: []uint32{1, 9}},
		{name: "tree of 32, sha256d set", ids: sha256dSet},
		{name: "tree of 256", ids: []uint32{1, 129}},
		{name: "tree of 2^30", ids: []uint32{1, 1 + 1<<29}},
	})
}

// Every chain of a tree is proved by the one commitment, with its neighbour up
// or down.
func TestVerifyEveryMember(t *testing.T) {
	tree := mustPlan(t, sha256dSet...)
	for down := range len(sha256dSet) + 1 {
		leaves := leavesFor(sha256dSet)
		if down < len(leaves) {
			leaves = slices.Delete(leaves, down, down+1)
		}
		built := mustBuild(t, tree, leaves...)
		commitment := built.Commitment()
		for i, m := range built.Members {
			if i == down {
				continue
			}
			f := newForge(t, m.ID)
			f.auxHash = leavesFor([]uint32{m.ID})[0].Hash
			f.script = slices.Concat(heightPush, commitment[:])
			f.chainBranch, f.chainIndex = m.Branch, m.Index
			p := f.proof()
			if err := Verify(&p, f.auxHash, namecoinRules(m.ID)); err != nil {
				t.Errorf("chain %d with chain %d down: %v", m.ID, down, err)
			}
			if err := Verify(&p, fill(0), namecoinRules(m.ID)); !errors.Is(err, RuleRootMissing) {
				t.Errorf("zeros in the place of chain %d: got %v, want %v", m.ID, err, RuleRootMissing)
			}
		}
	}
}

func TestVerifyRoot(t *testing.T) {
	runRuleTests(t, []ruleTest{
		{name: "root not reversed", want: RuleRootNotReversed, spoil: func(f *forge) {
			slices.Reverse(f.script[8:40])
		}},
		{name: "root of another tree", want: RuleRootMissing, spoil: func(f *forge) {
			f.script[20] ^= 1
		}},
		{name: "leaf reversed", want: RuleRootMissing, spoil: func(f *forge) {
			slices.Reverse(f.auxHash[:])
		}},
		{name: "foreign hash in the chain branch", want: RuleRootMissing, spoil: func(f *forge) {
			f.chainBranch[2][0] ^= 1
		}},
		{name: "empty script", want: RuleRootMissing, spoil: func(f *forge) { f.script = nil }},
		{name: "root cut off", want: RuleRootMissing, spoil: func(f *forge) { f.script = f.script[:39] }},
	})
}

func TestVerifyMagic(t *testing.T) {
	// bare spoils a proof so that its root starts at the offset, with no magic.
	bare := func(offset int) func(*forge) {
		return func(f *forge) {
			c := f.commit(1<<len(f.chainBranch), 0)
			f.script = slices.Concat(bytes.Repeat([]byte{0x51}, offset), c[4:])
		}
	}
	at := func(offset int) func(*forge) {
		return func(f *forge) {
			f.script = slices.Concat(bytes.Repeat([]byte{0x51}, offset), f.commit(1<<len(f.chainBranch), 0))
		}
	}
	runRuleTests(t, []ruleTest{
		{name: "magic twice, both before a root", want: RuleMagicTwice, spoil: func(f *forge) {
			f.script = append(f.script, f.script[4:48]...)
		}},
		{name: "magic twice, second by the extranonce", want: RuleMagicTwice, spoil: func(f *forge) {
			f.script = append(f.script, magic[:]...)
		}},
		{name: "magic twice, first before the commitment", want: RuleMagicTwice, spoil: func(f *forge) {
			f.script = append(magic[:], f.script...)
		}},
		{name: "magic twice, directly one after the other", want: RuleMagicTwice, spoil: func(f *forge) {
			f.script = slices.Insert(f.script, 4, magic[:]...)
		}},
		{name: "junk between magic and root", want: RuleMagicNotBeforeRoot, spoil: func(f *forge) {
			f.script = slices.Insert(f.script, 8, 0)
		}},
		{name: "magic behind the root", want: RuleMagicNotBeforeRoot, spoil: func(f *forge) {
			c := f.commit(1<<len(f.chainBranch), 0)
			f.script = slices.Concat(c[4:], c[:4])
		}},
		{name: "root also earlier, without magic", want: RuleMagicNotBeforeRoot, spoil: func(f *forge) {
			f.script = slices.Concat(f.script[8:40], f.script)
		}},
		{name: "root also later", want: nil, spoil: func(f *forge) {
			f.script = slices.Concat(f.script, f.script[8:40])
		}},
		{name: "magic at offset 45", want: nil, spoil: at(45)},
		{name: "script of 128 bytes", want: nil, spoil: at(84)},
		{name: "no magic, root at 0", want: nil, spoil: bare(0)},
		{name: "no magic, root at 4", want: nil, spoil: bare(4)},
		{name: "no magic, root at 20", want: nil, spoil: bare(20)},
		{name: "no magic, root at 20, Dogecoin family", rules: dogecoinRules, want: nil, spoil: bare(20)},
		{name: "no magic, root at 21", want: RuleRootTooLate, spoil: bare(21)},
		{name: "no magic, root at 21, Dogecoin family", rules: dogecoinRules, want: RuleRootTooLate, spoil: bare(21)},
		{name: "no magic where it is required", rules: syscoinRules, want: RuleMagicMissing, spoil: bare(4)},
		{name: "magic where it is required", rules: syscoinRules, want: nil},
	})
}

func TestVerifySizeNonceSlot(t *testing.T) {
	cut := func(left int) func(*forge) {
		return func(f *forge) { f.script = f.script[:40+left] }
	}
	size := func(n uint32) func(*forge) {
		return func(f *forge) { binary.LittleEndian.PutUint32(f.script[40:], n) }
	}
	runRuleTests(t, []ruleTest{
		{name: "7 bytes after the root", want: RuleCommitmentShort, spoil: cut(7)},
		{name: "4 bytes after the root", want: RuleCommitmentShort, spoil: cut(4)},
		{name: "nothing after the root", want: RuleCommitmentShort, spoil: cut(0)},
		{name: "exactly 8 bytes after the root", want: nil, spoil: cut(8)},
		{name: "pool tag after the commitment", want: nil, spoil: func(f *forge) {
			f.script = append(f.script, "/motherlode/"...)
		}},
		{name: "size doubled", want: RuleSizeMismatch, spoil: size(64)},
		{name: "size halved", want: RuleSizeMismatch, spoil: size(16)},
		{name: "size 0", want: RuleSizeMismatch, spoil: size(0)},
		{name: "size big-endian", want: RuleSizeMismatch, spoil: size(32 << 24)},
		{name: "size is the number of chains", want: RuleSizeMismatch, spoil: size(uint32(len(sha256dSet)))},
		{name: "nonce that moves the slot", want: RuleWrongSlot, spoil: func(f *forge) {
			binary.LittleEndian.PutUint32(f.script[44:], 1)
		}},
		{name: "nonce 12345 with its slot", want: nil, spoil: func(f *forge) {
			f.chainIndex = Slot(12345, 1, len(f.chainBranch))
			f.script = f.commit(1<<len(f.chainBranch), 12345)
		}},
		{name: "slot plus tree size", want: RuleWrongSlot, spoil: func(f *forge) { f.chainIndex += 32 }},
		{name: "slot plus 2^31", want: RuleWrongSlot, spoil: func(f *forge) { f.chainIndex += 1 << 31 }},
		{name: "neighbour's slot with its branch", want: RuleWrongSlot, spoil: func(f *forge) {
			f.chainIndex ^= 1
			f.script = f.commit(1<<len(f.chainBranch), 0)
		}},
		{name: "index 0 in a lone tree's place", want: RuleWrongSlot, spoil: func(f *forge) {
			f.chainIndex = 0
			f.script = f.commit(1<<len(f.chainBranch), 0)
		}},
		{name: "lone chain at index 1", ids: []uint32{1}, want: RuleWrongSlot, spoil: func(f *forge) { f.chainIndex = 1 }},
		{name: "slot of another id", rules: func(uint32) Rules { return namecoinRules(6) }, want: RuleWrongSlot},
	})
}

func TestVerifyBranchLength(t *testing.T) {
	long := func(n int) func(*forge) {
		return func(f *forge) {
			f.chainBranch = make([][32]byte, n)
			f.chainIndex = Slot(0, 1, n)
			f.script = f.commit(1<<n, 0)
		}
	}
	runRuleTests(t, []ruleTest{
		{name: "branch of 30", want: nil, spoil: long(30)},
		{name: "branch of 31", want: RuleBranchTooLong, spoil: long(31)},
		{name: "branch of 32, size 0", want: RuleBranchTooLong, spoil: long(32)},
	})
}

// A good proof is judged without allocation when its coinbase is stripped.
func TestVerifyAllocatesLittle(t *testing.T) {
	f := newForge(t, sha256dSet...)
	p := f.proof()
	rules := namecoinRules(1)
	if got := testing.AllocsPerRun(100, func() { _ = Verify(&p, f.auxHash, rules) }); got > 0 {
		t.Errorf("%v allocations for a good stripped proof, want none", got)
	}
}
