package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ckpoolfiles"
	"github.com/motherlode-pool/motherlode/engine/ledger"
	history "github.com/motherlode-pool/motherlode/engine/stats"
	"github.com/motherlode-pool/motherlode/web/api"
)

// Limits of what monitors of ckpool are told.
const (
	ckpoolIdle    = time.Minute // a connection without a share for so long is idle
	ckpoolWorkers = 1000        // of one account, those that were seen last
	ckpoolLooked  = 10_000      // workers of one account that these are chosen from
)

// runCKPool writes the files for monitors of ckpool until ctx ends. It returns nil:
// nothing about them ends the pools.
func (e *Engine) runCKPool(ctx context.Context) error {
	var group sync.WaitGroup
	view := e.API().(*apiView)
	for _, p := range e.pools {
		if dir := p.cfg.CKPoolFiles; dir != "" {
			w := ckpoolfiles.New(dir, &ckpoolPool{view, p}, p.log)
			group.Go(func() { _ = w.Run(ctx) }) // nil
		}
	}
	group.Wait()
	return nil
}

// CKPool are the documents of a pool for monitors of ckpool, nil where there is no
// such pool.
func (e *Engine) CKPool(pool string) api.CKPool {
	for _, p := range e.pools {
		if p.name == pool {
			return &ckpoolPool{e.API().(*apiView), p}
		}
	}
	return nil
}

// ckpoolPool shows a pool as ckpool does.
type ckpoolPool struct {
	view *apiView
	pool *pool
}

var (
	_ api.CKPool         = (*ckpoolPool)(nil)
	_ ckpoolfiles.Source = (*ckpoolPool)(nil)
)

// Pool implements ckpoolfiles.Source.
func (c *ckpoolPool) Pool(now time.Time) (ckpoolfiles.Pool, error) {
	p, a := c.pool, c.view
	s, err := a.poolStatistics(p)
	if err != nil {
		return ckpoolfiles.Pool{}, err
	}
	connected, hashes := a.connected[p.name].get(), p.hashesOfOne()
	out := ckpoolfiles.Pool{
		Runtime: now.Sub(a.e.started), Users: len(connected.accounts), Rates: ckpoolRates(s.Series, now, hashes),
		QuarterHour: s.HashRate(now, 15*time.Minute, hashes), SixHours: s.HashRate(now, 6*time.Hour, hashes),
		BestShare: s.RoundBest[p.cfg.Parent],
	}
	for _, n := range connected.accounts {
		out.Workers += n.sessions
	}
	for i := range connected.all {
		if i := &connected.all[i]; len(i.Workers) > 0 && now.Sub(i.LastShare) > ckpoolIdle {
			out.Idle++
		}
	}
	if p.opened.Load() {
		out.Disconnected = p.server.Parked()
	}
	for i, span := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour} {
		t, lasted := s.Last(now, span)
		out.SharesPerSecond[i] = float64(t.Accepted) / lasted.Seconds()
	}
	round, err := a.e.ledger.Round(p.name, p.cfg.Parent)
	if errors.Is(err, ledger.ErrNotFound) {
		return out, nil // no job yet
	}
	out.Effort, out.Accepted = round.Ratio(), round.Work.Difficulty()
	out.Rejected = refusedSince(&s, time.UnixMilli(round.Started), now)
	return out, err
}

// refusedSince is the difficulty of the shares that were refused since a time: of all
// that ever were, as large a part as of their number. Before the first block that is
// all of them.
func refusedSince(s *ledger.Statistics, start, now time.Time) float64 {
	all, since := s.Total(), s.Sum(start.Truncate(time.Minute), now.Add(time.Minute))
	ever, then := countsOf(&all), countsOf(&since)
	if ever.Sum() == 0 {
		return 0
	}
	return s.RejectedWork.Difficulty() * float64(then.Sum()) / float64(ever.Sum())
}

func ckpoolRates(s *history.Series, now time.Time, hashes float64) ckpoolfiles.Rates {
	r := rates(s, now, hashes)
	return ckpoolfiles.Rates{
		Minute: r.Minute, FiveMinutes: r.FiveMinutes, Hour: r.Hour, Day: r.Day, Week: s.HashRate(now, 7*day, hashes),
	}
}

// Past implements ckpoolfiles.Source.
func (c *ckpoolPool) Past(visit func(string, time.Time) error) error {
	var after *ledger.Row
	for {
		rows, err := c.view.e.ledger.Accounts(c.pool.name, after, figuresPage)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := visit(rows[i].Name, time.UnixMilli(rows[i].LastSeen)); err != nil {
				return err
			}
		}
		if len(rows) < figuresPage {
			return nil
		}
		after = &rows[len(rows)-1]
	}
}

// Active implements ckpoolfiles.Source.
func (c *ckpoolPool) Active(since time.Time) []string {
	if !c.pool.opened.Load() {
		return nil
	}
	names := map[string]bool{}
	for name := range c.view.connected[c.pool.name].get().accounts {
		names[name] = true
	}
	for _, w := range c.pool.accounts.memories.all() {
		if w.lastUse.Load() >= since.Unix() {
			names[w.account] = true
		}
	}
	return sortedKeys(names)
}

// Account implements ckpoolfiles.Source.
func (c *ckpoolPool) Account(name string, now time.Time) (ckpoolfiles.Account, error) {
	l, pool, hashes := c.view.e.ledger, c.pool.name, c.pool.hashesOfOne()
	s, err := l.AccountStatistics(pool, name)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && s.Accepted == 0 {
		return ckpoolfiles.Account{}, ckpoolfiles.ErrUnknown
	}
	if err != nil {
		return ckpoolfiles.Account{}, err
	}
	out := ckpoolfiles.Account{
		Name: name, Rates: ckpoolRates(s.Series, now, hashes), LastShare: s.LastSeen, Authorised: s.FirstSeen,
		Sessions: c.view.connected[pool].get().accounts[name].sessions,
		Shares:   s.Work.Difficulty(), BestShare: s.RoundBest[c.pool.cfg.Parent], BestEver: s.Best,
	}
	workers, gone, err := c.workersOf(name, now)
	if err != nil {
		return out, err
	}
	for _, n := range gone {
		out.Gone = append(out.Gone, fullName(name, n))
	}
	for _, n := range workers {
		w, err := c.worker(name, n, now)
		if err != nil {
			return out, err
		}
		out.Workers = append(out.Workers, w)
	}
	return out, nil
}

// workersOf are an account's workers by name, and those that are told of no more.
func (c *ckpoolPool) workersOf(account string, now time.Time) (names, gone []string, err error) {
	var recent []ledger.Row
	var after *ledger.Row
	for looked := 0; looked < ckpoolLooked; looked += figuresPage {
		rows, err := c.view.e.ledger.Workers(c.pool.name, account, after, figuresPage)
		if err != nil {
			return nil, nil, err
		}
		for i := range rows {
			switch r := &rows[i]; {
			case now.Sub(time.UnixMilli(r.LastSeen)) > ckpoolfiles.IdleWorker:
				gone = append(gone, r.Name)
			case r.Accepted > 0:
				recent = append(recent, *r)
			}
		}
		if len(rows) < figuresPage {
			break
		}
		after = &rows[len(rows)-1]
	}
	if len(recent) > ckpoolWorkers {
		slices.SortFunc(recent, func(x, y ledger.Row) int { return cmp.Compare(y.LastSeen, x.LastSeen) })
		recent = recent[:ckpoolWorkers]
	}
	for i := range recent {
		names = append(names, recent[i].Name)
	}
	slices.Sort(names)
	return names, gone, nil
}

func (c *ckpoolPool) worker(account, name string, now time.Time) (ckpoolfiles.Worker, error) {
	s, err := c.view.e.ledger.WorkerStatistics(c.pool.name, account, name)
	if err != nil {
		return ckpoolfiles.Worker{}, err
	}
	return ckpoolfiles.Worker{
		Name: fullName(account, name), Rates: ckpoolRates(s.Series, now, c.pool.hashesOfOne()), LastShare: s.LastSeen,
		Shares: s.Work.Difficulty(), BestShare: s.RoundBest[c.pool.cfg.Parent], BestEver: s.Best,
	}, nil
}

// fullName is a worker as its miner calls it.
func fullName(account, worker string) string {
	if worker == "" {
		return account
	}
	return account + "." + worker
}

// PoolStatus implements api.CKPool.
func (c *ckpoolPool) PoolStatus() ([]byte, error) {
	if err := c.view.started(); err != nil {
		return nil, err
	}
	now := time.Now()
	p, err := c.Pool(now)
	if err != nil {
		return nil, err
	}
	return p.Status(now)
}

// User implements api.CKPool.
func (c *ckpoolPool) User(ctx context.Context, address string) ([]byte, error) {
	m, err := c.view.one(ctx, address, c.pool.name)
	if err != nil {
		return nil, err
	}
	a, err := c.Account(m.account, time.Now())
	if errors.Is(err, ckpoolfiles.ErrUnknown) {
		return nil, api.Problemf(api.ErrNotFound, "%s has no accepted share yet; come back when it has", address)
	}
	if err != nil {
		return nil, err
	}
	return a.User()
}

// Worker implements api.CKPool.
func (c *ckpoolPool) Worker(ctx context.Context, user string) ([]byte, error) {
	if err := c.view.started(); err != nil {
		return nil, err
	}
	account, name, err := splitUser(user, c.pool.chainsInNames())
	if err != nil {
		return nil, api.Problemf(api.ErrNotFound, "%q names no worker: %v", user, err)
	}
	m, err := c.view.one(ctx, account, c.pool.name)
	if err != nil {
		return nil, err
	}
	if _, err := c.view.workerStatistics(&m, name); err != nil {
		return nil, err
	}
	now := time.Now()
	w, err := c.worker(m.account, name, now)
	if err != nil {
		return nil, err
	}
	return w.File(now)
}

// chainsInNames are the chains whose names may stand in user names.
func (p *pool) chainsInNames() []string {
	if !p.opened.Load() {
		return nil
	}
	if a := p.accounts; a.inline != nil && (!a.anyone || a.pool == nil) {
		return a.inline.chains
	}
	return nil
}
