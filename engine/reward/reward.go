package reward

import (
	"fmt"
	"strings"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// Account is the number of an account in its pool, from 1 in the order in which
// accounts were first seen. 0 is nobody.
type Account uint32

// Chain is what a job says of a chain.
type Chain struct {
	Network work.Work // expected work of one block
	Height  uint64
	Reward  uint64 // of the block to be found, fees included
	Fees    uint64 // the part of it that is fees; 0 where the coin does not say
}

// Block is a found block.
type Block struct {
	Reward uint64 // fees included
	Fees   uint64 // the part of it that is fees; 0 where the coin does not say
	Finder Account
}

// Credit is what an account gets.
type Credit struct {
	Account Account
	Amount  uint64
}

// Split is a block's reward divided. Its parts add up to the reward.
type Split struct {
	Credits []Credit // by account, none of them zero
	Pool    uint64   // the operator's: fee, donations, and what nobody has earned
}

// Total is the sum of the parts.
func (s *Split) Total() uint64 {
	sum := s.Pool
	for _, c := range s.Credits {
		sum += c.Amount
	}
	return sum
}

// Terms are what the operator and the accounts take off a reward.
type Terms struct {
	FeeBPS   int               // hundredths of a percent
	Donation func(Account) int // hundredths of a percent of an account's part; nil for none
	Window   float64           // N of pplns and pps+, in network difficulties; 2 when zero
}

// Scheme divides the rewards of one chain in one pool. It belongs to one
// goroutine.
type Scheme interface {
	// Terms are other terms from here on.
	Terms(t Terms)

	// Job tells of the chain as the newest job has it.
	Job(c Chain)

	// Share counts an accepted share, and is what it earns by itself.
	Share(a Account, w work.Work) Amount

	// Block divides the reward of a block that the last share solved, and starts
	// the next round.
	Block(b Block) Split

	// Save stores what has changed since the last Save or Load. A scheme that is
	// loaded and then fed what came after the Save is as it would have been.
	Save(s Store) error

	// Load takes over what was saved; called at most once, on a new Scheme.
	Load(s Store) error
}

// Store keeps a scheme's rows by number.
type Store interface {
	Put(key uint64, value []byte) error
	Delete(key uint64) error

	// Each calls f for every row in the order of the keys. Value is valid only
	// until f returns.
	Each(f func(key uint64, value []byte) error) error
}

// Names are the schemes that New knows.
var Names = []string{"solo", "prop", "pplns", "pps", "fpps", "pps+"}

// DefaultWindow is N of pplns and pps+, in network difficulties.
const DefaultWindow = 2

// PerShare reports whether a share earns something by itself in the scheme called name.
func PerShare(name string) bool { return name == "pps" || name == "fpps" || name == "pps+" }

// New makes the scheme called name.
func New(name string, t Terms) (Scheme, error) {
	var s Scheme
	switch name {
	case "solo":
		s = &solo{}
	case "prop":
		s = &prop{}
	case "pplns":
		s = &pplns{}
	case "pps":
		s = &perShare{}
	case "fpps":
		s = &perShare{fees: true}
	case "pps+":
		s = &plus{}
	default:
		return nil, fmt.Errorf("reward scheme %q is unknown; expected one of %s", name, strings.Join(Names, ", "))
	}
	s.Terms(t)
	return s, nil
}
