package reward

import "github.com/motherlode-pool/motherlode/engine/work"

// Weight is the work of an account that counts.
type Weight struct {
	Account Account
	Work    work.Work
}

// Inside is what the next block would be divided by.
type Inside struct {
	Weights []Weight // by account, none of them zero

	// Reach is the work of all shares that are in, whole. It is more than the sum
	// of the weights where the oldest slice of a window counts in proportion.
	Reach work.Work
}

// insider is a scheme that divides a block, or its fees, by work.
type insider interface{ inside() Inside }

var (
	_ insider = (*prop)(nil)
	_ insider = (*pplns)(nil)
	_ insider = (*plus)(nil)
)

// InsideOf is the work that the next block of a scheme would be divided by, for
// people to look at; false for a scheme that does not divide by work.
func InsideOf(s Scheme) (Inside, bool) {
	i, ok := s.(insider)
	if !ok {
		return Inside{}, false
	}
	return i.inside(), true
}

func exported(all []weight) (out Inside) {
	for _, w := range all {
		out.Weights = append(out.Weights, Weight{w.account, w.work})
		out.Reach = out.Reach.Add(w.work)
	}
	return out
}

func (p *prop) inside() Inside { return exported(p.weights()) }

func (p *pplns) inside() Inside {
	out := exported(p.weights())
	out.Reach = p.open.total
	for i := len(p.closed) - 1; i >= 0 && out.Reach.Cmp(p.size) < 0; i-- {
		out.Reach = out.Reach.Add(p.closed[i].total)
	}
	return out
}

func (p *plus) inside() Inside { return p.window.inside() }
