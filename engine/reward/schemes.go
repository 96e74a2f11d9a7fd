package reward

import "github.com/motherlode-pool/motherlode/engine/work"

// solo gives the block to its finder.
type solo struct{ terms Terms }

func (s *solo) Terms(t Terms)                       { s.terms = t }
func (s *solo) Job(Chain)                           {}
func (s *solo) Share(Account, work.Work) (a Amount) { return a }
func (s *solo) Save(Store) error                    { return nil }
func (s *solo) Load(Store) error                    { return nil }

func (s *solo) Block(b Block) Split {
	var all []weight
	if b.Finder != 0 {
		all = []weight{{b.Finder, work.Work{Lo: 1}}}
	}
	return s.terms.divide(b.Reward, all)
}

// prop gives the block to the shares of its round.
type prop struct {
	terms Terms
	round open
}

func (p *prop) Terms(t Terms) { p.terms = t }

func (p *prop) Job(Chain) {}

func (p *prop) Share(a Account, w work.Work) (none Amount) {
	p.round.add(a, w)
	return none
}

func (p *prop) Block(b Block) Split { return p.terms.divide(b.Reward, p.round.take().weights) }

func (p *prop) Save(s Store) error {
	round := slice{weights: p.round.weights()}
	return s.Put(0, round.append(nil))
}

func (p *prop) Load(s Store) error {
	return s.Each(func(_ uint64, value []byte) error {
		var round slice
		if err := round.parse(value); err != nil {
			return err
		}
		p.round.put(&round)
		return nil
	})
}
