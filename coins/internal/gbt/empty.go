package gbt

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/coins/internal/block"
)

// Tip is what the header of a new tip says.
type Tip struct {
	Hash       coins.Hash
	Prev       coins.Hash
	Height     uint64
	Bits       uint32
	MedianTime int64 // of the eleven blocks up to it, Unix seconds; 0 when the node does not say
}

// Schedule is when a chain's bits and subsidy change. The zero value says that it
// is not known.
type Schedule struct {
	Subsidy  uint64 // base units of the first block
	Halving  uint64 // blocks until it is halved
	Retarget uint64 // blocks for which the bits stay; 0 for ever
}

// maxLife is how much later than the last template's time, which is by the node's
// clock, a block is made at most, in seconds: ours may be hours ahead, and the node
// would take the template for a broken one.
const maxLife = 3600

// subsidy is that of a height.
func (s Schedule) subsidy(height uint64) uint64 {
	if halvings := height / s.Halving; halvings < 64 {
		return s.Subsidy >> halvings
	}
	return 0
}

// Empty makes the template without transactions that follows last on the tip
// that was found at last's height. It is nil unless bits, subsidy and earliest
// time are certain: the tip must be a child of last's tip with last's bits, no
// retarget may be due, last's reward must be its fees and the subsidy of the
// schedule, and its block must consist of nothing but the usual.
func (s Schedule) Empty(last *coins.Template, tip Tip, now time.Time) *coins.Template {
	tree := last.Tree
	height := tip.Height + 1
	switch {
	case s.Halving == 0 || tree == nil || tip.MedianTime <= 0:
		return nil
	case tip.Height != last.Height || tip.Prev != last.PrevHash || tip.Bits != tree.Bits:
		return nil
	case s.Retarget != 0 && height%s.Retarget == 0:
		return nil
	case last.Fees > last.Reward || last.Reward-last.Fees != s.subsidy(last.Height):
		return nil
	case len(tree.Payload) != 0 || len(tree.Trailer) != 0:
		return nil
	}
	empty := *tree
	empty.Branch, empty.TxCount, empty.TxBlob, empty.Outputs = nil, 0, nil, nil
	empty.ScriptPrefix = block.HeightPush(height)
	for _, o := range tree.Outputs {
		if !isCommitment(o) || len(tree.WitnessReserved) != 32 {
			return nil
		}
		empty.Outputs = []coins.Output{{Script: block.CommitmentScript(block.Commitment(nil, [32]byte(tree.WitnessReserved)))}}
	}
	earliest := tip.MedianTime + 1
	at := max(min(now.Unix(), last.Time+maxLife), earliest)
	if last.MaxTime != 0 && at > last.MaxTime {
		return nil
	}
	return &coins.Template{
		Height:   height,
		PrevHash: tip.Hash,
		Target:   last.Target,
		Reward:   s.subsidy(height),
		Time:     at,
		MinTime:  earliest,
		MaxTime:  last.MaxTime,
		Tree:     &empty,
	}
}

// isCommitment reports whether an output is the witness commitment.
func isCommitment(o coins.Output) bool {
	prefix := block.CommitmentScript(coins.Hash{})[:6]
	return o.Value == 0 && len(o.Script) == 38 && string(o.Script[:6]) == string(prefix)
}
