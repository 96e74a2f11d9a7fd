package direct

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/motherlode-pool/motherlode/coins"
)

// Space is what a job has left for the outputs that pay.
type Space struct {
	Reward uint64 // to be divided
	Bytes  int    // of the coinbase without these outputs and without its witness
	Weight int    // of the coinbase with all, as the block has it left
	Sigops int    // cost of the outputs' signature operations, as the block has it left

	Witness int // bytes of the coinbase's witness
}

// Paid is what an account gets.
type Paid struct {
	Account string
	Amount  uint64
}

// Payout is a reward divided into outputs.
type Payout struct {
	Outputs  []coins.Output // of Accounts in their order, then the operator's, unless it is zero
	Accounts []Paid
	Operator uint64
}

// lend is the part of the reward that those who have an output may lend to those whose
// carries make one; twice the minimum where that is more. It is never so much that who
// lends gets less than its minimum.
const lend = 100

// chosen is an account that has an output.
type chosen struct {
	*Account
	base  uint64 // its part, or what a negative carry leaves of it
	carry uint64 // what is owed to it
	pay   uint64
}

// Pay divides a reward into outputs for a class of miners. Where a block goes to its
// finder, that is finder, with its part, and the accounts of the plan have carries
// only; else finder is nil.
func (p *Plan) Pay(s Space, l Limits, finder *Account) *Payout {
	least := p.minimum(s.Reward)
	c := chooser{
		plan: p, least: least, reward: s.Reward, outputs: min(l.Outputs, MaxOutputs) - 1,
		bytes: min(l.Bytes, (s.Weight-s.Witness)/4) - s.Bytes - outputSize(p.Operator), cost: s.Sigops - sigops(p.Operator),
	}
	if finder != nil {
		c.take(finder)
	}
	for i := range p.Accounts {
		if a := &p.Accounts[i]; finder == nil || a.Name != finder.Name {
			c.take(a)
		}
	}
	list := c.list
	credit := uint64(0) // a finder lends nothing: its next block, to have that back from, may never come
	if finder == nil {
		credit = max(s.Reward/lend, 2*min(least, s.Reward/2))
	}
	divide(list, s.Reward, least, credit)

	out := &Payout{Operator: s.Reward}
	for i := range list {
		if c := &list[i]; c.pay >= c.smallest(least) {
			out.Accounts = append(out.Accounts, Paid{c.Name, c.pay})
			out.Outputs = append(out.Outputs, coins.Output{Value: c.pay, Script: c.Script})
			out.Operator -= c.pay
		}
	}
	if out.Operator > 0 && out.Operator < Least(s.Reward) && len(out.Outputs) > 0 {
		out.Accounts[0].Amount += out.Operator
		out.Outputs[0].Value += out.Operator
		out.Operator = 0
	}
	if out.Operator > 0 || len(out.Outputs) == 0 {
		out.Outputs = append(out.Outputs, coins.Output{Value: out.Operator, Script: p.Operator})
	}
	return out
}

// chooser takes accounts as far as they fit beside the operator's output.
type chooser struct {
	plan          *Plan
	least, reward uint64
	outputs       int // that there may be
	bytes, cost   int // that are left
	list          []chosen
}

// take takes an account that is to get the minimum, and fits.
func (c *chooser) take(a *Account) {
	kept := c.plan.Kept
	size, ops := outputSize(a.Script), sigops(a.Script)
	if len(c.list) >= c.outputs || size > c.bytes || ops > c.cost || due(a.Part, a.Carry, c.reward, kept) < max(c.least, a.Least) {
		return
	}
	one := chosen{Account: a, base: due(a.Part, min(a.Carry, 0), c.reward, true)}
	if !kept {
		one.carry = uint64(max(a.Carry, 0))
	}
	c.list = append(c.list, one)
	c.bytes, c.cost = c.bytes-size, c.cost-ops
}

// divide says what each of the chosen gets: together at most the reward. Those whose
// parts are outputs by themselves have them; who waits for its carry to make one of
// it is next, out of what is free and at most credit that the others lend, in proportion
// to what their parts are above their minimum; what is then free goes to the carries of
// the others.
func divide(list []chosen, reward, least, credit uint64) {
	var parts, owed, spare uint64
	for i := range list {
		if c := &list[i]; !c.waits(least) {
			parts += c.base
			owed += c.carry
			spare += c.spare(least)
		}
	}
	free := reward - parts // the parts are of one whole, each rounded down
	waiting := payWaiting(list, least, free, min(credit, spare))
	lent := waiting - min(waiting, free)
	carried := min(owed, free-min(waiting, free))
	for i := range list {
		c := &list[i]
		if c.waits(least) {
			continue
		}
		c.pay = c.base
		if lent > 0 {
			c.pay -= mulDivUp(c.spare(least), lent, spare)
		}
		if carried > 0 {
			c.pay += mulDiv(c.carry, carried, owed)
		}
	}
	slices.SortStableFunc(list, func(a, b chosen) int { return cmp.Compare(b.pay, a.pay) })
}

// smallest is the smallest output that an account takes.
func (c *chosen) smallest(least uint64) uint64 { return max(least, c.Least) }

// spare is what an account that does not wait can lend.
func (c *chosen) spare(least uint64) uint64 { return c.base - c.smallest(least) }

// waits reports whether an account's part is too small for an output.
func (c *chosen) waits(least uint64) bool { return c.base < c.smallest(least) }

// payWaiting pays those who wait, the largest first, and is what they get together:
// at most what is free and the credit.
func payWaiting(list []chosen, least, free, credit uint64) (sum uint64) {
	for i := range list {
		c := &list[i]
		if !c.waits(least) {
			continue
		}
		left := free - min(sum, free) + credit - (max(sum, free) - free)
		if pay := min(c.base+c.carry, left); pay >= c.smallest(least) {
			c.pay = pay
			sum += pay
		}
	}
	return sum
}

// mulDivUp is a * b / c, rounded up; b <= c.
func mulDivUp(a, b, c uint64) uint64 {
	high, low := bits.Mul64(a, b)
	q, rest := bits.Div64(high, low, c)
	if rest > 0 {
		q++
	}
	return q
}

// outputSize is the serialised size of an output with a script.
func outputSize(script []byte) int {
	n := len(script)
	switch {
	case n < 0xfd:
		return 8 + 1 + n
	case n <= 0xffff:
		return 8 + 3 + n
	}
	return 8 + 5 + n
}
