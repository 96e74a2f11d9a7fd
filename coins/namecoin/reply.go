package namecoin

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
)

// auxReply is the reply of createauxblock and getauxblock.
type auxReply struct {
	Hash     string  `json:"hash"`
	ChainID  *uint32 `json:"chainid"`
	Previous string  `json:"previousblockhash"`
	Value    int64   `json:"coinbasevalue"`
	Bits     string  `json:"bits"`
	Height   uint64  `json:"height"`

	// Syscoin's: the script of an output that the parent's coinbase must carry,
	// and where the block commits to it the block that the parent is built on.
	ParentScript string `json:"coinbasescript"`
	ParentPrev   string `json:"_btcprevhash"`

	// The target as the node has it, the least significant byte first. It is
	// called by one of the two names, and only a check on the bits.
	Target      string `json:"target"`
	UnderTarget string `json:"_target"`
}

// work makes aux work of the reply, without what only the caller knows: ID,
// Node, Source, Opaque and Rules. Errors are of kinds ErrReply and ErrTarget.
func (r *auxReply) work() (*coins.AuxWork, error) {
	w := &coins.AuxWork{Height: r.Height}
	var err error
	if w.Hash, err = coins.ParseHash(r.Hash); err != nil {
		return nil, fmt.Errorf("%w: hash: %w", ErrReply, err)
	}
	if w.PrevHash, err = coins.ParseHash(r.Previous); err != nil {
		return nil, fmt.Errorf("%w: previousblockhash: %w", ErrReply, err)
	}
	if r.ChainID == nil {
		return nil, fmt.Errorf("%w: it names no chainid", ErrReply)
	}
	if r.Height == 0 || r.Height > math.MaxInt32 || r.Value < 0 {
		return nil, fmt.Errorf("%w: height %d, coinbasevalue %d", ErrReply, r.Height, r.Value)
	}
	bits, err := strconv.ParseUint(r.Bits, 16, 32)
	if err != nil {
		return nil, fmt.Errorf("%w: bits: %w", ErrReply, err)
	}
	target, err := algos.FromBits(uint32(bits))
	if err != nil {
		return nil, fmt.Errorf("%w: bits: %w", ErrReply, err)
	}
	w.Bits, w.Target, w.Reward = uint32(bits), target, uint64(r.Value)
	w.Slot = &coins.Slot{ChainID: *r.ChainID}
	if r.ParentScript != "" {
		script, err := hex.DecodeString(r.ParentScript)
		if err != nil {
			return nil, fmt.Errorf("%w: coinbasescript: %w", ErrReply, err)
		}
		w.ExtraOutputs = []coins.Output{{Script: script}}
	}
	w.DependsOnParent = r.ParentPrev != ""
	if err := checkTarget("target", r.Target, r.Bits, target); err != nil {
		return nil, err
	}
	return w, checkTarget("_target", r.UnderTarget, r.Bits, target)
}

// parent is the block that the parent must be built on; zero for any. told is
// the one that the node was told, zero for none: it must agree. Errors are of
// kind ErrReply.
func (r *auxReply) parent(told coins.Hash) (coins.Hash, error) {
	if r.ParentPrev == "" {
		return coins.Hash{}, nil
	}
	prev, err := coins.ParseHash(r.ParentPrev)
	switch {
	case err != nil:
		return coins.Hash{}, fmt.Errorf("%w: _btcprevhash: %w", ErrReply, err)
	case prev.IsZero():
		return coins.Hash{}, fmt.Errorf("%w: _btcprevhash is zero", ErrReply)
	case !told.IsZero() && prev != told:
		return coins.Hash{}, fmt.Errorf("%w: it commits to the parent's block %s and was told of %s", ErrReply, prev, told)
	}
	return prev, nil
}

// checkTarget compares a target field, unless it is absent, with what the bits
// stand for.
func checkTarget(name, field, bits string, want algos.Target) error {
	if field == "" {
		return nil
	}
	raw, err := hex.DecodeString(field)
	if err != nil || len(raw) != len(want) {
		return fmt.Errorf("%w: %s %.80q is no target", ErrReply, name, field)
	}
	slices.Reverse(raw)
	if got := algos.Target(raw); got != want {
		return fmt.Errorf("%w: bits %s are %s, %s read backwards is %s", ErrTarget, bits, want, name, got)
	}
	return nil
}
