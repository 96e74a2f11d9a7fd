package reward

import (
	"maps"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// Returner is a scheme whose shares count for one block only, so that a block
// that comes to nothing gives them back.
type Returner interface {
	Scheme

	// Round is the work that the next Block divides, for Return.
	Round() []byte

	// Return adds the work of the round that ended with a block to the present
	// round, because the block came to nothing. Block is a number above 0 that
	// names it.
	Return(block uint64, round []byte) error

	// Take undoes Return, because the chain has the block after all, and is the
	// round that was returned; nil where another block has divided it meanwhile.
	Take(block uint64) []byte
}

var _ Returner = (*prop)(nil)

// prop gives the block to the shares of its round.
type prop struct {
	terms    Terms
	round    open
	returned map[uint64]slice // by block; part of the round
	stored   map[uint64]bool  // those that are in the Store
}

// roundRow is the number of the row that holds the shares of the round; those of
// returned rounds have their block's.
const roundRow = 0

func (p *prop) Terms(t Terms) { p.terms = t }

func (p *prop) Job(Chain) {}

func (p *prop) Share(a Account, w work.Work) (none Amount) {
	p.round.add(a, w)
	return none
}

func (p *prop) Block(b Block) Split {
	weights := p.weights()
	p.round.take()
	clear(p.returned)
	return p.terms.divide(b.Reward, weights)
}

// weights is the work of the round by account.
func (p *prop) weights() []weight {
	if len(p.returned) == 0 {
		return p.round.weights()
	}
	var all open
	all.put(&slice{weights: p.round.weights()})
	for _, s := range p.returned {
		all.put(&s)
	}
	return all.weights()
}

func (p *prop) Round() []byte {
	round := slice{weights: p.weights()}
	return round.append(nil)
}

func (p *prop) Return(block uint64, round []byte) error {
	var s slice
	if err := s.parse(round); err != nil || len(s.weights) == 0 {
		return err
	}
	if p.returned == nil {
		p.returned = map[uint64]slice{}
	}
	p.returned[block] = s
	return nil
}

func (p *prop) Take(block uint64) []byte {
	s, ok := p.returned[block]
	if !ok {
		return nil
	}
	delete(p.returned, block)
	return s.append(nil)
}

func (p *prop) Save(s Store) error {
	for _, block := range slices.Sorted(maps.Keys(p.stored)) {
		if _, ok := p.returned[block]; !ok {
			if err := s.Delete(block); err != nil {
				return err
			}
			delete(p.stored, block)
		}
	}
	for _, block := range slices.Sorted(maps.Keys(p.returned)) {
		if p.stored[block] {
			continue
		}
		back := p.returned[block]
		if err := s.Put(block, back.append(nil)); err != nil {
			return err
		}
		p.store(block)
	}
	round := slice{weights: p.round.weights()}
	return s.Put(roundRow, round.append(nil))
}

func (p *prop) store(block uint64) {
	if p.stored == nil {
		p.stored = map[uint64]bool{}
	}
	p.stored[block] = true
}

func (p *prop) Load(s Store) error {
	return s.Each(func(key uint64, value []byte) error {
		if key != roundRow {
			p.store(key)
			return p.Return(key, value)
		}
		var round slice
		if err := round.parse(value); err != nil {
			return err
		}
		p.round.put(&round)
		return nil
	})
}
