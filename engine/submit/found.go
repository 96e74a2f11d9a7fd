package submit

import (
	"time"

	"github.com/motherlode-pool/motherlode/coins"
)

// Kind says on which side of merged mining a block was found.
type Kind uint8

// The kinds.
const (
	Parent Kind = iota + 1 // a whole block: Found.Block is set
	Aux                    // a proof for aux work: Found.Proof is set
)

func (k Kind) String() string {
	switch k {
	case Parent:
		return "parent"
	case Aux:
		return "aux"
	}
	return "invalid"
}

// Found is a solved block of one chain. It is never changed once delivered.
type Found struct {
	Pool       string
	Chain      string // name of the coin in the TOML
	Kind       Kind
	Hash       coins.Hash // with Chain, the identity of the block
	Height     uint64     // 0 when unknown
	PrevHash   coins.Hash
	Job        uint64 // job that the solution belongs to
	Account    string
	Worker     string
	Time       time.Time // when it was found
	Reward     uint64    // base units
	Fees       uint64    // the part of it that is fees, 0 where the coin does not say
	Difficulty float64   // of the share that solved it
	Paid       *Paid     // what the coinbase pays to accounts; nil where it pays none

	// Logged is closed when the share that solved the block is in the share log, or
	// cannot be put there; nil where nothing is to come, as after a restart.
	Logged <-chan struct{}

	Block *coins.Block    // with Parent
	Proof *coins.AuxProof // with Aux
}

// Paid is what a coinbase pays to accounts, so that a crash between the submission
// and the record of it loses nothing.
type Paid struct {
	Operator uint64   `json:"operator"` // base units of the operator's own output
	Outputs  []Output `json:"outputs"`
}

// Output is what one account gets of a coinbase.
type Output struct {
	Account string `json:"account"`
	Amount  uint64 `json:"amount"` // base units
}

// Key is the identity of a block: two solutions of the same aux work are the
// same block.
type Key struct {
	Chain string
	Hash  coins.Hash
}

// Key is the identity of the block that f solves.
func (f Found) Key() Key { return Key{f.Chain, f.Hash} }

// State is what has become of a found block.
type State uint8

// The states, in the order of a good life. A block may change between Accepted
// and Orphaned as the chain reorganises. The others but Pending and Received are
// final, except that Refused gives way when another solution of the same block
// is taken.
const (
	Pending  State = iota + 1 // in the journal, no verdict yet
	Received                  // a node took it in; not known to be on the best chain
	Accepted                  // on the best chain
	Mature                    // the reward may be spent; final
	Orphaned                  // known to a node or once accepted, but not on the best chain
	Refused                   // the node refused it, and it is on no chain that we can see
	Lost                      // given up without a verdict: its height is long past
)

func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Received:
		return "received"
	case Accepted:
		return "accepted"
	case Mature:
		return "mature"
	case Orphaned:
		return "orphaned"
	case Refused:
		return "refused"
	case Lost:
		return "lost"
	}
	return "invalid"
}

// Event is a change of what has become of a found block. It may be repeated
// after a crash: the same chain, hash and state mean the same thing.
type Event struct {
	Found   Found // without Block and Proof
	State   State
	Final   bool              // nothing more is expected for this block
	Verdict coins.Verdict     // of the last submission; zero Code when there was none
	Status  coins.BlockStatus // of the last look-up; zero State when there was none
	Time    time.Time
}
