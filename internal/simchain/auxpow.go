package simchain

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"
)

// Rule names a rule of merged mining that a proof breaks. It works with
// errors.Is.
type Rule string

// Error implements error.
func (r Rule) Error() string { return "auxpow: " + string(r) }

// The rules, in the order in which a node applies them. Sources: Namecoin
// Core's CheckProofOfWork and CAuxPow::check, and the same of the Dogecoin
// family.
const (
	RuleOwnChainID     Rule = "block does not have our chain id"
	RuleNoProof        Rule = "version announces a proof and there is none"
	RuleNotAnnounced   Rule = "version does not announce the proof"
	RuleParentAux      Rule = "parent is merge-mined itself"
	RuleCoinbaseIndex  Rule = "coinbase index is not 0"
	RuleParentChainID  Rule = "parent has our chain id"
	RuleBranchLength   Rule = "chain branch longer than 30"
	RuleParentRoot     Rule = "parent's merkle root is not that of its coinbase and branch"
	RuleNoInput        Rule = "parent coinbase without input"
	RuleRootMissing    Rule = "chain merkle root is not in the parent coinbase"
	RuleTwoMagics      Rule = "more than one magic in the parent coinbase"
	RuleMagicPosition  Rule = "magic is not just before the chain merkle root"
	RuleMagicRequired  Rule = "no magic in the parent coinbase"
	RuleRootPosition   Rule = "no magic, and the chain merkle root starts after byte 20"
	RuleSizeNonceShort Rule = "size and nonce are cut off"
	RuleTreeSize       Rule = "tree size is not 2 to the length of the chain branch"
	RuleSlot           Rule = "block stands in another slot than its chain id gives"
	RuleWork           Rule = "too little work"
)

// Rules are what one chain asks of a proof.
type Rules struct {
	Algorithm Algorithm // of the parent's header; default sha256d
	ChainID   uint16
	// Strict chains want their own id in their blocks and never in a parent.
	Strict bool
	// IndexZero chains (Dogecoin family) read the coinbase index, which must be
	// 0; others ignore it.
	IndexZero bool
	// NoAuxParent chains (Namecoin) refuse a parent whose version has bit 8.
	NoAuxParent bool
	// MagicRequired chains (Syscoin) know no root without the magic.
	MagicRequired bool
	// FlaggedID chains (Syscoin) read a parent's chain id only where bit 8 is
	// set, and of fewer bits.
	FlaggedID bool
	// PowLimit is the easiest target in compact form; 0 stands for 207fffff.
	PowLimit uint32
}

// NamecoinRules are those of Namecoin Core 31.99, for any chain id.
func NamecoinRules(chainID uint16) Rules {
	return Rules{Algorithm: SHA256d, ChainID: chainID, Strict: true, NoAuxParent: true}
}

// DogecoinRules are those of the Dogecoin 1.14 family, for any chain id.
func DogecoinRules(chainID uint16) Rules {
	return Rules{Algorithm: Scrypt, ChainID: chainID, Strict: true, IndexZero: true}
}

// VerifyProof judges a serialised proof for the block with the given hash and
// bits. It returns nil, a [Malformed] or a [Rule], wrapped.
func VerifyProof(rules Rules, aux Hash, bits uint32, raw []byte) error {
	p, err := parseProof(raw)
	if err != nil {
		return err
	}
	return rules.verifyAuxPow(aux, int32(rules.ChainID), bits, p)
}

// VerifyHeader judges a serialised header, followed by its proof where its
// version announces one; what stands behind is ignored. The work of a block
// without a proof is its own.
func VerifyHeader(rules Rules, raw []byte) error {
	r := &reader{rest: raw}
	b := readBlockHeader(r, true)
	if r.err != nil {
		return fmt.Errorf("header: %w", r.err)
	}
	return rules.verifyWork(b, true)
}

func (r Rules) limit() *big.Int {
	bits := r.PowLimit
	if bits == 0 {
		bits = easiestBits
	}
	limit, _ := expand(bits)
	return limit
}

// legacy blocks are those from before merged mining: their version carries no
// chain id. Namecoin had version 1, Dogecoin 1 and 2.
func (r Rules) legacy(h *header) bool {
	return h.version == 1 || r.IndexZero && h.version == 2
}

// verifyWork is the whole test of a block's work, whether it is its own or a
// parent's. merged is false on a chain without merged mining.
func (r Rules) verifyWork(b *block, merged bool) error {
	if merged && r.Strict && !r.legacy(&b.header) && b.chainID() != int32(r.ChainID) {
		return RuleOwnChainID
	}
	if b.aux == nil {
		if merged && b.saysAux() {
			return RuleNoProof
		}
		if !meets(r.Algorithm.sum(b.header.encode()), b.bits, r.limit()) {
			return RuleWork
		}
		return nil
	}
	if !b.saysAux() {
		return RuleNotAnnounced
	}
	return r.verifyAuxPow(b.id, b.chainID(), b.bits, b.aux)
}

// verifyAuxPow tests a proof for the auxiliary block with the given hash, chain
// id and bits.
func (r Rules) verifyAuxPow(aux Hash, chainID int32, bits uint32, p *proof) error {
	switch {
	case r.NoAuxParent && p.parent.saysAux():
		return RuleParentAux
	case r.IndexZero && p.index != 0:
		return RuleCoinbaseIndex
	case r.Strict && r.FlaggedID && flaggedID(&p.parent) == chainID:
		return RuleParentChainID
	case r.Strict && !r.FlaggedID && p.parent.chainID() == chainID:
		return RuleParentChainID
	case len(p.chainBranch) > maxChainBranch:
		return RuleBranchLength
	}

	// The coinbase is the first transaction whatever the proof says, so that
	// nobody can pass off another transaction as one.
	if foldBranch(p.coinbase.id, p.branch, 0) != p.parent.root {
		return RuleParentRoot
	}
	if len(p.coinbase.in) == 0 {
		return RuleNoInput
	}
	root := foldBranch(aux, p.chainBranch, p.chainIndex)
	if err := r.checkCommitment(p.coinbase.in[0].script, root, chainID, p); err != nil {
		return err
	}
	if !meets(r.Algorithm.sum(p.parent.encode()), bits, r.limit()) {
		return RuleWork
	}
	return nil
}

// Limits of the commitment.
const (
	maxChainBranch = 30 // a tree of 2^30 slots
	maxBareOffset  = 20 // of a root without magic
)

// magic announces the commitment in the parent's coinbase script.
var magic = []byte{0xfa, 0xbe, 'm', 'm'}

// checkCommitment looks for what the parent's coinbase script must say.
//
//	fa be 6d 6d | root, byte-reversed 32 | tree size 4 LE | nonce 4 LE
func (r Rules) checkCommitment(script []byte, root Hash, chainID int32, p *proof) error {
	for i := range 16 {
		root[i], root[31-i] = root[31-i], root[i]
	}
	at := bytes.Index(script, root[:])
	if at < 0 {
		return RuleRootMissing
	}
	head := bytes.Index(script, magic)
	switch {
	case head >= 0 && bytes.Contains(script[head+1:], magic):
		return RuleTwoMagics
	case head >= 0 && head+len(magic) != at:
		return RuleMagicPosition
	case head < 0 && r.MagicRequired:
		return RuleMagicRequired
	case head < 0 && at > maxBareOffset:
		return RuleRootPosition
	}

	tail := script[at+len(root):]
	if len(tail) < 8 {
		return RuleSizeNonceShort
	}
	height := len(p.chainBranch)
	if binary.LittleEndian.Uint32(tail) != 1<<height {
		return RuleTreeSize
	}
	if p.chainIndex != slot(binary.LittleEndian.Uint32(tail[4:]), chainID, height) {
		return RuleSlot
	}
	return nil
}

// slot is the one place in a tree of 2^height leaves where a chain's block may
// stand. All arithmetic is modulo 2^32.
func slot(nonce uint32, chainID int32, height int) int32 {
	const a, c = 1103515245, 12345
	v := nonce*a + c
	v += uint32(chainID)
	v = v*a + c
	return int32(v % (1 << height))
}
