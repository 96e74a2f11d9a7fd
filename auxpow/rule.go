package auxpow

// Rule names a consensus rule of merged mining that a proof breaks. It is an
// error kind: errors.Is(err, RuleWrongSlot).
type Rule string

// Error makes a Rule an error.
func (r Rule) Error() string { return string(r) }

// The rules, in the order in which Verify checks them. The last three are of
// VerifyWork and CheckBlockVersion.
const (
	// RuleParentIsAux: the parent's version has bit 8, so the parent would be
	// merge-mined itself. Namecoin refuses that (Rules.NoAuxParent).
	RuleParentIsAux Rule = "parent version has the aux flag"

	// RuleParentOwnID: the upper half of the parent's version is the aux
	// chain's own id (Rules.StrictID).
	RuleParentOwnID Rule = "parent version has the chain's own id"

	// RuleCoinbaseIndex: the coinbase is not the first transaction by the
	// proof's own word. The Dogecoin family checks it (Rules.IndexZero);
	// Namecoin ignores the field and takes 0.
	RuleCoinbaseIndex Rule = "coinbase index is not 0"

	// RuleBranchTooLong: the chain branch has more than MaxHeight hashes.
	RuleBranchTooLong Rule = "chain branch is too long"

	// RuleCoinbaseMalformed: the coinbase is not one whole transaction. The
	// kind of reading error is wrapped beside it.
	RuleCoinbaseMalformed Rule = "coinbase is not a transaction"

	// RuleMerkleRoot: coinbase and branch do not lead to the parent header's
	// merkle root. A coinbase that is not the first transaction ends here too.
	RuleMerkleRoot Rule = "coinbase is not in the parent's merkle root"

	// RuleNoInput: the coinbase has no input, hence no script.
	RuleNoInput Rule = "coinbase has no input"

	// RuleRootNotReversed: the script holds the tree's root, but in internal
	// byte order. To a node this is a missing root.
	RuleRootNotReversed Rule = "tree root is not reversed"

	// RuleRootMissing: the root that the aux hash and its branch lead to is
	// not in the script.
	RuleRootMissing Rule = "tree root is missing from the coinbase script"

	// RuleMagicTwice: the magic stands more than once in the script.
	RuleMagicTwice Rule = "magic stands more than once"

	// RuleMagicNotBeforeRoot: the script has the magic, but the first
	// occurrence of the root does not follow it directly.
	RuleMagicNotBeforeRoot Rule = "magic is not right before the tree root"

	// RuleMagicMissing: the script has no magic and the chain demands it
	// (Rules.MagicRequired).
	RuleMagicMissing Rule = "magic is missing"

	// RuleRootTooLate: without the magic the root must start within the
	// script's first 20 bytes.
	RuleRootTooLate Rule = "tree root starts too late without a magic"

	// RuleCommitmentShort: fewer than 8 bytes follow the root.
	RuleCommitmentShort Rule = "size and nonce are cut off"

	// RuleSizeMismatch: the size is not 2 to the length of the chain branch.
	RuleSizeMismatch Rule = "tree size does not match the chain branch"

	// RuleWrongSlot: the chain index is not what Slot gives.
	RuleWrongSlot Rule = "chain stands in the wrong slot"

	// RuleWork: the parent header's hash is above the aux chain's target.
	RuleWork Rule = "not enough work"

	// RuleBlockNotAux: a block with a proof whose version lacks bit 8.
	RuleBlockNotAux Rule = "block version lacks the aux flag"

	// RuleBlockForeignID: the aux block's own version has another chain's id
	// (Rules.StrictID).
	RuleBlockForeignID Rule = "block version has another chain's id"
)

// Rules says in what a chain differs from the others. The zero value is a
// chain of id 0 that is lenient in all of it.
type Rules struct {
	// ChainID is the id in the upper half of the aux block's version. Nodes
	// take it from that version for the slot, also where StrictID is off.
	ChainID uint32

	// StrictID: the chain's blocks must carry its id, and a parent must not.
	StrictID bool

	// IndexZero: the proof's coinbase index must be 0 (Dogecoin family).
	// Without it the field is ignored (Namecoin).
	IndexZero bool

	// NoAuxParent: the parent's version must not have bit 8 (Namecoin).
	NoAuxParent bool

	// MagicRequired: a root without the magic is refused at any offset
	// (Syscoin).
	MagicRequired bool
}
