package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/motherlode-pool/motherlode/stratum"
	"github.com/motherlode-pool/motherlode/web/api"
)

// Limits of what is looked at of sessions.
const (
	snapshotEach   = time.Millisecond // that a look serves, for each session in it
	snapshotMost   = 6 * time.Second  // and at most
	snapshotAgain  = snapshotMost / 2 // after which another is made before somebody has to wait
	snapshotIdle   = time.Minute      // without a question, after which nobody looks
	workerDevices  = 20               // of one worker of a list that are shown
	devicesOfOne   = 200              // of one worker that is asked for
	agentsShown    = 50
	workersOfAgent = 100 // whose best share is looked up, of one kind of device
)

// memo keeps a value for a while.
type memo[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]kept[V]
}

type kept[V any] struct {
	value V
	until time.Time
}

// get is the value of k, made anew after a while; one caller makes it at a time.
func (m *memo[K, V]) get(k K, now time.Time, keep time.Duration, newValue func() (V, error)) (V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if have, ok := m.all[k]; ok && now.Before(have.until) {
		return have.value, nil
	}
	v, err := newValue()
	if err != nil {
		return v, err
	}
	if m.all == nil {
		m.all = map[K]kept[V]{}
	}
	m.all[k] = kept[V]{v, now.Add(keep)}
	return v, nil
}

// name2 is a worker of an account.
type name2 struct{ account, worker string }

// sessionsView is who is connected to a pool.
type sessionsView struct {
	at       time.Time
	all      []stratum.SessionInfo
	byName   map[name2][]int
	accounts map[string]counted
}

// counted is what an account has connected.
type counted struct {
	workers, sessions int
	names             []string // of the workers, sorted
}

// snapshot is the last look at a pool's sessions. It takes some microseconds of a
// processor for each: where there are few, who asks looks, and where there are
// thousands, runLooks does, so that nobody waits for it but the first.
type snapshot struct {
	pool  *pool
	asked atomic.Int64 // Unix nanoseconds
	last  atomic.Pointer[sessionsView]
	look  sync.Mutex // held while there is another look
}

// get is a look that is not old.
func (s *snapshot) get() *sessionsView {
	now := time.Now()
	s.asked.Store(now.UnixNano())
	if v := s.last.Load(); v != nil && now.Sub(v.at) < v.serves() {
		return v
	}
	return s.renew(snapshotMost)
}

// serves is how long a look is shown.
func (v *sessionsView) serves() time.Duration {
	return min(time.Duration(len(v.all))*snapshotEach, snapshotMost)
}

// renew looks again, unless the last look is younger than that and still serves.
func (s *snapshot) renew(than time.Duration) *sessionsView {
	if !s.pool.opened.Load() {
		return &sessionsView{}
	}
	s.look.Lock()
	defer s.look.Unlock()
	now := time.Now()
	if v := s.last.Load(); v != nil && now.Sub(v.at) < min(than, v.serves()) {
		return v
	}
	v := newSessionsView(s.pool.server.Sessions(), s.pool.accounts)
	v.at = now
	s.last.Store(v)
	return v
}

// runLooks keeps the looks at sessions fresh that are asked for, until ctx ends.
// It returns nil.
func (e *Engine) runLooks(ctx context.Context) error {
	tick := time.NewTicker(snapshotAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			for _, p := range e.pools {
				many := p.opened.Load() && time.Duration(p.server.Live())*snapshotEach > snapshotAgain
				if many && now.Sub(time.Unix(0, p.seen.asked.Load())) < snapshotIdle {
					p.seen.renew(snapshotAgain / 2)
				}
			}
		}
	}
}

// newSessionsView sorts sessions by whom they mine for, in the spelling that it is
// counted under.
func newSessionsView(all []stratum.SessionInfo, a *accounts) *sessionsView {
	v := &sessionsView{all: all, byName: map[name2][]int{}, accounts: map[string]counted{}}
	var chains []string
	if a.inline != nil && (!a.anyone || a.pool == nil) {
		chains = a.inline.chains
	}
	var accounts, workers []string
	var of []int
	for i := range all {
		for _, user := range all[i].Workers {
			if account, worker, err := splitUser(user, chains); err == nil {
				accounts, workers, of = append(accounts, account), append(workers, worker), append(of, i)
			}
		}
	}
	a.canonical(accounts)
	for k, account := range accounts {
		n := name2{account, workers[k]}
		c := v.accounts[account]
		if len(v.byName[n]) == 0 {
			c.workers++
			c.names = append(c.names, workers[k])
		}
		c.sessions++
		v.accounts[account] = c
		v.byName[n] = append(v.byName[n], of[k])
	}
	for _, c := range v.accounts {
		slices.Sort(c.names)
	}
	return v
}

// canonical replaces addresses as typed by what they are counted as. Those of other
// chains behind a slash stay as they are.
func (a *accounts) canonical(names []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, typed := range names {
		head, rest, others := strings.Cut(typed, "/")
		c, ok := a.known[head]
		if !ok {
			continue
		}
		if names[i] = c; others {
			names[i] += "/" + rest
		}
	}
}

// devices are the connections of a worker, limit at most, and how many there are.
func (v *sessionsView) devices(account, worker string, limit int, hashes float64) (out []api.Device, n int) {
	out = []api.Device{}
	all := v.byName[name2{account, worker}]
	for _, i := range all[:min(len(all), limit)] {
		s := &v.all[i]
		out = append(out, api.Device{
			Session: s.Number, Agent: s.Agent, HashRate: s.Rate * hashes, Difficulty: s.Difficulty, ConnectedAt: api.TimeOf(s.Since), Accepted: s.Accepted, Refused: s.Rejected,
			LastShareAt: api.MaybeTime(s.LastShare),
		})
	}
	return out, len(all)
}

// Agents are the devices of a pool by what they say they are, most first.
func (a *apiView) Agents(name string) ([]api.Agent, error) {
	p, err := a.pool(name)
	if err != nil {
		return nil, err
	}
	v, hashes := a.connected[name].get(), p.hashesOfOne()
	by := map[string]*api.Agent{}
	looked := map[string]int{}
	at := make([]*api.Agent, len(v.all))
	for i := range v.all {
		s := &v.all[i]
		g := by[s.Agent]
		if g == nil {
			g = &api.Agent{Agent: s.Agent}
			by[s.Agent] = g
		}
		at[i] = g
		g.Count++
		g.HashRate += s.Rate * hashes
	}
	for n, sessions := range v.byName {
		g := at[sessions[0]]
		if looked[g.Agent]++; looked[g.Agent] > workersOfAgent {
			continue
		}
		if t, err := a.e.ledger.Worker(name, n.account, n.worker); err == nil {
			g.Best = max(g.Best, t.Best)
		}
	}
	var out []api.Agent
	for _, g := range by {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b api.Agent) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Agent, b.Agent)) })
	return out[:min(len(out), agentsShown)], nil
}
