package reward

import "github.com/motherlode-pool/motherlode/engine/work"

// slicesPerWindow is into how many slices a window is cut.
const slicesPerWindow = 64

// pplns is the window of the last N network difficulties of work.
type pplns struct {
	terms   Terms
	network work.Work // as the newest job has it
	size    work.Work // of the window
	step    work.Work // of a slice
	open    open
	sum     work.Work // of closed and open

	closed []slice // oldest first; the number of the oldest is first
	first  uint64
	saved  uint64 // slices below this number are stored
	lowest uint64 // the lowest number that is stored

	scratch open // used while dividing
}

func (p *pplns) Terms(t Terms) {
	p.terms = t
	p.resize(p.network)
}

func (p *pplns) Job(c Chain) { p.resize(c.Network) }

func (p *pplns) resize(network work.Work) {
	p.network = network
	n := p.terms.Window
	if n <= 0 {
		n = DefaultWindow
	}
	p.size = windowOf(network, n)
	p.step = p.size.Over(slicesPerWindow)
}

// windowOf is n times network; n is taken in millionths.
func windowOf(network work.Work, n float64) work.Work {
	const million = 1_000_000
	return work.Part(network, work.Work{Lo: uint64(n*million + 0.5)}, work.Work{Lo: million})
}

func (p *pplns) Share(a Account, w work.Work) Amount {
	p.open.add(a, w)
	p.sum = p.sum.Add(w)
	if p.open.total.Cmp(p.step) >= 0 {
		p.close()
	}
	return Amount{}
}

// close ends the open slice and drops what is out of the window.
func (p *pplns) close() {
	if len(p.open.in) == 0 {
		return
	}
	p.closed = append(p.closed, p.open.take())
	for len(p.closed) > 1 {
		rest := p.sum.Sub(p.closed[0].total)
		if rest.Cmp(p.size) < 0 {
			return
		}
		p.sum = rest
		p.closed[0] = slice{}
		p.closed = p.closed[1:]
		p.first++
	}
}

func (p *pplns) Block(b Block) Split { return p.divide(b.Reward) }

func (p *pplns) divide(reward uint64) Split {
	return p.terms.divide(reward, p.weights())
}

// weights is the work in the window by account.
func (p *pplns) weights() []weight {
	sum := &p.scratch
	left := p.size
	take := func(s *slice) bool {
		if s.total.Cmp(left) > 0 {
			sum.putPart(s, left)
			return false
		}
		sum.put(s)
		left = left.Sub(s.total)
		return true
	}
	last := slice{total: p.open.total, weights: p.open.weights()}
	for i := len(p.closed) - 1; take(&last) && i >= 0; i-- {
		last = p.closed[i]
	}
	return sum.take().weights
}

// openRow is the number of the row that holds the network's work and the slice
// that is still open.
const openRow = 1<<64 - 1

// Save stores the slices that were closed, deletes those that were dropped, and
// stores the open one anew.
func (p *pplns) Save(s Store) error {
	for ; p.lowest < p.first; p.lowest++ {
		if err := s.Delete(p.lowest); err != nil {
			return err
		}
	}
	var b []byte
	for p.saved = max(p.saved, p.first); p.saved < p.first+uint64(len(p.closed)); p.saved++ {
		b = p.closed[p.saved-p.first].append(b[:0])
		if err := s.Put(p.saved, b); err != nil {
			return err
		}
	}
	rest := slice{weights: p.open.weights()}
	return s.Put(openRow, rest.append(p.network.Append(b[:0])))
}

func (p *pplns) Load(s Store) error {
	return s.Each(func(key uint64, value []byte) error {
		if key == openRow {
			network, rest, err := work.Parse(value)
			if err != nil {
				return err
			}
			var one slice
			if err := one.parse(rest); err != nil {
				return err
			}
			p.resize(network)
			p.open.put(&one)
			p.sum = p.sum.Add(one.total)
			return nil
		}
		var one slice
		if err := one.parse(value); err != nil {
			return err
		}
		if len(p.closed) == 0 {
			p.first, p.lowest = key, key
		}
		if key != p.first+uint64(len(p.closed)) {
			return errSlice
		}
		p.closed = append(p.closed, one)
		p.sum = p.sum.Add(one.total)
		p.saved = key + 1
		return nil
	})
}
