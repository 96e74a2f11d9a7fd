package direct

import (
	"cmp"
	"container/heap"
	"math/bits"
	"slices"
)

// Whole is the reward that parts are of.
const Whole = 1 << 60

// Account is one that may get an output.
type Account struct {
	Name   string
	Script []byte
	Part   uint64 // of Whole
	Carry  int64  // base units
	Least  uint64 // base units: it wants no smaller output; 0 for the plan's minimum
}

// Plan is who is to get what of the next block. It is never changed.
type Plan struct {
	Operator []byte    // script of the operator's output
	Minimum  uint64    // base units of the smallest output; 0 for what DefaultMinimum says
	Accounts []Account // the largest first

	// Kept leaves carries above zero where they are: somebody else pays them.
	Kept bool
}

// Bounds of the minimum.
const (
	leastUnits   = 10_000    // of the chain: some times the dust limit of Bitcoin, twice that of Litecoin
	leastPart    = 1_000_000 // of the reward, where a coin's unit is worth little (Dogecoin)
	defaultParts = 1_000     // of the reward
)

// Least is the dust limit: no output of a block with this reward is below it.
func Least(reward uint64) uint64 { return max(leastUnits, reward/leastPart) }

// DefaultMinimum is the minimum where the operator does not say one.
func DefaultMinimum(reward uint64) uint64 { return max(reward/defaultParts, Least(reward)) }

func (p *Plan) minimum(reward uint64) uint64 {
	if p.Minimum == 0 {
		return DefaultMinimum(reward)
	}
	return max(p.Minimum, Least(reward))
}

// part is the part of a reward, rounded down.
func part(of, reward uint64) uint64 { return mulDiv(of, reward, Whole) }

// mulDiv is a * b / c, rounded down; b <= c, or a <= c.
func mulDiv(a, b, c uint64) uint64 {
	high, low := bits.Mul64(a, b)
	q, _ := bits.Div64(high, low, c)
	return q
}

// due is what an account is to get of a block: at least 0.
func due(of uint64, carry int64, reward uint64, kept bool) uint64 {
	n := part(of, reward)
	switch {
	case carry > 0 && !kept:
		return n + uint64(carry)
	case carry < 0:
		return n - min(n, uint64(-carry))
	}
	return n
}

// Rank lists the n accounts that are to get the most of a block with this reward,
// by their places in parts, the largest first, of equal ones the first. Who is to
// get less than least is left out. Carries may be shorter than parts.
func Rank(parts []uint64, carries []int64, reward, least uint64, kept bool, n int) []int {
	least = max(least, 1)
	top := make(ranking, 0, min(n, len(parts)))
	for i, of := range parts {
		carry := int64(0)
		if i < len(carries) {
			carry = carries[i]
		}
		r := ranked{due(of, carry, reward, kept), i}
		switch {
		case r.due < least || n <= 0:
		case len(top) < n:
			heap.Push(&top, r)
		case top[0].before(r) < 0:
			top[0] = r
			heap.Fix(&top, 0)
		}
	}
	slices.SortFunc(top, func(a, b ranked) int { return b.before(a) })
	places := make([]int, len(top))
	for i, r := range top {
		places[i] = r.at
	}
	return places
}

// ranked is an account by its place and what it is to get.
type ranked struct {
	due uint64
	at  int
}

// before orders accounts from the last to the first.
func (r ranked) before(o ranked) int {
	return cmp.Or(cmp.Compare(r.due, o.due), cmp.Compare(o.at, r.at))
}

// ranking is a heap whose first is the smallest.
type ranking []ranked

func (r ranking) Len() int           { return len(r) }
func (r ranking) Less(i, j int) bool { return r[i].before(r[j]) < 0 }
func (r ranking) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *ranking) Push(x any)        { *r = append(*r, x.(ranked)) }
func (r *ranking) Pop() any          { panic("nothing is taken off") }
