package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/motherlode-pool/motherlode/engine/reward"
	"github.com/motherlode-pool/motherlode/engine/sharelog"
	"github.com/motherlode-pool/motherlode/engine/work"
)

// markEvery is after how many shares a line notes how much work it has seen, so
// that the first share of a window is found again.
const markEvery = 4096

// pool is a pool that mines the chain.
type pool struct {
	name    string
	chains  map[string]bool // that have terms
	numbers map[string]reward.Account
	names   []string // the account of number n is at n-1
	rows    []Account
	own     Account // the operator's
	gifts   gifts
	line    *line // nil before the chain has terms
	shares  uint64
}

// line is the chain in a pool.
type line struct {
	terms  sharelog.Terms
	scheme reward.Scheme
	last   reward.Chain
	jobs   float64 // difficulty of the chain in the newest job that has it
	off    bool    // the pool's newest job has it not: shares do not count for it
	total  work.Work
	marks  []mark
	count  uint64

	// Of a scheme whose shares count for one block only.
	round    work.Work         // the total where the present round begins
	returned map[uint64][]span // rounds of blocks that came to nothing, by block
}

// mark is a place between shares.
type mark struct {
	at    sharelog.Position
	total work.Work // of the shares before it
}

// span is a part of the log that a window reaches into.
type span struct {
	from   sharelog.Position
	total  work.Work // of the shares before from
	starts work.Work // the total where the window starts
	to     sharelog.Position
}

func newPool(name string) *pool {
	return &pool{name: name, chains: map[string]bool{}, numbers: map[string]reward.Account{}, gifts: gifts{bps: map[reward.Account]int{}, stated: map[reward.Account]int64{}}}
}

// number is the number of an account: in the order in which the log first names
// accounts in this pool.
func (p *pool) number(account string) reward.Account {
	n, ok := p.numbers[account]
	if !ok {
		p.names = append(p.names, account)
		p.rows = append(p.rows, Account{Pool: p.name, Account: account})
		n = reward.Account(len(p.names))
		p.numbers[account] = n
	}
	return n
}

// row is the account of a number; 0 is the operator.
func (p *pool) row(n reward.Account) *Account {
	if n == 0 {
		return &p.own
	}
	return &p.rows[n-1]
}

// terms takes other terms for the chain. A scheme of another name starts anew.
func (p *pool) terms(t *sharelog.Terms) error {
	l := p.line
	if l != nil && l.terms.Scheme == t.Scheme {
		l.terms = *t
		l.scheme.Terms(p.rewardTerms(t))
		return nil
	}
	scheme, err := reward.New(t.Scheme, p.rewardTerms(t))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTerms, err)
	}
	if l == nil {
		p.line = &line{terms: *t, scheme: scheme}
		return nil
	}
	l.terms, l.scheme, l.round, l.returned = *t, scheme, l.total, nil
	l.scheme.Job(l.last)
	return nil
}

// rewardTerms are terms with the donations of the pool's accounts, which count
// where there is something to give: not where the coinbase pays the finder.
func (p *pool) rewardTerms(t *sharelog.Terms) reward.Terms {
	out := reward.Terms{FeeBPS: int(t.FeeBPS), Window: float64(t.Window) / windowUnit}
	if t.Payout != "miner" {
		out.Donation = p.gifts.of
	}
	return out
}

const windowUnit = 1e6 // of the window in a record of terms

// job tells the scheme of the chain.
func (l *line) job(c *sharelog.JobChain) {
	l.last = reward.Chain{Network: work.Of(c.Difficulty), Height: c.Height, Reward: c.Reward, Fees: c.Fees}
	l.jobs = c.Difficulty
	l.scheme.Job(l.last)
}

// share counts a share that begins at or after a position.
func (p *pool) share(s *sharelog.Share, before sharelog.Position) {
	a := p.number(s.Account)
	p.shares++
	l := p.line
	if l == nil || l.off {
		return
	}
	w := work.Of(s.Difficulty)
	if l.count%markEvery == 0 {
		l.marks = append(l.marks, mark{before, l.total})
	}
	l.count++
	l.total = l.total.Add(w)
	if earned := l.scheme.Share(a, w); earned != (reward.Amount{}) {
		row := p.row(a)
		sum := reward.Amount{Units: row.Shares, Fraction: row.Fraction}.Add(earned)
		row.Shares, row.Fraction = sum.Units, sum.Fraction
	}
}

// window is what the next block would be divided by; to is where its record
// starts, or before.
func (l *line) window(to sharelog.Position) (*Window, []reward.Weight) {
	in, ok := reward.InsideOf(l.scheme)
	if !ok {
		return nil, nil
	}
	var sum work.Work
	for _, w := range in.Weights {
		sum = sum.Add(w.Work)
	}
	win := &Window{Work: sum.Difficulty(), Reach: in.Reach.Difficulty(), Network: l.jobs}
	win.spans = l.spans(in.Reach, to)
	return win, in.Weights
}

// spans is where the shares are that a block divides.
func (l *line) spans(reach work.Work, to sharelog.Position) (all []span) {
	starts := l.total.Sub(reach)
	if _, once := l.scheme.(reward.Returner); once {
		starts = l.round
		for _, s := range l.returned {
			all = append(all, s...)
		}
	}
	for i := len(l.marks) - 1; i >= 0; i-- {
		if m := l.marks[i]; m.total.Cmp(starts) <= 0 {
			all = append(all, span{from: m.at, total: m.total, starts: starts, to: to})
			break
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.to, b.to) })
	return all
}

// gifts are the donations of a pool's accounts.
type gifts struct {
	bps    map[reward.Account]int
	stated map[reward.Account]int64 // what the owner's newest message says
}

func (g *gifts) of(a reward.Account) int {
	if len(g.bps) == 0 {
		return 0
	}
	return g.bps[a]
}

// settings takes the donation out of a record. A message of the owner counts only
// if it states a later time than all before it.
func (g *gifts) settings(a reward.Account, s *sharelog.Settings) {
	if s.By == "owner" && s.Stated <= g.stated[a] {
		return
	}
	g.stated[a] = max(g.stated[a], s.Stated)
	for _, one := range s.Set {
		if one.Key == "donation" {
			g.bps[a] = int(min(one.Amount, 10_000))
		}
	}
}
