package engine

import (
	"time"

	"github.com/motherlode-pool/motherlode/engine/job"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/engine/status"
	"github.com/motherlode-pool/motherlode/web/api"
)

const (
	luckBlocks = 100              // that luck is about
	luckFor    = 30 * time.Second // that it is kept: all of these blocks are read for it
)

func (a *apiView) Pools() ([]api.Pool, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	var out []api.Pool
	for _, p := range a.e.pools {
		v, err := a.poolView(p)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (a *apiView) Pool(name string) (api.Pool, error) {
	p, err := a.pool(name)
	if err != nil {
		return api.Pool{}, err
	}
	return a.poolView(p)
}

func (a *apiView) poolView(p *pool) (api.Pool, error) {
	now, hashes := time.Now(), p.hashesOfOne()
	s, err := a.poolStatistics(p)
	if err != nil {
		return api.Pool{}, err
	}
	v := a.connected[p.name].get()
	info, _ := p.parent.Info()
	cfg := p.shown()
	out := api.Pool{
		Name: p.name, Algorithm: info.Algorithm, HashesPerDifficulty: max(hashes, 1), HashRate: rates(s.Series, now, hashes),
		Miners: len(v.accounts), Workers: len(v.byName), Sessions: len(v.all),
		Shares: sharesOf(&s.Totals), SharesDay: sharesOfDay(s.Series, now), RefusedByReason: reasonsOf(&s.Totals),
		BestShare: bestOf(&s.Totals), LastShareAt: api.MaybeMillis(s.LastSeen),
		Reward: cfg.Reward, Payout: cfg.Payout, FeeBPS: cfg.FeeBPS, Problem: api.Maybe(p.publicProblem(now)),
	}
	for i, r := range p.runners() {
		c, err := a.poolChain(p, i, &s, now)
		if err != nil {
			return out, err
		}
		c.SecondsToBlock = secondsToBlock(c.NetworkDifficulty, hashes, out.HashRate.Hour)
		c.State = a.coin(r.Name()).State
		out.Chains = append(out.Chains, c)
	}
	return out, nil
}

// coin is the state of a coin.
func (a *apiView) coin(name string) status.Coin { return coinView(a.e.runners[name]) }

func (a *apiView) poolChain(p *pool, i int, s *ledger.Statistics, now time.Time) (api.PoolChain, error) {
	r := p.runners()[i]
	name, info, cfg := r.Name(), a.infoOf(r.Name()), p.shown()
	c := api.PoolChain{
		Chain: name, Role: p.roleOf(name), Symbol: info.Symbol, Decimals: int(info.Decimals), Reward: cfg.Reward,
		Tip: tipOf(a.coin(name)), BlockReward: "0",
	}
	if i > 0 && i <= len(cfg.Aux) && cfg.Aux[i-1].Reward != "" {
		c.Reward = cfg.Aux[i-1].Reward
	}
	if p.opened.Load() {
		p.fromJob(&c, i, now)
	}
	round, err := a.e.ledger.Round(p.name, name)
	if orNothing(err) != nil {
		return c, err
	}
	if err == nil {
		c.Round = &api.Round{Effort: round.Ratio(), Work: round.Work.Difficulty(), StartedAt: api.Time(round.Started), BestShare: s.RoundBest[name]}
		c.BlocksFound = round.Blocks
		if c.Height == 0 {
			c.Height, c.NetworkDifficulty = round.Height, round.Network
		}
	}
	if c.BlocksFound > 0 {
		if c.Luck, err = a.luckOf(p.name, name, now); err != nil {
			return c, err
		}
		if c.LastBlock, err = a.lastBlock(p.name, name); err != nil {
			return c, err
		}
	}
	return c, nil
}

// fromJob adds what the pool's newest job says of chain number i.
func (p *pool) fromJob(c *api.PoolChain, i int, now time.Time) {
	j := p.book.Last()
	switch {
	case j == nil:
	case i == 0:
		c.Mined, c.Height, c.NetworkDifficulty = true, j.Template.Height, j.Target().Difficulty(p.diffOne)
		if t := j.Template.Tree; t != nil {
			c.Transactions = t.TxCount
		}
		c.BlockReward = api.AmountOf(j.Reward())
	default:
		if slot := slotOf(j, c.Chain); slot != nil {
			c.Mined, c.Height, c.NetworkDifficulty = true, slot.Work.Height, slot.Target.Difficulty(p.diffOne)
			c.BlockReward = api.AmountOf(slot.Work.Reward)
			return
		}
		c.LeftOut = publicLeftOut(p, i-1, j)
	}
}

func slotOf(j *job.Job, chain string) *job.AuxSlot {
	for k := range j.Aux {
		if j.Aux[k].Chain == chain {
			return &j.Aux[k]
		}
	}
	return nil
}

// publicLeftOut is whyLeftOut without what nodes have said.
func publicLeftOut(p *pool, i int, j *job.Job) string {
	r := p.aux[i]
	w, _ := r.LatestAux()
	switch {
	case w == nil:
		return "it has given no work yet"
	case !r.AuxFresh(time.Now()):
		return "its work is too old"
	case !madeFor(w, j.Template):
		return "its work is for an older tip of the parent, newer is awaited"
	}
	return "the operator has to look at it: see the status"
}

func (a *apiView) luckOf(pool, chain string, now time.Time) (*api.Luck, error) {
	return a.luck.get([2]string{pool, chain}, now, luckFor, func() (*api.Luck, error) {
		l, err := a.e.ledger.Luck(pool, chain, luckBlocks)
		if err != nil || l.Blocks == 0 {
			return nil, err
		}
		return &api.Luck{Blocks: l.Blocks, Effort: l.Effort, Luck: l.Luck}, nil
	})
}

// lastBlock is the newest of a chain.
func (a *apiView) lastBlock(pool, chain string) (*api.Block, error) {
	rows, err := a.e.ledger.Blocks(ledger.Filter{Pool: pool, Chain: chain}, 0, 1)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	b := a.blockView(&rows[0])
	return &b, nil
}

func tipOf(c status.Coin) api.Tip {
	return api.Tip{Height: c.Height, Hash: api.Maybe(c.Tip), At: api.MaybeTime(c.TipAt)}
}

// Live is what events show.
func (a *apiView) Live() (api.Live, error) {
	var out api.Live
	if err := a.started(); err != nil {
		return out, err
	}
	now := time.Now()
	for _, p := range a.e.pools {
		s, err := a.poolStatistics(p)
		if err != nil {
			return out, err
		}
		v := a.connected[p.name].get()
		live := api.LivePool{
			Pool: p.name, HashRate: rates(s.Series, now, p.hashesOfOne()), Miners: len(v.accounts), Workers: len(v.byName), Sessions: len(v.all),
			Accepted: s.Accepted, Refused: refusedOf(s.Rejected), Problem: api.Maybe(p.publicProblem(now)), Chains: []api.LiveChain{},
		}
		for i, name := range p.chainNames() {
			c := api.PoolChain{Chain: name}
			if p.opened.Load() {
				p.fromJob(&c, i, now)
			}
			l := api.LiveChain{Chain: name, NetworkDifficulty: c.NetworkDifficulty, Height: c.Height}
			if r, err := a.e.ledger.Round(p.name, name); err == nil {
				ratio := r.Ratio()
				l.Effort = &ratio
			}
			live.Chains = append(live.Chains, l)
		}
		out.Pools = append(out.Pools, live)
		if s.Best > 0 {
			out.Bests = append(out.Bests, api.LiveBest{Pool: p.name, Difficulty: s.Best, At: api.Time(s.BestTime)})
		}
	}
	for _, name := range sortedKeys(a.e.runners) {
		c := a.coin(name)
		t := tipOf(c)
		out.Tips = append(out.Tips, api.LiveTip{Chain: name, State: c.State, Height: t.Height, Hash: t.Hash, At: t.At})
	}
	return out, nil
}
