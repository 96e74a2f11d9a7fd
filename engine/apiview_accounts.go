package engine

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/motherlode-pool/motherlode/engine/ledger"
	"github.com/motherlode-pool/motherlode/web/api"
)

// member is an account in a pool that knows it.
type member struct {
	pool    *pool
	account string
	totals  ledger.Totals
}

// members are the pools that know an address, or the one that is named; the one
// where it was seen last first.
func (a *apiView) members(ctx context.Context, address, only string) ([]member, error) {
	if err := a.started(); err != nil {
		return nil, err
	}
	if only != "" {
		if _, err := a.pool(only); err != nil {
			return nil, err
		}
	}
	var all []member
	connected := false
	for _, p := range a.e.pools {
		if only != "" && p.name != only {
			continue
		}
		m, err := a.member(ctx, p, address)
		switch {
		case err == nil:
			all = append(all, m)
		case !errors.Is(err, ledger.ErrNotFound):
			return nil, err
		case m.account != "":
			connected = connected || a.connected[p.name].get().accounts[m.account].sessions > 0
		}
	}
	switch {
	case len(all) > 0:
	case connected:
		return nil, api.Problemf(api.ErrNotFound, "%s is connected and has sent no share yet; come back when it has", address)
	default:
		return nil, api.Problemf(api.ErrNotFound, "nobody has mined for %q here; give the address that your miner has as user name, without the worker", address)
	}
	slices.SortStableFunc(all, func(x, y member) int { return cmp.Compare(y.totals.LastSeen, x.totals.LastSeen) })
	return all, nil
}

// member finds an account by any spelling; ledger.ErrNotFound where the pool does
// not know it.
func (a *apiView) member(ctx context.Context, p *pool, address string) (member, error) {
	m := member{pool: p, account: address}
	var err error
	if m.totals, err = a.e.ledger.Account(p.name, address); !errors.Is(err, ledger.ErrNotFound) {
		return m, err
	}
	if m.account, err = a.spellings.canonical(ctx, p, address); err != nil {
		return m, err
	}
	if m.account == "" || m.account == address {
		return m, ledger.ErrNotFound
	}
	m.totals, err = a.e.ledger.Account(p.name, m.account)
	return m, err
}

// one is the account in one pool.
func (a *apiView) one(ctx context.Context, address, pool string) (member, error) {
	all, err := a.members(ctx, address, pool)
	if err != nil {
		return member{}, err
	}
	return all[0], nil
}

func (a *apiView) Account(ctx context.Context, address string) (api.Account, error) {
	all, err := a.members(ctx, address, "")
	if err != nil {
		return api.Account{}, err
	}
	out := api.Account{Account: all[0].account}
	now := time.Now()
	for i := range all {
		v, err := a.accountView(&all[i], now)
		if err != nil {
			return out, err
		}
		out.Pools = append(out.Pools, v)
	}
	return out, nil
}

func (a *apiView) accountView(m *member, now time.Time) (api.AccountPool, error) {
	p, hashes := m.pool, m.pool.hashesOfOne()
	s, err := a.e.ledger.AccountStatistics(p.name, m.account)
	if err != nil {
		return api.AccountPool{}, err
	}
	here := a.connected[p.name].get().accounts[m.account]
	out := api.AccountPool{Pool: p.name, Activity: activityOf(&s, now, hashes), WorkersOnline: here.workers, Sessions: here.sessions}
	owing := a.e.owing(p)
	for i, name := range p.chainNames() {
		info := a.infoOf(name)
		b, err := a.e.ledger.Balance(p.name, name, m.account)
		if orNothing(err) != nil {
			return out, err
		}
		j := api.PoolChain{Chain: name}
		if p.opened.Load() {
			p.fromJob(&j, i, now)
		}
		c := api.AccountChain{
			Chain: name, Role: p.roleOf(name), Symbol: info.Symbol, Decimals: int(info.Decimals), Balance: p.balanceOf(&b, i == 0),
			RoundBestShare: s.RoundBest[name], NetworkDifficulty: j.NetworkDifficulty,
			SecondsToBlock: secondsToBlock(j.NetworkDifficulty, hashes, out.HashRate.Hour),
		}
		if owing.Keeps(name) {
			c.Balance.NotPaid, c.Balance.Owed = api.SignedAmount(b.Owed()+int64(b.Immature)), api.AmountOf(0)
		}
		if c.SecondsToBlock != nil {
			c.ChancePerDay = -math.Expm1(-day.Seconds() / *c.SecondsToBlock)
		}
		out.Chains = append(out.Chains, c)
	}
	return out, nil
}

// balanceOf is what an account has of the parent, or of another chain.
func (p *pool) balanceOf(b *ledger.Balance, parent bool) api.Balance {
	carried := int64(0)
	if parent && carries(p.cfg) {
		carried = b.Carry()
	}
	return api.Balance{
		InCoinbases: api.AmountOf(b.Coinbase), Carried: api.SignedAmount(carried),
		Immature: api.AmountOf(b.Immature), Mature: api.AmountOf(b.Mature), ByShares: api.AmountOf(b.Shares.Units),
		Owed: api.SignedAmount(b.Owed()), NotPaid: api.AmountOf(0), Sending: api.AmountOf(b.Sending), Paid: api.AmountOf(b.Paid),
	}
}

func (a *apiView) AccountChart(ctx context.Context, address, pool string, q api.ChartQuery) (api.Chart, error) {
	m, err := a.one(ctx, address, pool)
	if err != nil {
		return api.Chart{}, err
	}
	s, err := a.e.ledger.AccountStatistics(m.pool.name, m.account)
	if err != nil {
		return api.Chart{}, err
	}
	c := chart(s.Series, time.Now(), q, ofAccount, m.pool.hashesOfOne())
	c.Pool, c.Account = m.pool.name, m.account
	return c, nil
}

func (a *apiView) Workers(ctx context.Context, address, pool string, page api.WorkerPage) (api.Workers, error) {
	m, err := a.one(ctx, address, pool)
	if err != nil {
		return api.Workers{}, err
	}
	connected := a.connected[m.pool.name].get()
	out := api.Workers{Pool: m.pool.name, Account: m.account, Sessions: connected.accounts[m.account].sessions, Best: bestOf(&m.totals)}
	names, err := a.workerNames(&m, connected, page)
	if err != nil {
		return out, err
	}
	if len(names) > page.Limit {
		names = names[:page.Limit]
		out.Next = &names[page.Limit-1]
	}
	now := time.Now()
	for _, name := range names {
		w, err := a.workerView(&m, name, now, cmp.Or(page.Devices, workerDevices))
		if err != nil {
			return out, err
		}
		out.Workers = append(out.Workers, w)
	}
	return out, nil
}

// workerNames are the names of a page, and one more where there is another page.
func (a *apiView) workerNames(m *member, connected *sessionsView, page api.WorkerPage) (names []string, err error) {
	if page.Online {
		names = connected.accounts[m.account].names
		if page.After != nil {
			names = names[sort.Search(len(names), func(i int) bool { return names[i] > *page.After }):]
		}
		return names[:min(len(names), page.Limit+1)], nil
	}
	var after *ledger.Row
	if page.After != nil {
		after = &ledger.Row{Name: *page.After}
	}
	rows, err := a.e.ledger.Workers(m.pool.name, m.account, after, page.Limit+1)
	for i := range rows {
		names = append(names, rows[i].Name)
	}
	return names, err
}

func (a *apiView) workerView(m *member, name string, now time.Time, devices int) (api.Worker, error) {
	hashes := m.pool.hashesOfOne()
	w := api.Worker{ID: api.WorkerID(name), Name: name, Pool: m.pool.name, Account: m.account}
	w.Devices, w.Sessions = a.connected[m.pool.name].get().devices(m.account, name, devices, hashes)
	w.Online = w.Sessions > 0
	s, err := a.workerStatistics(m, name)
	if w.Online && errors.Is(err, api.ErrNotFound) { // it has sent no share yet
		s, err = nothingYet()
		s.FirstSeen = int64(w.Devices[0].ConnectedAt)
		s.LastSeen = s.FirstSeen
	}
	if err != nil {
		return api.Worker{}, err
	}
	w.Activity = activityOf(&s, now, hashes)
	return w, nil
}

func (a *apiView) workerStatistics(m *member, name string) (ledger.Statistics, error) {
	s, err := a.e.ledger.WorkerStatistics(m.pool.name, m.account, name)
	if errors.Is(err, ledger.ErrNotFound) {
		err = api.Problemf(api.ErrNotFound, "%s has no worker called %q in pool %s; the account's list of workers has their ids", m.account, name, m.pool.name)
	}
	return s, err
}

func (a *apiView) Worker(ctx context.Context, address, pool, name string) (api.Worker, error) {
	m, err := a.one(ctx, address, pool)
	if err != nil {
		return api.Worker{}, err
	}
	return a.workerView(&m, name, time.Now(), devicesOfOne)
}

func (a *apiView) WorkerChart(ctx context.Context, address, pool, name string, q api.ChartQuery) (api.Chart, error) {
	m, err := a.one(ctx, address, pool)
	if err != nil {
		return api.Chart{}, err
	}
	s, err := a.workerStatistics(&m, name)
	if err != nil {
		return api.Chart{}, err
	}
	c := chart(s.Series, time.Now(), q, ofWorker, m.pool.hashesOfOne())
	c.Pool, c.Account, c.Worker = m.pool.name, m.account, api.WorkerID(name)
	return c, nil
}

func (a *apiView) AccountPayments(ctx context.Context, address, pool, chain string, page api.Page) (api.AccountPayments, error) {
	m, err := a.one(ctx, address, pool)
	if err != nil {
		return api.AccountPayments{}, err
	}
	out := api.AccountPayments{Pool: m.pool.name, Account: m.account}
	rows, err := a.e.ledger.AccountPayments(m.pool.name, m.account, chain, page.Before, page.Limit+1)
	if len(rows) > page.Limit {
		rows = rows[:page.Limit]
		out.Next = rows[page.Limit-1].ID
	}
	for i := range rows {
		v := a.paymentView(&rows[i])
		v.Amount = api.AmountOf(amountTo(&rows[i], m.account))
		out.Payments = append(out.Payments, v)
	}
	return out, err
}

func amountTo(p *ledger.Payment, account string) (sum uint64) {
	for _, o := range p.Outputs {
		if o.Account == account {
			sum += o.Amount
		}
	}
	return sum
}
