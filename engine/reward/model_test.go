package reward

import (
	"math/big"
	"math/rand/v2"
	"sort"

	"github.com/motherlode-pool/motherlode/engine/work"
)

// The model says the same as the package's comment, in big integers and without
// any state but the list of what happened.

type event struct {
	job     *Chain
	account Account
	work    work.Work
	block   *Block
}

type stretch struct {
	by    map[Account]*big.Int
	total *big.Int
}

func newStretch() *stretch { return &stretch{map[Account]*big.Int{}, new(big.Int)} }

func (s *stretch) add(a Account, w *big.Int) {
	if w.Sign() == 0 {
		return
	}
	if s.by[a] == nil {
		s.by[a] = new(big.Int)
	}
	s.by[a].Add(s.by[a], w)
	s.total.Add(s.total, w)
}

type model struct {
	name     string
	feeBPS   int64
	donation func(Account) int
	n        int64 // window in network difficulties

	splits []map[Account]*big.Int // of each block; the pool under 0
	earned map[Account]*big.Int   // of pps, in units of 2^-64
}

func bps(v *big.Int, b int64) *big.Int {
	n := new(big.Int).Mul(v, big.NewInt(b))
	return n.Quo(n, big.NewInt(10_000))
}

// run goes through all events.
func (m *model) run(events []event) {
	m.earned = map[Account]*big.Int{}
	var chain Chain
	slices := []*stretch{newStretch()} // the last is open
	round := newStretch()
	var fees []uint64
	for _, e := range events {
		switch {
		case e.job != nil:
			if chain.Height != 0 && e.job.Height != chain.Height {
				fees = append(fees, chain.Fees)
			}
			chain = *e.job
		case e.block != nil:
			m.block(e.block, chain, slices, round)
			round = newStretch()
		default:
			w := e.work.Big()
			round.add(e.account, w)
			slices = m.slide(slices, e.account, w, chain)
			m.pay(e.account, w, chain, fees)
		}
	}
}

func (m *model) window(chain Chain) *big.Int {
	return new(big.Int).Mul(chain.Network.Big(), big.NewInt(m.n))
}

// slide adds a share to the open slice, closes it at a 64th of the window, and
// drops what is outside.
func (m *model) slide(slices []*stretch, a Account, w *big.Int, chain Chain) []*stretch {
	open := slices[len(slices)-1]
	open.add(a, w)
	window := m.window(chain)
	if open.total.Cmp(new(big.Int).Quo(window, big.NewInt(64))) < 0 || open.total.Sign() == 0 {
		return slices
	}
	for len(slices) > 1 {
		rest := new(big.Int)
		for _, s := range slices[1:] {
			rest.Add(rest, s.total)
		}
		if rest.Cmp(window) < 0 {
			break
		}
		slices = slices[1:]
	}
	return append(slices, newStretch())
}

func (m *model) block(b *Block, chain Chain, slices []*stretch, round *stretch) {
	reward, fees := new(big.Int).SetUint64(b.Reward), new(big.Int).SetUint64(b.Fees)
	all := map[Account]*big.Int{}
	switch m.name {
	case "solo":
		if b.Finder != 0 {
			all[b.Finder] = big.NewInt(1)
		}
	case "prop":
		all = round.by
	case "pplns":
		all = m.inWindow(slices, chain)
	case "pps+":
		split := m.divide(fees, m.inWindow(slices, chain))
		split[0].Add(split[0], reward).Sub(split[0], fees)
		m.splits = append(m.splits, split)
		return
	default:
		m.splits = append(m.splits, map[Account]*big.Int{0: reward})
		return
	}
	m.splits = append(m.splits, m.divide(reward, all))
}

func (m *model) inWindow(slices []*stretch, chain Chain) map[Account]*big.Int {
	left := m.window(chain)
	sum := newStretch()
	for i := len(slices) - 1; i >= 0; i-- {
		s := slices[i]
		for a, w := range s.by {
			if s.total.Cmp(left) > 0 {
				w = new(big.Int).Mul(w, left)
				w.Quo(w, s.total)
			}
			sum.add(a, w)
		}
		if s.total.Cmp(left) > 0 {
			break
		}
		left.Sub(left, s.total)
	}
	return sum.by
}

func (m *model) divide(reward *big.Int, all map[Account]*big.Int) map[Account]*big.Int {
	pool := bps(reward, m.feeBPS)
	rest := new(big.Int).Sub(reward, pool)
	out := map[Account]*big.Int{0: pool}
	whole := new(big.Int)
	var order []Account
	for a, w := range all {
		whole.Add(whole, w)
		order = append(order, a)
	}
	if whole.Sign() == 0 {
		pool.Add(pool, rest)
		return out
	}
	remains := map[Account]*big.Int{}
	left := new(big.Int).Set(rest)
	for a, w := range all {
		n := new(big.Int).Mul(rest, w)
		out[a], remains[a] = n.QuoRem(n, whole, new(big.Int))
		left.Sub(left, out[a])
	}
	sort.Slice(order, func(i, j int) bool {
		if c := remains[order[i]].Cmp(remains[order[j]]); c != 0 {
			return c > 0
		}
		return order[i] < order[j]
	})
	for i := range left.Int64() {
		out[order[i]].Add(out[order[i]], big.NewInt(1))
	}
	for _, a := range order {
		gift := bps(out[a], int64(m.donation(a)))
		out[a].Sub(out[a], gift)
		pool.Add(pool, gift)
	}
	return out
}

// pay is what a share earns by itself: the exact quotient. The package's price
// has 64 bits and may be smaller by so much.
func (m *model) pay(a Account, w *big.Int, chain Chain, fees []uint64) {
	if m.name != "pps" && m.name != "fpps" && m.name != "pps+" || chain.Network.IsZero() {
		return
	}
	reward := new(big.Int).SetUint64(chain.Reward - chain.Fees)
	if m.name == "fpps" {
		if len(fees) > feeHeights {
			fees = fees[len(fees)-feeHeights:]
		}
		sum := new(big.Int)
		for _, f := range fees {
			sum.Add(sum, new(big.Int).SetUint64(f))
		}
		if len(fees) > 0 {
			sum.Quo(sum, big.NewInt(int64(len(fees))))
		} else {
			sum.SetUint64(chain.Fees)
		}
		reward.Add(reward, sum)
	}
	reward.Sub(reward, bps(reward, m.feeBPS))
	if w.Cmp(chain.Network.Big()) > 0 { // a share solves one block at most
		w = chain.Network.Big()
	}
	n := reward.Lsh(reward, 64)
	n.Mul(n, w)
	n.Quo(n, chain.Network.Big())
	n.Sub(n, bps(n, int64(m.donation(a))))
	if m.earned[a] == nil {
		m.earned[a] = new(big.Int)
	}
	m.earned[a].Add(m.earned[a], n)
}

// random is a stream of jobs, shares and blocks of a chain whose difficulty
// moves, from a pool where some have most of the hash rate.
func random(rng *rand.Rand, accounts, n int) []event {
	network := 1000 * rng.ExpFloat64()
	chain := Chain{Network: work.Of(network), Height: 1, Reward: rng.Uint64N(5_000_000_000)}
	events := []event{{job: &chain}}
	for range n {
		switch rng.UintN(40) {
		case 0:
			next := chain
			if rng.UintN(2) == 0 {
				next.Height++
				network *= 0.7 + 0.6*rng.Float64()
				next.Network = work.Of(network)
			}
			next.Fees = rng.Uint64N(100_000_000)
			next.Reward = chain.Reward - chain.Fees + next.Fees
			chain = next
			events = append(events, event{job: &next})
		case 1:
			events = append(events, event{block: &Block{Reward: chain.Reward, Fees: chain.Fees, Finder: Account(rng.IntN(accounts + 1))}})
		default:
			a := Account(1 + int(float64(accounts)*rng.Float64()*rng.Float64()))
			events = append(events, event{account: a, work: work.Of(network * rng.ExpFloat64() / float64(1+rng.IntN(300)))})
		}
	}
	return events
}
