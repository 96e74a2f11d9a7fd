package conformance

import (
	"time"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/coins"
	"github.com/motherlode-pool/motherlode/engine/job"
)

// What the parent that the suite makes up for aux work is like.
const (
	parentHeight  = 700_000
	parentReward  = 50_0000_0000
	parentVersion = 0x20000000
	parentBits    = 0x1d00ffff
)

// parentTip is the tip that work which depends on the parent is told of.
var parentTip = coins.ParentTip{Hash: coins.Hash{0xaa, 0xbb}, Height: parentHeight - 1}

// parentTemplate is work of a parent that exists nowhere: an aux chain looks at
// the proof alone. It has one transaction and a witness, so that the coinbase has
// a branch, and comes in two forms of which only the one without witness hashes
// to the root.
func parentTemplate(aux *coins.AuxWork) *coins.Template {
	version := uint32(parentVersion)
	if aux.Slot != nil && aux.Slot.ChainID == version>>16 {
		version = 0x30000000 // its own id in the parent's version is what a strict chain refuses
	}
	tx := []byte("a transaction of the parent, which nobody reads")
	var leaf coins.Hash
	algos.DoubleSHA256((*[32]byte)(&leaf), tx)
	return &coins.Template{
		ID: 1, Reason: coins.NewTip, Height: parentHeight, PrevHash: parentTip.Hash, Target: [32]byte{31: 1},
		Reward: parentReward, Time: time.Now().Unix(), Node: "conformance", Source: "start",
		Tree: &coins.CoinbaseTree{
			Version: version, Bits: parentBits, Branch: []coins.Hash{leaf}, CoinbaseVersion: 2,
			ScriptPrefix: []byte{3, parentHeight & 0xff, parentHeight >> 8 & 0xff, parentHeight >> 16},
			ScriptLimit:  100, WitnessReserved: make([]byte, 32), TxCount: 1, TxBlob: tx,
		},
	}
}

// auxSpec is a pool of one aux chain beside which there is room for another, so
// that the chain's branch has a step.
func (s *suite) auxSpec(coin coins.Coin, w *coins.AuxWork) (job.Spec, error) {
	spec := s.jobSpec(coin)
	mine := job.AuxChain{Name: "aux", Cap: true}
	if w.Slot != nil {
		mine.InTree, mine.ChainID = true, w.Slot.ChainID
		spec.Aux = append(spec.Aux, mine, job.AuxChain{Name: "beside", ChainID: w.Slot.ChainID ^ 1, InTree: true})
	} else {
		spec.Aux = append(spec.Aux, mine)
	}
	return spec, spec.Plan()
}
