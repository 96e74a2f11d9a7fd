package job

import (
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/motherlode-pool/motherlode/algos"
	"github.com/motherlode-pool/motherlode/auxpow"
	"github.com/motherlode-pool/motherlode/coins"
)

// Kinds of failure of this package; compare with errors.Is.
type errorKind string

func (e errorKind) Error() string { return string(e) }

// The kinds.
const (
	ErrShape        errorKind = "template has a shape that this pool cannot mine"
	ErrScriptTooBig errorKind = "coinbase script is longer than the chain allows"
	ErrPayout       errorKind = "coinbase outputs do not add up to the reward"
	ErrUnknownAux   errorKind = "aux work of a chain that is not in the plan"
)

// Payee is whom a coinbase pays. Payees are compared by identity: the engine
// keeps one value, made by NewPayee, per output script.
type Payee struct {
	Address string
	Script  []byte
	Class   any // of the miners that are sent this coinbase, where Input.Payout tells classes apart

	key uint64 // of the script: the same for every value made of it
}

// payeeSeed makes the keys of payees unknown outside this process.
var payeeSeed = maphash.MakeSeed()

// NewPayee makes a payee of an output script.
func NewPayee(address string, script []byte) *Payee {
	return &Payee{Address: address, Script: script, key: maphash.Bytes(payeeSeed, script)}
}

// NewClass makes a payee that Input.Payout knows what to do with: a class of miners,
// under a name that no other class has.
func NewClass(name string, class any) *Payee {
	return &Payee{Address: name, Class: class, key: maphash.String(payeeSeed, "class "+name)}
}

// Payout divides the reward of one job among many for a class of miners. The values
// of the outputs must add up to Room.Reward. Note is kept with the variant. It is
// called once for each payee, by any goroutine.
type Payout func(p *Payee, r Room) (outs []coins.Output, note any)

// Room is what a job leaves for the outputs that pay.
type Room struct {
	Reward uint64
	Bytes  int            // of the coinbase without them and without its witness
	Others []coins.Output // required ones and commitments
}

// Outputs divides the reward of a template for a payee: what is left after the
// template's required outputs. The values must add up to reward.
type Outputs func(p *Payee, reward uint64) []coins.Output

// AuxChain is one configured auxiliary chain of a pool.
type AuxChain struct {
	Name    string
	ChainID uint32 // slot id; meaningful when InTree
	InTree  bool   // committed by a leaf of the tree
	Cap     bool   // cap share difficulty at this chain's target
}

// Spec is what stays the same from job to job of a pool.
type Spec struct {
	Algorithm      algos.Algorithm // nil when the parent's coin hashes: see Prepare
	DiffOne        algos.Target    // target of share difficulty 1
	Tag            []byte
	ExtranonceSize int // extranonce1 and extranonce2 together, in bytes
	Outputs        Outputs
	Aux            []AuxChain

	tree   auxpow.Tree
	inTree bool
}

// Plan fixes the merged-mining tree over the configured chains. A chain that is
// down keeps its place, so its neighbours' work does not change shape. The
// error names colliding chain ids.
func (s *Spec) Plan() error {
	var ids []uint32
	for _, a := range s.Aux {
		if a.InTree {
			ids = append(ids, a.ChainID)
		}
	}
	s.tree, s.inTree = auxpow.Tree{}, len(ids) > 0
	if !s.inTree {
		return nil
	}
	tree, err := auxpow.Plan(ids)
	if err != nil {
		var dup *auxpow.DuplicateError
		if errors.As(err, &dup) {
			return fmt.Errorf("aux chains %v share a chain id: %w", s.namesOf(dup.IDs), err)
		}
		return fmt.Errorf("planning the merged-mining tree: %w", err)
	}
	s.tree = tree
	return nil
}

func (s *Spec) namesOf(ids []uint32) []string {
	var names []string
	for _, a := range s.Aux {
		for _, id := range ids {
			if a.InTree && a.ChainID == id {
				names = append(names, a.Name)
			}
		}
	}
	return names
}
