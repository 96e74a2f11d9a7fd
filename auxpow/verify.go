package auxpow

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// Verify says whether a chain with those rules takes the proof for the aux
// block of that hash (internal byte order). It returns nil, or an error that
// is one Rule. Work is not part of it: see VerifyWork.
//
// The verdict is the one of the nodes, with one addition: Coinbase must be
// exactly one transaction, which on the wire it always is.
//
// Source: CAuxPow::check and CheckProofOfWork of Namecoin Core, CAuxPow::check
// of the Dogecoin family, CAuxPow::check of Syscoin.
func Verify(p *Proof, auxHash [32]byte, rules Rules) error {
	version := p.ParentVersion()
	if err := CheckParentVersion(version, rules); err != nil {
		return fmt.Errorf("%w: version %08x", err, version)
	}
	if rules.IndexZero && p.CoinbaseIndex != 0 {
		return fmt.Errorf("%w: %d", RuleCoinbaseIndex, p.CoinbaseIndex)
	}
	if len(p.ChainBranch) > MaxHeight {
		return fmt.Errorf("%w: %d of at most %d", RuleBranchTooLong, len(p.ChainBranch), MaxHeight)
	}

	tx, err := scanWhole(p.Coinbase)
	if err != nil {
		return fmt.Errorf("%w: %w", RuleCoinbaseMalformed, err)
	}
	// The index is 0 whatever the proof says: only a first transaction will do.
	root := BranchRoot(tx.id(), p.CoinbaseBranch, 0)
	if !bytes.Equal(root[:], p.ParentHeader[headerMerkleRoot:headerMerkleRootEnd]) {
		return RuleMerkleRoot
	}
	if tx.inputs == 0 {
		return RuleNoInput
	}

	treeRoot := BranchRoot(auxHash, p.ChainBranch, p.ChainIndex)
	behind, err := findRoot(tx.script, treeRoot, rules.MagicRequired)
	if err != nil {
		return err
	}
	return checkPlace(p, behind, rules.ChainID)
}

// findRoot finds the tree's root in the coinbase script, where it stands
// reversed, and returns what follows it. Only the first occurrence counts.
func findRoot(script []byte, root [32]byte, magicRequired bool) ([]byte, error) {
	internal := root
	slices.Reverse(root[:])
	at := bytes.Index(script, root[:])
	if at < 0 {
		if bytes.Contains(script, internal[:]) {
			return nil, RuleRootNotReversed
		}
		return nil, RuleRootMissing
	}

	switch mark := bytes.Index(script, magic[:]); {
	case mark < 0 && magicRequired:
		return nil, RuleMagicMissing
	case mark < 0 && at > maxRootOffset:
		return nil, fmt.Errorf("%w: at byte %d, last is %d", RuleRootTooLate, at, maxRootOffset)
	case mark >= 0 && ContainsMagic(script) > 1:
		return nil, RuleMagicTwice
	case mark >= 0 && mark+len(magic) != at:
		return nil, fmt.Errorf("%w: magic at byte %d, root at %d", RuleMagicNotBeforeRoot, mark, at)
	}
	return script[at+len(root):], nil
}

// checkPlace checks size, nonce and slot. behind is what follows the root in
// the script.
func checkPlace(p *Proof, behind []byte, chainID uint32) error {
	if len(behind) < 8 {
		return fmt.Errorf("%w: %d of 8 bytes", RuleCommitmentShort, len(behind))
	}
	height := len(p.ChainBranch)
	if size := binary.LittleEndian.Uint32(behind[:4]); size != 1<<height {
		return fmt.Errorf("%w: size %d, branch of %d", RuleSizeMismatch, size, height)
	}
	nonce := binary.LittleEndian.Uint32(behind[4:8])
	if want := Slot(nonce, chainID, height); p.ChainIndex != want {
		return fmt.Errorf("%w: %d instead of %d", RuleWrongSlot, p.ChainIndex, want)
	}
	return nil
}
