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
