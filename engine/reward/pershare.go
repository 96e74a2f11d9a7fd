package reward

import (
	"encoding/binary"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// feeHeights is over how many heights fpps averages the fees.
const feeHeights = 144

// perShare is pps, and fpps with fees: a share is paid at once.
type perShare struct {
	terms Terms
	fees  bool
	chain Chain
	price price

	past []uint64 // fees of the last heights, oldest first, by the newest job of each
	sum  uint64
}

func (p *perShare) Terms(t Terms) {
	p.terms = t
	p.set()
}

func (p *perShare) Job(c Chain) {
	if c.Height != p.chain.Height && p.chain.Height != 0 {
		p.remember(p.chain.Fees)
	}
	p.chain = c
	p.set()
}

// remember takes the fees of a height that is over.
func (p *perShare) remember(fees uint64) {
	p.past = append(p.past, fees)
	p.sum += fees
	if len(p.past) > feeHeights {
		p.sum -= p.past[0]
		p.past = p.past[1:]
	}
}

// set makes the price of the present job.
func (p *perShare) set() {
	reward := p.chain.Reward - min(p.chain.Fees, p.chain.Reward)
	if p.fees {
		if n := uint64(len(p.past)); n > 0 {
			reward += p.sum / n
		} else {
			reward = p.chain.Reward
		}
	}
	p.price = priceOf(reward-part(reward, p.terms.FeeBPS), p.chain.Network)
}

// Share pays for a block at most: a share that is worth more work than the chain's
// difficulty solves one block of it all the same.
func (p *perShare) Share(a Account, w work.Work) Amount {
	if w.Cmp(p.chain.Network) > 0 {
		w = p.chain.Network
	}
	earned := p.price.of(w)
	if p.terms.Donation != nil {
		earned = earned.less(p.terms.Donation(a))
	}
	return earned
}

// Block is the pool's: it has paid for it already.
func (p *perShare) Block(b Block) Split { return Split{Pool: b.Reward} }

// Save stores the chain as the newest job has it, and the fees.
func (p *perShare) Save(s Store) error {
	b := p.chain.Network.Append(nil)
	for _, v := range []uint64{p.chain.Height, p.chain.Reward, p.chain.Fees, uint64(len(p.past))} {
		b = binary.AppendUvarint(b, v)
	}
	for _, v := range p.past {
		b = binary.AppendUvarint(b, v)
	}
	return s.Put(priceRow, b)
}

// priceRow is the number of the row that perShare stores, apart from those of a
// window.
const priceRow = 1<<64 - 2

func (p *perShare) Load(s Store) error {
	return s.Each(func(key uint64, value []byte) error {
		if key != priceRow {
			return nil
		}
		network, rest, err := work.Parse(value)
		if err != nil {
			return err
		}
		var all []uint64
		for len(rest) > 0 {
			v, n := binary.Uvarint(rest)
			if n <= 0 {
				return errPrice
			}
			all, rest = append(all, v), rest[n:]
		}
		if len(all) < 4 || uint64(len(all)-4) != all[3] {
			return errPrice
		}
		p.chain = Chain{Network: network, Height: all[0], Reward: all[1], Fees: all[2]}
		for _, v := range all[4:] {
			p.remember(v)
		}
		p.set()
		return nil
	})
}

const errPrice = damage("the price of a share does not fit its layout")

// plus is pps+: the subsidy by share, the fees by the window.
type plus struct {
	perShare
	window pplns
}

func (p *plus) Terms(t Terms) {
	p.perShare.Terms(t)
	p.window.Terms(t)
}

func (p *plus) Job(c Chain) {
	p.perShare.Job(c)
	p.window.Job(c)
}

func (p *plus) Share(a Account, w work.Work) Amount {
	p.window.Share(a, w)
	return p.perShare.Share(a, w)
}

func (p *plus) Block(b Block) Split {
	fees := min(b.Fees, b.Reward)
	split := p.window.divide(fees)
	split.Pool += b.Reward - fees
	return split
}

func (p *plus) Save(s Store) error {
	if err := p.window.Save(s); err != nil {
		return err
	}
	return p.perShare.Save(s)
}

func (p *plus) Load(s Store) error {
	if err := p.perShare.Load(s); err != nil {
		return err
	}
	return p.window.Load(except{s, priceRow})
}

// except hides one row.
type except struct {
	Store
	hidden uint64
}

func (e except) Each(f func(uint64, []byte) error) error {
	return e.Store.Each(func(key uint64, value []byte) error {
		if key == e.hidden {
			return nil
		}
		return f(key, value)
	})
}
